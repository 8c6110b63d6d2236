/** What prompts of a batch see of the batches before it: how accepted rows begin, and what reviewers said. */
import type { Example } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import type { BatchSpec, DimensionSpec } from '../config/dataset.ts'
import { cellFraction, digestOf } from '../key/key.ts'
import { cellId, coordinates } from '../plan/cells.ts'
import type { Lessons } from '../plan/expansion.ts'
import type { CellId } from '../util/brand.ts'

/** How an accepted row begins. */
export interface Opening {
  readonly cell: CellId
  readonly text: string
}

// Enough to tell one question from another, too little to copy it.
const LONGEST_OPENING = 90
/** A prompt sees a handful of them: more than this many hold nothing nearer. */
export const MOST_OPENINGS = 4_096

/** The first words of what the user says first. */
export function openingOf({ messages }: Example): string | undefined {
  const text = messages
    .find(({ role }) => role === 'user')
    ?.content?.replace(/\s+/gu, ' ')
    .trim()
  if (!text) return undefined
  if (text.length <= LONGEST_OPENING) return text
  const cut = text.slice(0, LONGEST_OPENING).toWellFormed()
  return `${cut.slice(0, Math.max(LONGEST_OPENING / 2, cut.lastIndexOf(' ')))} …`
}

/** `openings` may be in any order. */
export function lessonsFrom(
  dimensions: readonly DimensionSpec[],
  { avoid }: BatchSpec,
  openings: readonly Opening[],
  remarks: readonly string[],
): Lessons {
  const nearest = avoid ? nearestOf(dimensions, openings, avoid.most) : () => NOTHING
  const known = new Map<number, readonly string[]>()
  return {
    covered: (row) => {
      const texts = known.get(row) ?? nearest(row)
      if (known.size < MOST_OPENINGS) known.set(row, texts)
      return texts
    },
    remarks,
    digest: digestOf(JSON.stringify([avoid?.most ?? 0, [...openings].map(({ cell, text }) => [cell, text]).sort(), remarks])),
  }
}

const NOTHING: readonly string[] = []

/** The openings of the cells that share most values with a row's; those in the same place on the longest dimension go first. */
function nearestOf(dimensions: readonly DimensionSpec[], openings: readonly Opening[], most: number): (row: number) => readonly string[] {
  const subject = [...dimensions].sort((a, b) => b.values.length - a.values.length || (a.name < b.name ? -1 : 1))[0]?.name ?? ''
  const all = openings.map(({ cell, text }) => ({ cell, text, values: new URLSearchParams(cell) }))
  const buckets = Map.groupBy(all, ({ values }) => values.get(subject))
  return (row) => {
    const own = coordinates(dimensions, row)
    const id = cellId(dimensions, row)
    const place = own.find(({ name }) => name === subject)?.id ?? null
    const near = buckets.get(place) ?? []
    const candidates = near.length >= most ? near : all
    const ranked = candidates.map((opening) => ({
      ...opening,
      shared: own.filter((value) => opening.values.get(value.name) === value.id).length,
      // Among equals chance decides, but the same chance every time.
      fraction: cellFraction(`${id}\n${opening.cell}` as CellId, 'avoid'),
    }))
    ranked.sort((a, b) => b.shared - a.shared || a.fraction - b.fraction)
    // In order of text: which of them is nearest is nothing the prompt should depend on.
    return [...new Set(ranked.slice(0, most).map(({ text }) => text))].sort()
  }
}

export function openingsAsJson(openings: readonly Opening[]): JsonObject {
  return Object.fromEntries(openings.map(({ cell, text }) => [cell, text]))
}

export function openingsFromJson(json: JsonObject): Opening[] {
  return Object.entries(json).map(([cell, text]) => ({ cell: cell as CellId, text: String(text) }))
}
