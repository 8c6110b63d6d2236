/** The cells each batch takes as far as the config alone decides: the first batch that wants a cell has it. */
import type { BatchSpec, Dataset, DimensionSpec } from '../config/dataset.ts'
import { guardedValues } from './cells.ts'
import { chosenRows } from './choose.ts'
import { onePerCombination } from './per.ts'

/**
 * By batch name, ascending rows; a batch that fills gaps takes what is left, later. `all`: the rows that satisfy every constraint.
 * `held`: the rows that batches had before, in this dataset's numbering: covering arrays are extended from them.
 */
export function ownRows(dataset: Dataset, all: Uint32Array, held?: ReadonlyMap<string, Uint32Array>): Map<string, Uint32Array> {
  const { batches, dimensions } = dataset
  // By row of the full product; only needed to tell batches apart.
  const taken = batches.length > 1 ? new Uint8Array(productOf(dimensions)) : undefined
  const own = new Map<string, Uint32Array>()
  for (const spec of batches) {
    const rows = spec.gaps ? NO_ROWS : rowsFor(dimensions, rowsWanted(dimensions, all, spec, taken), spec, held?.get(spec.name))
    if (taken) for (const row of rows) taken[row] = 1
    own.set(spec.name, rows)
  }
  return own
}

const NO_ROWS = new Uint32Array()

function rowsFor(dimensions: readonly DimensionSpec[], rows: Uint32Array, spec: BatchSpec, held: Uint32Array | undefined): Uint32Array {
  const kept = spec.per ? onePerCombination(dimensions, rows, spec.per) : rows
  return chosenRows(dimensions, kept, spec.acceptedExactly === undefined ? spec : { ...spec, size: spec.acceptedExactly }, held)
}

/** The rows that satisfy the batch's own condition and that no batch before it has taken. */
export function rowsWanted(dimensions: readonly DimensionSpec[], all: Uint32Array, { where }: BatchSpec, taken?: Uint8Array): Uint32Array {
  if (!where && !taken) return all
  return all.filter((row) => !taken?.[row] && (!where || where(guardedValues(dimensions, row))))
}

/** How many rows the full product has. */
export function productOf(dimensions: readonly DimensionSpec[]): number {
  return dimensions.reduce((n, { values }) => n * values.length, 1)
}
