/** The cells each batch takes as far as the config alone decides: the first batch that wants a cell has it. */
import type { BatchSpec, Dataset, DimensionSpec } from '../config/dataset.ts'
import { guardedValues } from './cells.ts'
import { chosenRows } from './choose.ts'
import { onePerCombination } from './per.ts'

/**
 * The rows that a batch which covers combinations had before, in this dataset's numbering; it keeps those it may still have and adds
 * only what is missing. `rows`: those it may choose from.
 */
export type HeldRows = (spec: BatchSpec, rows: Uint32Array) => Uint32Array | undefined

/** By batch name, ascending rows; a batch that fills gaps takes what is left, later. `all`: the rows that satisfy every constraint. */
export function ownRows(dataset: Dataset, all: Uint32Array, held?: HeldRows): Map<string, Uint32Array> {
  const { batches, dimensions } = dataset
  // By row of the full product; only needed to tell batches apart.
  const taken = batches.length > 1 ? new Uint8Array(productOf(dimensions)) : undefined
  const own = new Map<string, Uint32Array>()
  for (const spec of batches) {
    const rows = spec.gaps ? NO_ROWS : rowsFor(dimensions, rowsWanted(dimensions, all, spec, taken), spec, held)
    if (taken) for (const row of rows) taken[row] = 1
    own.set(spec.name, rows)
  }
  return own
}

const NO_ROWS = new Uint32Array()

function rowsFor(dimensions: readonly DimensionSpec[], rows: Uint32Array, spec: BatchSpec, held: HeldRows | undefined): Uint32Array {
  const kept = spec.per ? onePerCombination(dimensions, rows, spec.per) : rows
  const sized = spec.acceptedExactly === undefined ? spec : { ...spec, size: spec.acceptedExactly }
  return chosenRows(dimensions, kept, sized, spec.strength === undefined ? undefined : held?.(spec, kept))
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
