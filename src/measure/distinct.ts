/** distinct-n: the share of n-grams that are different. It falls with the size of a set, so only equal amounts of text compare. */
import type { Documents } from './documents.ts'
import { keyOfNgram, ngramsIn } from './ngram.ts'
import { PairTable } from './pair-table.ts'

export interface Distinct {
  readonly unique: number
  readonly total: number
  readonly value: number
}

/** Over all rows (Li et al. 2016); n-grams never cross a row. */
export function distinctN(documents: Documents, n: number): Distinct {
  return count(documents, n, documents.length)
}

/** Over the first rows that come to `budget` words, the last one whole: sets of different sizes compare. */
export function distinctWithin(
  documents: Documents,
  n: number,
  budget = 100_000,
): Distinct & { readonly tokens: number; readonly docs: number } {
  let tokens = 0
  let docs = 0
  while (docs < documents.length && tokens < budget) tokens += documents.at(docs++).length
  return { ...count(documents, n, docs), tokens, docs }
}

function count(documents: Documents, n: number, rows: number): Distinct {
  if (n === 1) return countWords(documents, rows)
  const table = new PairTable()
  const key = { high: 0, low: 0 }
  let total = 0
  for (let row = 0; row < rows; row++) {
    const words = documents.at(row)
    const grams = ngramsIn(words.length, n)
    total += grams
    for (let at = 0; at < grams; at++) {
      keyOfNgram(words, at, n, key)
      table.add(key.high, key.low)
    }
  }
  return { unique: table.size, total, value: total === 0 ? 0 : table.size / total }
}

/** Numbers of words are dense, so a bit for each does what a table does for pairs. */
function countWords(documents: Documents, rows: number): Distinct {
  let seen = new Uint8Array(1 << 16)
  const sparse = new Set<number>()
  let unique = 0
  let total = 0
  for (let row = 0; row < rows; row++) {
    const words = documents.at(row)
    total += words.length
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number
      if (word >= DENSE) {
        sparse.add(word)
        continue
      }
      if (word >= seen.length) {
        const wider = new Uint8Array(2 ** Math.ceil(Math.log2(word + 2)))
        wider.set(seen)
        seen = wider
      }
      if (seen[word] === 0) {
        seen[word] = 1
        unique++
      }
    }
  }
  unique += sparse.size
  return { unique, total, value: total === 0 ? 0 : unique / total }
}

const DENSE = 1 << 22 // beyond, numbers are hashes (see `vocabulary.ts`)

/** The sum of distinct-1 to distinct-4 over all rows as one text, cut at single blanks: as in cshaib/diversity, for comparison only. */
export function ngramDiversity(texts: readonly string[]): number {
  const pieces = texts.join(' ').split(' ')
  const numbers = new Map<string, number>()
  const words = Uint32Array.from(pieces, (piece) => {
    const known = numbers.get(piece) ?? numbers.size
    numbers.set(piece, known)
    return known
  })
  return [1, 2, 3, 4].reduce((sum, n) => sum + distinctN({ length: 1, at: () => words }, n).value, 0)
}
