/** Which of the rows that a batch may have it takes: all, some by weight, a covering array, or a quota. */
import type { BatchSpec, DimensionSpec } from '../config/dataset.ts'
import { coveringRows } from './covering.ts'
import { mostCovering } from './most-covering.ts'
import { quotaRows, weighedBy } from './quota.ts'
import { ranked, select, weightOf } from './select.ts'

/** `rows` ascending, so is the answer. `held`: rows that this batch had before; only covering arrays build on them. */
export function chosenRows(dimensions: readonly DimensionSpec[], rows: Uint32Array, spec: BatchSpec, held?: Uint32Array): Uint32Array {
  const { size, strength, quota } = spec
  if (size === undefined && strength === undefined) return rows
  // A value of weight 0 is never chosen, however many are wanted: else the size would decide whether it is.
  const weighed = quota ? weighedBy(dimensions, quota) : dimensions
  const usable = weighed.every(({ values }) => values.every(({ weight }) => weight > 0))
    ? rows
    : rows.filter((row) => weightOf(weighed, row) > 0)
  if (strength !== undefined) return covering(dimensions, usable, strength, size, held)
  if (size === undefined || size >= usable.length) return usable
  return quota ? quotaRows(dimensions, usable, quota, size) : select(dimensions, usable, size)
}

function covering(
  dimensions: readonly DimensionSpec[],
  rows: Uint32Array,
  strength: number,
  size: number | undefined,
  held?: Uint32Array,
): Uint32Array {
  const array = coveringRows(dimensions, rows, strength, held)
  if (size === undefined || size === array.length) return array
  if (size < array.length) return mostCovering(dimensions, array, strength, size)
  const taken = new Set(array)
  const further = ranked(
    dimensions,
    rows.filter((row) => !taken.has(row)),
  )
  return Uint32Array.from([...array, ...further.slice(0, size - array.length)]).sort()
}
