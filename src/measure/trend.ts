/** Mann–Kendall: does a series rise or fall, without asking how? With Sen's slope. */
import { twoSided } from './normal.ts'

export interface Trend {
  readonly n: number
  /** Pairs that rise less pairs that fall. */
  readonly s: number
  readonly varS: number
  readonly z: number
  readonly p: number
  readonly tauA: number
  /** Median of the slopes between all pairs. */
  readonly senSlope: number
}

/** Variance corrected for ties, z for continuity (Kendall 1975). */
export function mannKendall(series: readonly number[]): Trend {
  const n = series.length
  let s = 0
  const slopes: number[] = []
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const rise = (series[j] as number) - (series[i] as number)
      s += Math.sign(rise)
      slopes.push(rise / (j - i))
    }
  }
  const ties = new Map<number, number>()
  for (const value of series) ties.set(value, (ties.get(value) ?? 0) + 1)
  const term = (t: number) => t * (t - 1) * (2 * t + 5)
  const varS = (term(n) - [...ties.values()].reduce((sum, t) => sum + term(t), 0)) / 18
  const z = varS <= 0 || s === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(varS)
  return { n, s, varS, z, p: twoSided(z), tauA: n < 2 ? 0 : s / ((n * (n - 1)) / 2), senSlope: medianOf(slopes) }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
