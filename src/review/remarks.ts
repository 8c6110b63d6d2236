/** Reasons that people gave for rejecting rows, for the prompts of later batches. */
import type { Reviews } from './reviews.ts'
import type { Coordinates } from './verdict.ts'

// As much as a prompt can take beside what it is about.
const MOST = 20
const LONGEST = 300 // characters

/**
 * Each reason once, whatever its letter case and blanks, sorted by code units: equal files give equal texts on every machine. When there are too many,
 * those given most often stay.
 */
export function remarksOf(
  reviews: Reviews,
  isWanted: (cell: Coordinates, sample: number) => boolean,
  { most = MOST, longest = LONGEST }: { readonly most?: number; readonly longest?: number } = {},
): string[] {
  const counts = new Map<string, { readonly text: string; readonly times: number }>()
  for (const { reason, cell, sample } of reviews.rejections) {
    if (!isWanted(cell, sample)) continue
    const whole = reason.normalize('NFC').replace(/\s+/gu, ' ').trim()
    const text = whole.length > longest ? `${whole.slice(0, longest).toWellFormed().trimEnd()}…` : whole
    const known = counts.get(text.toLowerCase())
    // Of two spellings always the same one, whatever the order of lines.
    const spelling = known && known.text < text ? known.text : text
    counts.set(text.toLowerCase(), { text: spelling, times: (known?.times ?? 0) + 1 })
  }
  return [...counts.values()]
    .sort((a, b) => b.times - a.times || (a.text < b.text ? -1 : 1))
    .slice(0, most)
    .map(({ text }) => text)
    .sort()
}
