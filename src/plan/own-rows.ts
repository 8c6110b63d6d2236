/** The cells each batch takes as far as the config alone decides: the first batch that wants a cell has it. */
import type { BatchSpec, Dataset, DimensionSpec } from '../config/dataset.ts'
import { guardedValues, hasCandidates, productOf } from './cells.ts'
import { chosenRows } from './choose.ts'
import { onePerCombination } from './per.ts'
import type { Open } from './space.ts'

/**
 * The rows that a batch which covers combinations had before, in this dataset's numbering; it keeps those it may still have and adds
 * only what is missing. `rows`: those it may choose from.
 */
export type HeldRows = (spec: BatchSpec, rows: Uint32Array) => Uint32Array | undefined

/** By batch name, ascending rows; a batch that fills gaps takes what is left, later. `all`: the rows that satisfy every constraint. */
export function ownRows(dataset: Dataset, all: Uint32Array, held?: HeldRows): Map<string, Uint32Array> {
  const { batches, dimensions, constraints } = dataset
  // Only needed to tell batches apart.
  const taken = batches.length > 1 ? takenRows(dataset) : undefined
  const own = new Map<string, Uint32Array>()
  for (const spec of batches) {
    const rows = spec.gaps ? NO_ROWS : rowsFor(dimensions, rowsWanted(dimensions, all, spec, taken), spec, { held, open: openTo(spec) })
    if (taken) for (const row of rows) taken.add(row)
    own.set(spec.name, rows)
  }
  return own

  function openTo({ where, per }: BatchSpec): Open | undefined {
    // One row for each combination is chosen before, among the candidates.
    if (!hasCandidates(dataset) || per) return undefined
    if (constraints.length === 0 && !where && !taken) return 'all'
    return (row) => {
      if (taken?.has(row)) return false
      const values = guardedValues(dimensions, row)
      return constraints.every((allows) => allows(values)) && (!where || where(values))
    }
  }
}

interface Taken {
  has(row: number): boolean
  add(row: number): void
}

/** A byte for each row of the product, where that many bytes can be had. */
function takenRows(dataset: Dataset): Taken {
  if (hasCandidates(dataset)) return new Set<number>()
  const taken = new Uint8Array(productOf(dataset.dimensions))
  return { has: (row) => taken[row] === 1, add: (row) => void taken.fill(1, row, row + 1) }
}

const NO_ROWS = new Uint32Array()

function rowsFor(
  dimensions: readonly DimensionSpec[],
  rows: Uint32Array,
  spec: BatchSpec,
  around: { readonly held: HeldRows | undefined; readonly open: Open | undefined },
): Uint32Array {
  const kept = spec.per ? onePerCombination(dimensions, rows, spec.per) : rows
  const sized = spec.acceptedExactly === undefined ? spec : { ...spec, size: spec.acceptedExactly }
  return chosenRows(dimensions, kept, sized, spec.strength === undefined ? {} : { held: around.held?.(spec, kept), open: around.open })
}

/** The rows that satisfy the batch's own condition and that no batch before it has taken. */
export function rowsWanted(dimensions: readonly DimensionSpec[], all: Uint32Array, { where }: BatchSpec, taken?: Taken): Uint32Array {
  if (!where && !taken) return all
  return all.filter((row) => !taken?.has(row) && (!where || where(guardedValues(dimensions, row))))
}
