/** Texts of a sample that are like another one by ROUGE-L: it sees more than shingles do where texts are short. */
import { lcsLength } from './rouge.ts'
import { Vocabulary } from './vocabulary.ts'
import { rougeWordsOf } from './words.ts'

export interface Similarity {
  readonly rows: number
  readonly similar: number
  readonly pairs: readonly { readonly a: number; readonly b: number; readonly f: number }[]
}

const MOST_ROWS = 2000
const MOST_WORDS = 100_000 // all pairs are compared, so the cost grows with its square

/** `texts` in any order that is not the file's; equal ones are compared once. A row counts when any other is like it. */
export function similarOf(texts: readonly { readonly row: number; readonly text: string }[], threshold = 0.7): Similarity {
  const vocabulary = new Vocabulary()
  const rows: { readonly row: number; readonly words: Uint32Array }[] = []
  let held = 0
  let last = ''
  for (const { row, text } of texts) {
    if (rows.length === MOST_ROWS || held >= MOST_WORDS) break
    if (rows.length > 0 && text === last) continue
    last = text
    const words = vocabulary.encode(rougeWordsOf(text))
    if (words.length === 0) continue
    rows.push({ row, words })
    held += words.length
  }
  const counts = new Int32Array(vocabulary.size)
  const similar = new Set<number>()
  const pairs: { a: number; b: number; f: number }[] = []
  for (const [i, { row, words }] of rows.entries()) {
    for (const word of words) counts[word] = (counts[word] as number) + 1
    for (let j = 0; j < i; j++) {
      const other = rows[j] as (typeof rows)[number]
      // F is at most 2·common/(m + n), and no more can be common than the shorter has, or than words are the same in any order.
      const least = (threshold * (words.length + other.words.length)) / 2
      if (Math.min(words.length, other.words.length) <= least || commonWords(counts, other.words) <= least) continue
      const f = (2 * lcsLength(words, other.words)) / (words.length + other.words.length)
      if (f <= threshold) continue
      similar.add(i)
      similar.add(j)
      pairs.push({ a: Math.min(row, other.row), b: Math.max(row, other.row), f })
    }
    for (const word of words) counts[word] = 0
  }
  return { rows: rows.length, similar: similar.size, pairs }
}

function commonWords(counts: Int32Array, words: Uint32Array): number {
  let common = 0
  for (const word of words) {
    const left = (counts[word] as number) - 1
    counts[word] = left
    if (left >= 0) common++
  }
  for (const word of words) counts[word] = (counts[word] as number) + 1
  return common
}
