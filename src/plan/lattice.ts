/** How much of a lattice some rows cover, and how far their values are from the weights they should have; constraints and branches are reckoned with. */
import type { DimensionSpec } from '../config/dataset.ts'
import { balanceOf } from '../measure/balance.ts'
import { type Axis, axesOf, type Branch, combinationAt, combinationsOf, groupsOf, valuesAt } from './axes.ts'
import { weightOf } from './select.ts'

export interface LatticeCoverage {
  readonly covered: number
  /** Combinations that some row could have. */
  readonly of: number
  /** Some of those that none has. */
  readonly missing: readonly { readonly [name: string]: string }[]
}

const MOST_MISSING = 5
// Groups of dimensions with more combinations are passed over: no dataset has a row for each.
const MOST_COMBINATIONS = 100_000

export interface Lattice {
  readonly dimensions: readonly DimensionSpec[]
  readonly branches?: readonly Branch[]
  /** Rows that could occur. */
  readonly possible: Uint32Array
}

/** Of all combinations of values of any `strength` dimensions that are possible, those that a row has. */
export function latticeCoverage({ dimensions, branches, possible }: Lattice, rows: Uint32Array, strength: number): LatticeCoverage {
  let covered = 0
  let of = 0
  const missing: { readonly [name: string]: string }[] = []
  for (const group of groupsOf(axesOf(dimensions, branches), strength)) {
    const size = combinationsOf(group)
    if (size > MOST_COMBINATIONS) continue
    const could = marked(group, size, possible)
    const has = marked(group, size, rows)
    for (let combination = 0; combination < size; combination++) {
      if (could[combination] === 0) continue
      of++
      if (has[combination] === 1) covered++
      else if (missing.length < MOST_MISSING) missing.push(valuesAt(group, combination))
    }
  }
  return { covered, of, missing }
}

function marked(group: readonly Axis[], size: number, rows: Uint32Array): Uint8Array {
  const marks = new Uint8Array(size)
  for (const row of rows) marks[combinationAt(group, row)] = 1
  return marks
}

export interface AxisBalance {
  readonly name: string
  /** Share of the rows that would have to have another value. */
  readonly tv: number
  /** The value that is furthest off, with its share and the one it should have. */
  readonly worst: { readonly id: string; readonly share: number; readonly target: number }
}

/** One for each dimension, the worst first. What a value should have follows from the weights of the possible rows that have it. */
export function latticeBalance({ dimensions, branches, possible }: Lattice, rows: Uint32Array): AxisBalance[] {
  const weights = Float64Array.from(possible, (row) => weightOf(dimensions, row))
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  return axesOf(dimensions, branches)
    .map(({ name, ids, digit }): AxisBalance => {
      const should = new Array<number>(ids.length).fill(0)
      for (const [i, row] of possible.entries()) should[digit(row)] = (should[digit(row)] as number) + (weights[i] as number)
      const is = new Array<number>(ids.length).fill(0)
      for (const row of rows) is[digit(row)] = (is[digit(row)] as number) + 1
      const each = ids.map((id, i) => ({ id, share: (is[i] as number) / Math.max(1, rows.length), target: (should[i] as number) / whole }))
      const worst = each.reduce((most, one) => (off(one) > off(most) ? one : most))
      return { name, tv: balanceOf(is, should).tv, worst }
    })
    .sort((a, b) => b.tv - a.tv || (a.name < b.name ? -1 : 1))
}

function off({ share, target }: { readonly share: number; readonly target: number }): number {
  return Math.abs(share - target)
}
