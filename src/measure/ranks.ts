/** Mann–Whitney and Cliff's delta: is one group of numbers above another, and by how much? */
import { twoSided } from './normal.ts'

export interface RankComparison {
  readonly n1: number
  readonly n2: number
  readonly u1: number
  readonly z: number
  readonly p: number
  /** From -1 (all of the first below) to 1; 0.147, 0.33 and 0.474 begin small, medium and large (Romano et al. 2006). */
  readonly cliffsDelta: number
}

/** Normal approximation, corrected for ties and continuity. `z` is never negative. */
export function compareRanks(first: ArrayLike<number>, second: ArrayLike<number>): RankComparison {
  const n1 = first.length
  const n2 = second.length
  const n = n1 + n2
  const counts = new Map<number, { a: number; b: number }>()
  const count = (values: ArrayLike<number>, side: 'a' | 'b') => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number
      const tie = counts.get(value) ?? { a: 0, b: 0 }
      tie[side]++
      counts.set(value, tie)
    }
  }
  count(first, 'a')
  count(second, 'b')
  let below = 0
  let rankSum = 0
  let tied = 0
  for (const [, { a, b }] of [...counts].sort(([x], [y]) => x - y)) {
    const t = a + b
    rankSum += a * (below + (t + 1) / 2)
    tied += t ** 3 - t
    below += t
  }
  const u1 = rankSum - (n1 * (n1 + 1)) / 2
  const spread = n < 2 ? 0 : Math.sqrt(((n1 * n2) / 12) * (n + 1 - tied / (n * (n - 1))))
  const u = Math.max(u1, n1 * n2 - u1)
  const z = spread === 0 ? 0 : Math.max(0, (u - (n1 * n2) / 2 - 0.5) / spread)
  return { n1, n2, u1, z, p: twoSided(z), cliffsDelta: n1 * n2 === 0 ? 0 : (2 * u1) / (n1 * n2) - 1 }
}
