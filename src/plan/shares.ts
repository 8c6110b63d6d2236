/** Shares of some values among all accepted rows: `edge` outside the happy path in 20 to 30 % of them. */
import type { DimensionSpec } from '../config/dataset.ts'
import type { Axis } from './axes.ts'
import { coarse } from './coarse.ts'

/** The share of the rows that have one of these values. */
export interface ShareRule {
  /** Of a dimension or a branch. */
  readonly name: string
  readonly values: readonly string[]
  readonly least: number
  readonly most: number
}

/** Too small a part of the rows has one of these values. Where a rule's share is too large, that is said of all other values. */
export interface ShareGap {
  readonly name: string
  /** Sorted. */
  readonly values: readonly string[]
  /** Rounded down to a twentieth. */
  readonly share: number
  readonly least: number
  /** How many more rows bring the share about, rounded down. */
  readonly missing: number
}

const STEPS = 20

/** The rule for a dimension whose first value is the usual one, when only the share of the others is given. */
export function otherThanFirst({ name, values }: DimensionSpec, least: number, most: number): ShareRule {
  return { name, values: values.slice(1).map(({ id }) => id), least, most }
}

/** `total`: how many accepted rows are hoped for; when there are more already, as many more as it takes. */
export function shareGaps(axes: readonly Axis[], accepted: Uint32Array, rules: readonly ShareRule[], total: number): ShareGap[] {
  const gaps = rules.flatMap(({ name, values, least, most }) => {
    const axis = axes.find((one) => one.name === name)
    if (axis === undefined || accepted.length === 0) return []
    const inside = new Set(values)
    const others = axis.ids.filter((id) => !inside.has(id))
    return [tooFew(axis, values, least), tooFew(axis, others, 1 - most)].flatMap((gap) => gap ?? [])
  })
  return gaps.sort((a, b) => b.missing - a.missing || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

  function tooFew(axis: Axis, values: readonly string[], bound: number): ShareGap | undefined {
    const least = Number(bound.toFixed(6)) // 1 - 0.3 is a little more than 0.7
    const wanted = axis.ids.map((id) => values.includes(id))
    let have = 0
    for (const row of accepted) if (wanted[axis.digit(row)]) have++
    if (values.length === 0 || have >= least * accepted.length) return undefined
    const more = total > accepted.length || least === 1 ? least * total - have : (least * accepted.length - have) / (1 - least)
    const share = Math.floor((have / accepted.length) * STEPS) / STEPS
    return { name: axis.name, values: [...values].sort(), share, least, missing: Math.max(1, coarse(Math.ceil(more - 1e-9))) }
  }
}
