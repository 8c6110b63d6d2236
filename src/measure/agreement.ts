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

/** Between which values the true kappa lies, from rows drawn again and again (percentile bootstrap, 95 %); the same for the same pairs. */
export function kappaInterval(
  pairs: readonly (readonly [number, number])[],
  levels: number,
  weights: KappaWeights = 'none',
): { readonly low: number; readonly high: number } | undefined {
  if (pairs.length === 0) return undefined
  let state = pairs.length
  // Numerical Recipes' linear congruence: good enough to draw rows, and the same on every machine.
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return pairs[Math.floor((state / 2 ** 32) * pairs.length)] as readonly [number, number]
  }
  const kappas: number[] = []
  for (let i = 0; i < RESAMPLES; i++) {
    const { kappa } = agreementOf(Array.from(pairs, draw), levels, weights)
    if (kappa !== undefined) kappas.push(kappa)
  }
  if (kappas.length === 0) return undefined
  kappas.sort((a, b) => a - b)
  const at = (share: number) => kappas[Math.round(share * (kappas.length - 1))] as number
  return { low: at(0.025), high: at(0.975) }
}

const RESAMPLES = 1_000
