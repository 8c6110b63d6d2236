/** Covering arrays: few rows that have every combination of values in any two (three, …) dimensions. */
import type { DimensionSpec } from '../config/dataset.ts'
import { Cover } from './cover.ts'
import { shrink } from './shrink.ts'
import { digitsOf, type Open, type Space, spaceOf } from './space.ts'
import { type Tuples, tupleAt, tuplesOf } from './tuples.ts'

/** Of combinations looked at, for all attempts at a smaller array together: about a quarter of a second. */
const BUDGET = 40_000_000
/** Arrays begun anew; more hardly ever find a smaller one, and shrinking what was found does. */
const MAX_TRIES = 12

/**
 * Ascending rows of `allowed` that have every combination of values in any `strength` dimensions which some allowed row
 * has. Every row of `held` that is still allowed is among them, and if those suffice, nothing else. The outcome depends on
 * names and ids and on which rows are allowed, not on the order of dimensions or values. Where `allowed` are candidates, the
 * combinations are theirs and the rows any that are `open`.
 */
export function coveringRows(
  dimensions: readonly DimensionSpec[],
  allowed: Uint32Array,
  strength: number,
  { held, open }: { readonly held?: Uint32Array | undefined; readonly open?: Open | undefined } = {},
): Uint32Array {
  const space = spaceOf(dimensions, allowed, open)
  // Then every row is itself a combination that no other has.
  if (allowed.length === 0 || strength >= space.sizes.length) return allowed.slice()
  const tuples = tuplesOf(space, strength)
  const fixed = [...new Set(held)]
    .map(space.codeOf)
    .filter(space.allows)
    .sort((a, b) => a - b)
  return Uint32Array.from(smallest(space, tuples, fixed), space.rowOf).sort()
}

function smallest(space: Space, tuples: Tuples, fixed: readonly number[]): readonly number[] {
  let work = 0
  let best: readonly number[] | undefined
  for (let turn = 0; turn < MAX_TRIES; turn++) {
    const cover = new Cover(space, tuples, turn)
    const codes = withoutSpare(space, tuples, [...fixed, ...cover.complete(fixed)], fixed.length)
    if (best === undefined || codes.length < best.length) best = codes
    work += cover.work
    // Another try costs about as much as this one did; half of the budget is for shrinking.
    if (best.length === fixed.length || work + cover.work > BUDGET / 2) break
  }
  return withoutSpare(space, tuples, shrink(space, tuples, best as readonly number[], fixed.length, BUDGET - work), fixed.length)
}

/** Rows whose every combination another row has too are dropped, the latest first, but none of the first `fixed`. */
function withoutSpare(space: Space, tuples: Tuples, codes: readonly number[], fixed: number): number[] {
  const counts = new Uint32Array(tuples.total)
  const digits = new Int32Array(space.sizes.length)
  const add = (code: number, by: number) => {
    digitsOf(space, code, digits)
    for (let g = 0; g < tuples.groups; g++) {
      const tuple = tupleAt(tuples, g, digits)
      counts[tuple] = (counts[tuple] as number) + by
    }
  }
  const isNeeded = (code: number) => {
    digitsOf(space, code, digits)
    for (let g = 0; g < tuples.groups; g++) if (counts[tupleAt(tuples, g, digits)] === 1) return true
    return false
  }
  for (const code of codes) add(code, 1)
  const kept: number[] = []
  for (const code of codes.slice(fixed).reverse()) {
    if (isNeeded(code)) kept.push(code)
    else add(code, -1)
  }
  return [...codes.slice(0, fixed), ...kept.reverse()]
}
