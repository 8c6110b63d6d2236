/** A dataset's work, laid out: which cells, in which batches, how many draws of each. Pure. */
import type { BatchSpec, Dataset, DimensionSpec } from '../config/dataset.ts'
import { cellsOf, guardedValues } from './cells.ts'
import { select } from './select.ts'

export interface Plan {
  readonly dataset: Dataset
  readonly dimensions: readonly DimensionSpec[]
  /** In running order. */
  readonly batches: readonly PlanBatch[]
  /** Cells × samples over all batches. */
  readonly items: number
}

/** Items `first … first + items - 1` of the plan: cell-major, then by sample. */
export interface PlanBatch {
  readonly spec: BatchSpec
  /** Rows of the full product, ascending. */
  readonly rows: Uint32Array
  readonly first: number
  readonly items: number
}

/** One draw of one cell: the unit that is built. */
export interface Item {
  readonly index: number
  readonly batch: PlanBatch
  readonly row: number
  readonly sample: number
}

export function planOf(dataset: Dataset): Plan {
  const cells = cellsOf(dataset)
  const taken = new Set<number>()
  const batches: PlanBatch[] = []
  let first = 0
  for (const spec of dataset.batches) {
    const rows = rowsOf(dataset, cells.rows, spec, taken)
    if (dataset.batches.length > 1) for (const row of rows) taken.add(row)
    const items = rows.length * spec.samples
    batches.push({ spec, rows, first, items })
    first += items
  }
  return { dataset, dimensions: cells.dimensions, batches, items: first }
}

/** A cell belongs to the first batch that wants it, so no two batches ever make the same row. */
function rowsOf(dataset: Dataset, all: Uint32Array, spec: BatchSpec, taken: ReadonlySet<number>): Uint32Array {
  const where = spec.where
  const wanted =
    where || taken.size > 0 ? all.filter((row) => !taken.has(row) && (!where || where(guardedValues(dataset.dimensions, row)))) : all
  return spec.size !== undefined && spec.size < wanted.length ? select(dataset.dimensions, wanted, spec.size) : wanted
}

export function itemAt(plan: Plan, index: number): Item {
  for (const batch of plan.batches) {
    const within = index - batch.first
    if (within < batch.items) {
      const cell = Math.floor(within / batch.spec.samples)
      return { index, batch, row: batch.rows[cell] as number, sample: within % batch.spec.samples }
    }
  }
  throw new Error(`datagen bug: no item ${index} in a plan of ${plan.items}`)
}

export function* itemsOf(batch: PlanBatch): Generator<Item> {
  const { samples } = batch.spec
  let index = batch.first
  for (const row of batch.rows) for (let sample = 0; sample < samples; sample++) yield { index: index++, batch, row, sample }
}
