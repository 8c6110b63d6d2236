/** Decontamination: rows that share runs of words with the items of an evaluation, so that a model is not tested on what it was taught. */
import type { Documents } from './documents.ts'
import { keyOfNgram, ngramsIn } from './ngram.ts'
import { PairTable } from './pair-table.ts'

export interface Contaminated {
  readonly row: number
  /** The item that covers most of the row. */
  readonly item: number
  /** Share of the row's words inside n-grams of that one item. */
  readonly covered: number
  /** Where the first shared run begins, in words. */
  readonly at: number
}

export interface Contamination {
  readonly n: number
  readonly rows: number
  /** Rows with any shared n-gram (as in GPT-3, n = 13). */
  readonly anyHit: number
  /** Rows of which one item covers more than half (as in Tulu 3, n = 8). */
  readonly halfCovered: number
  readonly hits: readonly Contaminated[]
}

const MOST_HITS = 1000

export function contaminationOf(documents: Documents, items: Documents, n: number): Contamination {
  const table = new PairTable()
  const holders: number[][] = []
  const key = { high: 0, low: 0 }
  for (let item = 0; item < items.length; item++) {
    const words = items.at(item)
    for (let at = 0; at < ngramsIn(words.length, n); at++) {
      keyOfNgram(words, at, n, key)
      const index = table.add(key.high, key.low)
      const holding = holders[index]
      if (!holding) holders[index] = [item]
      else if (holding.at(-1) !== item) holding.push(item)
    }
  }
  let anyHit = 0
  let halfCovered = 0
  const hits: Contaminated[] = []
  for (let row = 0; row < documents.length; row++) {
    const words = documents.at(row)
    const spans = new Map<number, { covered: number; upTo: number; at: number }>()
    for (let at = 0; at < ngramsIn(words.length, n); at++) {
      keyOfNgram(words, at, n, key)
      const index = table.find(key.high, key.low)
      if (index < 0) continue
      for (const item of holders[index] as number[]) {
        const span = spans.get(item) ?? { covered: 0, upTo: 0, at }
        span.covered += at + n - Math.max(at, span.upTo)
        span.upTo = at + n
        spans.set(item, span)
      }
    }
    if (spans.size === 0) continue
    anyHit++
    const [item, { covered, at }] = [...spans].reduce((best, span) => (span[1].covered > best[1].covered ? span : best))
    if (covered > words.length / 2) halfCovered++
    if (hits.length < MOST_HITS) hits.push({ row, item, covered: covered / words.length, at })
  }
  return { n, rows: documents.length, anyHit, halfCovered, hits }
}
