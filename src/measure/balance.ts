/** Balance: how far the counts of some values are from the weights they should have. */
import { chiSquaredTail } from './normal.ts'

export interface Balance {
  readonly n: number
  readonly k: number
  readonly chi2: number
  readonly df: number
  readonly p: number
  readonly entropyNats: number
  /** Entropy by its largest value, ln k. */
  readonly evenness: number
  /** Kullback–Leibler divergence of what is from what should be. */
  readonly klNats: number
  readonly jsNats: number
  /** Total variation: the share of rows that would have to be other ones. Judge by this: with many rows every p is small. */
  readonly tv: number
  readonly cramersV: number
  readonly maxAbsDev: number
}

/** Weights need not sum to 1. A weight of 0 means that the value should not occur; if it does, the divergence is infinite. */
export function balanceOf(counts: readonly number[], weights: readonly number[]): Balance {
  const n = counts.reduce((sum, count) => sum + count, 0)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const k = counts.length
  const is = counts.map((count) => (n === 0 ? 0 : count / n))
  const should = weights.map((weight) => weight / whole)
  const sumOf = (term: (p: number, q: number) => number) => is.reduce((sum, p, i) => sum + term(p, should[i] as number), 0)
  const chi2 = n * sumOf((p, q) => (q === 0 ? (p === 0 ? 0 : Number.POSITIVE_INFINITY) : (p - q) ** 2 / q))
  const entropy = -sumOf((p) => (p === 0 ? 0 : p * Math.log(p)))
  const divergence = (p: number, q: number) => (p === 0 ? 0 : p * Math.log(p / q))
  return {
    n,
    k,
    chi2,
    df: k - 1,
    p: chiSquaredTail(chi2, k - 1),
    entropyNats: entropy,
    evenness: k < 2 ? 1 : entropy / Math.log(k),
    klNats: sumOf(divergence),
    jsNats: sumOf((p, q) => divergence(p, (p + q) / 2) / 2 + divergence(q, (p + q) / 2) / 2),
    tv: sumOf((p, q) => Math.abs(p - q)) / 2,
    cramersV: n === 0 || k < 2 ? 0 : Math.sqrt(chi2 / (n * (k - 1))),
    maxAbsDev: is.reduce((most, p, i) => Math.max(most, Math.abs(p - (should[i] as number))), 0),
  }
}
