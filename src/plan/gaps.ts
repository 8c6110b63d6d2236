/** What the accepted rows so far fall short of: a small report, coarse enough that a row more or less upstream seldom changes it. */
import type { DimensionSpec } from '../config/dataset.ts'
import { type Axis, axesOf, type Branch, combinationAt, combinationsOf, groupsOf, valuesAt } from './axes.ts'
import { cellId } from './cells.ts'
import { coarse, type Shortfall, shortfallOf } from './coarse.ts'
import { byLot, cellLots } from './lots.ts'
import { weightOf } from './select.ts'
import { type ShareGap, type ShareRule, shareGaps } from './shares.ts'

/** What became of an item. `failed` items are asked again by the next build. */
export type Fate = 'accepted' | 'rejected' | 'duplicate' | 'failed'

export interface Tried {
  readonly row: number
  readonly fate: Fate
}

/** What there is to cover. */
export interface Field {
  readonly dimensions: readonly DimensionSpec[]
  readonly branches?: readonly Branch[]
  /** Rows of the full product, ascending. */
  readonly allowed: Uint32Array
}

export interface GapRules {
  /** How many accepted rows are hoped for in the end: each combination should have its share of so many. Left out: as many as there are. */
  readonly total?: number
  /** Combinations of how many values are looked at, at most; 2 if left out. */
  readonly strength?: 1 | 2 | 3
  readonly shares?: readonly ShareRule[]
  /** The most entries of a list. */
  readonly limit?: number
}

/** JSON, the same for the same rows in whatever order they come; worst first. */
export interface GapReport {
  readonly gaps: readonly Gap[]
  readonly shares: readonly ShareGap[]
  /** Cells without an accepted row of which one was rejected or a duplicate, by id. */
  readonly lost: readonly LostCell[]
  /** How many gaps and lost cells were too many to list, rounded down. */
  readonly more: number
}

/** Too few accepted rows have these values (of dimensions and branches, by name). */
export interface Gap extends Shortfall {
  readonly values: { readonly [name: string]: string }
}

export interface LostCell {
  readonly cell: string
  readonly fate: 'rejected' | 'duplicate'
}

const LIMIT = 200 // about as many as a person reads, and several times what a batch fills
/** Groups of dimensions with more combinations are passed over: no dataset has a row for each. */
const MOST_COMBINATIONS = 100_000
const ROUNDING = 1e-6 // sums of weights in different orders differ by less

/** A combination's share follows from the weights of the allowed rows that have it, so constraints and branches are reckoned with. */
export function gapReport(field: Field, tried: Iterable<Tried>, rules: GapRules = {}): GapReport {
  const { dimensions, branches, allowed } = field
  const { strength = 2, limit = LIMIT } = rules
  const axes = axesOf(dimensions, branches)
  const { accepted, fates } = tally(tried)
  const weights = Float64Array.from(allowed, (row) => weightOf(dimensions, row))
  const total = Math.max(rules.total ?? 0, accepted.length) / weights.reduce((sum, weight) => sum + weight, 0)
  const gaps = Array.from({ length: strength }, (_, i) => groupsOf(axes, i + 1))
    .flat()
    .filter((group) => combinationsOf(group) <= MOST_COMBINATIONS)
    .flatMap((group) => gapsIn(group, allowed, weights, total, accepted))
  const lost = lostCells(dimensions, fates, limit)
  const listed = worst(gaps, limit)
  return {
    gaps: listed,
    shares: shareGaps(axes, accepted, rules.shares ?? [], rules.total ?? 0),
    lost: lost.cells,
    more: coarse(gaps.length - listed.length + lost.more),
  }
}

interface Tally {
  /** Rows, once for each accepted item. */
  readonly accepted: Uint32Array
  /** The best that became of an item of a row. */
  readonly fates: ReadonlyMap<number, Fate>
}

const RANK: { readonly [F in Fate]: number } = { accepted: 3, rejected: 2, duplicate: 1, failed: 0 }

function tally(tried: Iterable<Tried>): Tally {
  const accepted: number[] = []
  const best = new Map<number, Fate>()
  for (const { row, fate } of tried) {
    if (fate === 'accepted') accepted.push(row)
    const known = best.get(row)
    if (known === undefined || RANK[fate] > RANK[known]) best.set(row, fate)
  }
  return { accepted: Uint32Array.from(accepted), fates: best }
}

function gapsIn(group: readonly Axis[], allowed: Uint32Array, weights: Float64Array, total: number, accepted: Uint32Array): Gap[] {
  const wanted = new Float64Array(combinationsOf(group))
  const had = new Uint32Array(wanted.length)
  for (let i = 0; i < allowed.length; i++) {
    const combination = combinationAt(group, allowed[i] as number)
    wanted[combination] = (wanted[combination] as number) + (weights[i] as number)
  }
  for (const row of accepted) {
    const combination = combinationAt(group, row)
    had[combination] = (had[combination] as number) + 1
  }
  const gaps: Gap[] = []
  for (let combination = 0; combination < wanted.length; combination++) {
    if (wanted[combination] === 0) continue
    const shortfall = shortfallOf(had[combination] as number, (wanted[combination] as number) * total + ROUNDING)
    if (shortfall) gaps.push({ values: valuesAt(group, combination), ...shortfall })
  }
  return gaps
}

/** None at all before too few; values before pairs, because what fills a value fills pairs; then what lacks most. */
function worst(gaps: readonly Gap[], limit: number): Gap[] {
  return gaps
    .map((gap) => ({ gap, size: Object.keys(gap.values).length, missing: gap.wants - gap.has, name: JSON.stringify(gap.values) }))
    .sort((a, b) => Number(a.gap.has > 0) - Number(b.gap.has > 0) || a.size - b.size || b.missing - a.missing || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ gap }) => gap)
}

/** When there are too many, which ones are kept is a matter of their coordinates and not of their order. */
function lostCells(
  dimensions: readonly DimensionSpec[],
  fates: ReadonlyMap<number, Fate>,
  limit: number,
): { cells: LostCell[]; more: number } {
  const lost = [...fates].flatMap(([row, fate]) => (fate === 'rejected' || fate === 'duplicate' ? row : []))
  const some = lost.length <= limit ? lost : byLot(lost, cellLots(dimensions, 'lost')).slice(0, limit)
  const cells = some
    .map((row): LostCell => ({ cell: cellId(dimensions, row), fate: fates.get(row) as LostCell['fate'] }))
    .sort((a, b) => (a.cell < b.cell ? -1 : 1))
  return { cells, more: lost.length - some.length }
}
