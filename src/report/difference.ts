/** The part in which two texts differ, with a few words around it. */
import { width } from '../util/safe-text.ts'

const AROUND = 3 // words of context on each side
const SHORT = 32 // columns below which a text is shown whole
const LONGEST = 200 // characters of a changed part; the request itself is one command away

/** Quoted excerpts of both; `…` stands for what they share or what is too long. */
export function excerpts(before: string, after: string): [before: string, after: string] {
  if (width(before) <= SHORT && width(after) <= SHORT) return [quote(before), quote(after)]
  const [old, now] = [words(before), words(after)]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++
  return [excerpt(old, start, end), excerpt(now, start, end)]
}

/** Words with the blanks before them, so that joining gives back the text. */
function words(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

function excerpt(all: readonly string[], start: number, end: number): string {
  const from = Math.max(0, start - AROUND)
  const to = Math.min(all.length, all.length - end + AROUND)
  const lead = all.slice(from, start).join('')
  const changed = all.slice(start, all.length - end).join('')
  const tail = all.slice(all.length - end, to).join('')
  const middle = changed.length > LONGEST ? `${changed.slice(0, LONGEST / 2)} … ${changed.slice(-LONGEST / 2)}` : changed
  return quote(
    `${from > 0 ? '…' : ''}${from > 0 ? `${lead}${middle}${tail}`.trimStart() : `${lead}${middle}${tail}`}${to < all.length ? '…' : ''}`,
  )
}

function quote(text: string): string {
  return `"${text}"`
}
