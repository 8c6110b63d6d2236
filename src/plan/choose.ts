/** Which of the rows that a batch may have it takes: all, some by weight, a covering array, or a quota. */
import type { BatchSpec, DimensionSpec } from '../config/dataset.ts'
import { coveringRows } from './covering.ts'
import { mostCovering } from './most-covering.ts'
import { quotaRows, weighedBy } from './quota.ts'
import { ranked, select, weightOf } from './select.ts'
import type { Open } from './space.ts'

/** What only covering arrays look at. */
export interface Around {
  /** Rows that this batch had before. */
  readonly held?: Uint32Array | undefined
  /** Where `rows` are candidates of more: whether another row may be taken too. */
  readonly open?: Open | undefined
}

/** `rows` ascending, so is the answer. */
export function chosenRows(dimensions: readonly DimensionSpec[], rows: Uint32Array, spec: BatchSpec, around: Around = {}): Uint32Array {
  const { size, strength, quota } = spec
  if (size === undefined && strength === undefined) return rows
  // A value of weight 0 is never chosen, however many are wanted: else the size would decide whether it is.
  const weighed = quota ? weighedBy(dimensions, quota) : dimensions
  const all = weighed.every(({ values }) => values.every(({ weight }) => weight > 0))
  const usable = all ? rows : rows.filter((row) => weightOf(weighed, row) > 0)
  if (strength !== undefined) {
    const { held, open } = around
    const weighty: Open | undefined = all || !open ? open : (row) => weightOf(weighed, row) > 0 && (open === 'all' || open(row))
    return covering(dimensions, usable, { strength, size, held, open: weighty })
  }
  if (size === undefined || size >= usable.length) return usable
  return quota ? quotaRows(dimensions, usable, quota, size) : select(dimensions, usable, size)
}

function covering(
  dimensions: readonly DimensionSpec[],
  rows: Uint32Array,
  { strength, size, ...around }: Around & { readonly strength: number; readonly size: number | undefined },
): Uint32Array {
  const array = coveringRows(dimensions, rows, strength, around)
  if (size === undefined || size === array.length) return array
  if (size < array.length) return mostCovering(dimensions, array, strength, size)
  const taken = new Set(array)
  const further = ranked(
    dimensions,
    rows.filter((row) => !taken.has(row)),
  )
  return Uint32Array.from([...array, ...further.slice(0, size - array.length)]).sort()
}
