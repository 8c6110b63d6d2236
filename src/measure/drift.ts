/** Drift: do rows change from the beginning of a file to its end? Twenty windows, and the first against the last quarter. */
import { distinctN } from './distinct.ts'
import { type Documents, someOf, sumOfWords } from './documents.ts'
import { keyOfNgram, ngramsIn } from './ngram.ts'
import { PairTable } from './pair-table.ts'
import { compareRanks, type RankComparison } from './ranks.ts'
import { mannKendall, type Trend } from './trend.ts'

const WINDOWS = 20

export interface DriftOfNumbers {
  readonly windows: readonly number[]
  readonly trend: Trend
  /** The first quarter is sample 1: a positive delta means that values fall. */
  readonly firstVsLast: RankComparison
}

/** Of one number a row, such as its length or a judge's score. */
export function driftOfNumbers(values: ArrayLike<number>): DriftOfNumbers {
  const all = Float64Array.from(values)
  const windows = windowsOf(all.length).map(([from, to]) => {
    const part = all.subarray(from, to)
    return part.length === 0 ? 0 : part.reduce((sum, value) => sum + value, 0) / part.length
  })
  const quarter = Math.floor(all.length / 4)
  return {
    windows,
    trend: mannKendall(windows),
    firstVsLast: compareRanks(all.subarray(0, quarter), all.subarray(all.length - quarter)),
  }
}

export interface DriftOfVariety {
  readonly tokenBudget: number
  readonly windows: readonly number[]
  readonly trend: Trend
}

/** distinct-2 inside each window, of as many words as the smallest window has: sets that stay as varied as they were show no trend. */
export function driftOfVariety(documents: Documents): DriftOfVariety {
  const windows = windowsOf(documents.length).map(([from, to]) =>
    someOf(
      documents,
      Uint32Array.from({ length: to - from }, (_, i) => from + i),
    ),
  )
  const tokenBudget = Math.min(...windows.map(sumOfWords))
  const values = windows.map((window) => distinctN(cutOff(window, tokenBudget), 2).value)
  return { tokenBudget, windows: values, trend: mannKendall(values) }
}

/** Rows up to a number of words; the last row is cut. */
function cutOff(documents: Documents, budget: number): Documents {
  let left = budget
  const rows: Uint32Array[] = []
  for (let row = 0; row < documents.length && left > 0; row++) {
    const words = documents.at(row).subarray(0, left)
    rows.push(words)
    left -= words.length
  }
  return { length: rows.length, at: (row) => rows[row] as Uint32Array }
}

/** Share of a window's 4-grams that did not occur before. It falls in every set, human ones too: a value to report, never to judge by. */
export function noveltyOf(documents: Documents, n = 4): DriftOfVariety['windows'] {
  const table = new PairTable()
  const key = { high: 0, low: 0 }
  return windowsOf(documents.length).map(([from, to]) => {
    let novel = 0
    let total = 0
    for (let row = from; row < to; row++) {
      const words = documents.at(row)
      for (let at = 0; at < ngramsIn(words.length, n); at++) {
        keyOfNgram(words, at, n, key)
        total++
        const known = table.size
        if (table.add(key.high, key.low) === known) novel++
      }
    }
    return total === 0 ? 0 : novel / total
  })
}

function windowsOf(rows: number): (readonly [from: number, to: number])[] {
  return Array.from({ length: WINDOWS }, (_, k) => [Math.floor((k * rows) / WINDOWS), Math.floor(((k + 1) * rows) / WINDOWS)] as const)
}
