/**
 * Boilerplate: the share of text inside phrases that many rows have. It tells templated sets from free ones better than any
 * compression or distinct score (no set of human prompts is above 5 %, every templated one above 10 %), and names the phrases.
 */
import { type Documents, sumOfWords } from './documents.ts'
import { GrowingU32 } from './growing.ts'
import { keyOfNgram, ngramsIn } from './ngram.ts'
import { PairTable } from './pair-table.ts'

export interface BoilerplateOptions {
  /** Words in a phrase; 4 and 5 overlap between free and templated sets, 8 misses short frames. */
  readonly n?: number
  /** Share of the rows that must have a phrase before it counts. */
  readonly frac?: number
  /** And at least so many rows, so that small sets are not condemned for chance. */
  readonly floor?: number
}

export interface Phrase {
  readonly words: readonly number[]
  /** Rows that have it. */
  readonly rows: number
  /** The first of them. */
  readonly example: number
}

export interface Boilerplate {
  readonly dfThreshold: number
  /** Different phrases of n words at or above the threshold. */
  readonly ngrams: number
  readonly tokenCoverage: number
  readonly docRate: number
  readonly heavyDocRate: number
  readonly meanDocCoverage: number
  /** The most frequent phrases, grown as long as nearly all of their rows share them. */
  readonly phrases: readonly Phrase[]
  /** Rows that are boilerplate to 30 % or more, the first ones. */
  readonly heavyRows: readonly number[]
}

const HEAVY = 0.3
// 8 MB at most: at a hundred million n-grams, 25 share a counter, far below the thresholds of sets that large.
const MOST_COUNTERS = 1 << 22
const FEWEST_COUNTERS = 1 << 12
const MOST_PHRASES = 12
const MOST_ROWS = 1000

export function boilerplateOf(documents: Documents, options: BoilerplateOptions = {}): Boilerplate {
  const { n = 6, frac = 0.002, floor = 5 } = options
  const threshold = Math.max(floor, Math.ceil(frac * documents.length))
  const frequent = frequentNgrams(documents, n, threshold)
  const key = { high: 0, low: 0 }
  let tokens = 0
  let covered = 0
  let touched = 0
  let heavy = 0
  let filled = 0
  let shares = 0
  const heavyRows: number[] = []
  for (let row = 0; row < documents.length; row++) {
    const words = documents.at(row)
    if (words.length === 0) continue
    filled++
    tokens += words.length
    let here = 0
    let upTo = 0
    for (let at = 0; at < ngramsIn(words.length, n); at++) {
      keyOfNgram(words, at, n, key)
      if (!frequent.has(key.high, key.low)) continue
      here += at + n - Math.max(at, upTo)
      upTo = at + n
    }
    covered += here
    shares += here / words.length
    if (here > 0) touched++
    if (here / words.length >= HEAVY) {
      heavy++
      if (heavyRows.length < MOST_ROWS) heavyRows.push(row)
    }
  }
  return {
    dfThreshold: threshold,
    ngrams: frequent.count,
    tokenCoverage: tokens === 0 ? 0 : covered / tokens,
    docRate: documents.length === 0 ? 0 : touched / documents.length,
    heavyDocRate: filled === 0 ? 0 : heavy / filled,
    meanDocCoverage: filled === 0 ? 0 : shares / filled,
    phrases: grown(documents, frequent, n),
    heavyRows,
  }
}

interface Frequent {
  readonly count: number
  has(high: number, low: number): boolean
  /** Rows that have it; 0 where it is not frequent. */
  rowsOf(high: number, low: number): number
  /** In order of frequency. */
  readonly ranked: readonly { readonly rows: number; readonly example: number; readonly at: number }[]
}

/** Two passes: a sketch that can only count too many says which n-grams are worth counting exactly. */
function frequentNgrams(documents: Documents, n: number, threshold: number): Frequent {
  const sketch = new Uint16Array(Math.min(MOST_COUNTERS, Math.max(FEWEST_COUNTERS, 2 ** Math.ceil(Math.log2(sumOfWords(documents) + 1)))))
  const mask = sketch.length - 1
  const least = Math.min(threshold, 0xffff)
  const key = { high: 0, low: 0 }
  for (let row = 0; row < documents.length; row++) {
    const words = documents.at(row)
    for (let at = 0; at < ngramsIn(words.length, n); at++) {
      keyOfNgram(words, at, n, key)
      const slot = (key.high ^ (key.low >>> 7)) & mask
      if ((sketch[slot] as number) < 0xffff) sketch[slot] = (sketch[slot] as number) + 1
    }
  }
  const table = new PairTable()
  const rows = new GrowingU32()
  const last = new GrowingU32()
  const example = new GrowingU32()
  const place = new GrowingU32()
  for (let row = 0; row < documents.length; row++) {
    const words = documents.at(row)
    for (let at = 0; at < ngramsIn(words.length, n); at++) {
      keyOfNgram(words, at, n, key)
      if ((sketch[(key.high ^ (key.low >>> 7)) & mask] as number) < least) continue
      const index = table.add(key.high, key.low)
      if (index === rows.length) {
        rows.push(1)
        last.push(row)
        example.push(row)
        place.push(at)
      } else if (last.at(index) !== row) {
        rows.add(index, 1)
        last.set(index, row)
      }
    }
  }
  const rowsOf = (high: number, low: number) => {
    const index = table.find(high, low)
    return index < 0 || rows.at(index) < threshold ? 0 : rows.at(index)
  }
  const ranked = Array.from(rows.values, (count, index) => ({ rows: count, example: example.at(index), at: place.at(index) }))
    .filter((ngram) => ngram.rows >= threshold)
    .sort((a, b) => b.rows - a.rows || a.example - b.example || a.at - b.at)
  return { count: ranked.length, has: (high, low) => rowsOf(high, low) > 0, rowsOf, ranked }
}

/** Neighbouring n-grams of about the same rows are one phrase to a reader: it is shown whole, and once. */
function grown(documents: Documents, frequent: Frequent, n: number): Phrase[] {
  const phrases: Phrase[] = []
  const told = new Set<string>()
  const key = { high: 0, low: 0 }
  for (const { rows, example, at } of frequent.ranked) {
    if (phrases.length === MOST_PHRASES) break
    const words = documents.at(example)
    const mark = (from: number) => words.subarray(from, from + n).join()
    if (told.has(mark(at))) continue
    const shared = (from: number) => {
      keyOfNgram(words, from, n, key)
      return frequent.rowsOf(key.high, key.low) >= rows * 0.8
    }
    let from = at
    let last = at
    while (from > 0 && shared(from - 1)) from--
    while (last + n < words.length && shared(last + 1)) last++
    let fewest = rows
    for (let i = from; i <= last; i++) {
      told.add(mark(i))
      keyOfNgram(words, i, n, key)
      fewest = Math.min(fewest, frequent.rowsOf(key.high, key.low))
    }
    phrases.push({ words: Array.from(words.subarray(from, last + n)), rows: fewest, example })
  }
  return phrases
}
