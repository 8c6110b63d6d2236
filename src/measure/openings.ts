/** How rows begin: a few openings shared by many rows are the cheapest early sign of a template. */
import type { Documents } from './documents.ts'
import { GrowingU32 } from './growing.ts'
import { keyOfNgram } from './ngram.ts'
import { PairTable } from './pair-table.ts'

const LENGTH = 3 // words; two are grammar ("what is"), four already miss variants

export interface Opening {
  readonly words: readonly number[]
  readonly rows: number
  /** The first row that begins so. */
  readonly example: number
}

export interface Openings {
  /** Rows long enough to have an opening. */
  readonly docs: number
  readonly unique: number
  readonly top1Share: number
  readonly top10Share: number
  readonly entropyNats: number
  readonly entropyNorm: number
  /** The most frequent ones, at most ten. */
  readonly top: readonly Opening[]
}

export function openingsOf(documents: Documents): Openings {
  const table = new PairTable()
  const counts = new GrowingU32()
  const examples = new GrowingU32()
  const key = { high: 0, low: 0 }
  let docs = 0
  for (let row = 0; row < documents.length; row++) {
    const words = documents.at(row)
    if (words.length < LENGTH) continue
    docs++
    keyOfNgram(words, 0, LENGTH, key)
    const index = table.add(key.high, key.low)
    if (index === counts.length) {
      counts.push(0)
      examples.push(row)
    }
    counts.add(index, 1)
  }
  const ranked = Array.from(counts.values, (rows, index) => ({ rows, example: examples.at(index) })).sort(
    (a, b) => b.rows - a.rows || a.example - b.example,
  )
  const top = ranked
    .slice(0, 10)
    .map(({ rows, example }) => ({ words: Array.from(documents.at(example).subarray(0, LENGTH)), rows, example }))
  const entropy = ranked.reduce((sum, { rows }) => sum - (rows / docs) * Math.log(rows / docs), 0)
  return {
    docs,
    unique: ranked.length,
    top1Share: docs === 0 ? 0 : (top[0]?.rows ?? 0) / docs,
    top10Share: docs === 0 ? 0 : top.reduce((sum, { rows }) => sum + rows, 0) / docs,
    entropyNats: entropy,
    entropyNorm: docs > 1 ? entropy / Math.log(docs) : 0,
    top,
  }
}
