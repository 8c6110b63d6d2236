/** Cohen's kappa: how far two judges agree beyond what chance would make them. */

export type KappaWeights = 'none' | 'linear' | 'quadratic'

export interface Agreement {
  readonly n: number
  /** Share of equal verdicts. */
  readonly observed: number
  /** 1 for full agreement, 0 for chance; undefined when both always say the same one thing, where kappa says nothing. */
  readonly kappa: number | undefined
}

/** Pairs of levels from 0 to `levels - 1`; for ordered levels, weights make a near miss count less (Cohen 1968). */
export function agreementOf(pairs: readonly (readonly [number, number])[], levels: number, weights: KappaWeights = 'none'): Agreement {
  const n = pairs.length
  const first = new Array<number>(levels).fill(0)
  const second = new Array<number>(levels).fill(0)
  let equal = 0
  let apart = 0
  for (const [a, b] of pairs) {
    first[a] = (first[a] ?? 0) + 1
    second[b] = (second[b] ?? 0) + 1
    if (a === b) equal++
    apart += distance(a, b, levels, weights)
  }
  let byChance = 0
  for (let a = 0; a < levels; a++)
    for (let b = 0; b < levels; b++)
      byChance += (((first[a] as number) * (second[b] as number)) / Math.max(1, n)) * distance(a, b, levels, weights)
  return { n, observed: n === 0 ? 0 : equal / n, kappa: byChance === 0 ? undefined : 1 - apart / byChance }
}

function distance(a: number, b: number, levels: number, weights: KappaWeights): number {
  if (a === b) return 0
  const share = Math.abs(a - b) / Math.max(1, levels - 1)
  return weights === 'none' ? 1 : weights === 'linear' ? share : share * share
}
