/** The next items for a batch that wants so many accepted rows: what was rejected is made up for until the candidates are used up. */
import type { DimensionSpec } from '../config/dataset.ts'
import type { Fate, Tried } from './gaps.ts'
import { MAX_DRAWS, type NextItems, Picks } from './picks.ts'
import { ranked } from './select.ts'

export interface TopUp {
  readonly dimensions: readonly DimensionSpec[]
  /** Rows the batch may take. */
  readonly rows: Uint32Array
  /** Every item of the batch so far. */
  readonly tried: Iterable<Tried>
  /** How many accepted rows are wanted. */
  readonly accepted: number
  /** The most items the batch may ever have. */
  readonly candidates: number
}

/** Of cells tried as often, those with nothing to show for it come first. */
const ORDER: { readonly [F in Fate]: number } = { rejected: 0, duplicate: 1, accepted: 2, failed: 3 }

/**
 * As many items as rows are missing: untried cells in the order in which `select` takes them, then further draws, of the cells tried
 * least first. A failed item is asked again by the next build, so its place is kept.
 */
export function topUp({ dimensions, rows, tried, accepted, candidates }: TopUp): NextItems {
  const draws = new Map<number, number>()
  const best = new Map<number, Fate>()
  let items = 0
  let missing = accepted
  for (const { row, fate } of tried) {
    items++
    if (fate === 'accepted' || fate === 'failed') missing--
    draws.set(row, (draws.get(row) ?? 0) + 1)
    const known = best.get(row)
    if (known === undefined || ORDER[fate] > ORDER[known]) best.set(row, fate)
  }
  const picks = new Picks((row) => draws.get(row) ?? 0, Math.max(0, Math.min(missing, candidates - items)))
  if (picks.full) return picks.items()
  const order = ranked(dimensions, rows)
  for (const row of order) {
    if (picks.full) break
    if (!best.has(row)) picks.add(row)
  }
  while (!picks.full) {
    let fewest = MAX_DRAWS
    for (const row of order) fewest = Math.min(fewest, picks.drawsOf(row))
    if (fewest === MAX_DRAWS) break
    const again = Array.from(order.filter((row) => picks.drawsOf(row) === fewest))
    for (const row of again.sort((a, b) => ORDER[best.get(a) ?? 'accepted'] - ORDER[best.get(b) ?? 'accepted'])) {
      if (picks.full) break
      picks.add(row)
    }
  }
  return picks.items()
}
