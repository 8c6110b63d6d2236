/** A dataset's work, laid out: which cells, in which batches, how many draws of each. Pure. */
import type { BatchSpec, Dataset, DimensionSpec } from '../config/dataset.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { cellsOf, guardedValues } from './cells.ts'
import { chosenRows } from './choose.ts'

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

/**
 * Throws a `DatagenError` (exit 2) when no cell is left: an empty dataset is never what was meant. `selected`: the rows of each
 * batch, when an earlier plan is known to have chosen the same. `held`: the rows that batches had before, in this dataset's
 * numbering: covering arrays are extended from them.
 */
export function planOf(dataset: Dataset, selected?: ReadonlyMap<string, Uint32Array>, held?: ReadonlyMap<string, Uint32Array>): Plan {
  if (selected) return planFrom(dataset, selected)
  const cells = cellsOf(dataset)
  // By row of the full product; only needed to tell batches apart.
  const taken = dataset.batches.length > 1 ? new Uint8Array(dataset.dimensions.reduce((n, d) => n * d.values.length, 1)) : undefined
  const batches: PlanBatch[] = []
  let first = 0
  for (const spec of dataset.batches) {
    const rows = rowsOf(dataset, cells.rows, spec, taken, held?.get(spec.name))
    if (taken) for (const row of rows) taken[row] = 1
    const items = rows.length * spec.samples
    batches.push({ spec, rows, first, items })
    first += items
  }
  if (first === 0) throw nothingLeft(dataset)
  return { dataset, dimensions: cells.dimensions, batches, items: first }
}

function planFrom(dataset: Dataset, selected: ReadonlyMap<string, Uint32Array>): Plan {
  const batches: PlanBatch[] = []
  let first = 0
  for (const spec of dataset.batches) {
    const rows = selected.get(spec.name)
    if (!rows) throw new Error(`datagen bug: an equal plan has no batch "${spec.name}"`)
    batches.push({ spec, rows, first, items: rows.length * spec.samples })
    first += rows.length * spec.samples
  }
  return { dataset, dimensions: dataset.dimensions, batches, items: first }
}

/** A cell belongs to the first batch that wants it, so no two batches ever make the same row. */
function rowsOf(
  dataset: Dataset,
  all: Uint32Array,
  spec: BatchSpec,
  taken: Uint8Array | undefined,
  held: Uint32Array | undefined,
): Uint32Array {
  const { where } = spec
  const wanted = (row: number) => !taken?.[row] && (!where || where(guardedValues(dataset.dimensions, row)))
  return chosenRows(dataset.dimensions, where || taken ? all.filter(wanted) : all, spec, held)
}

function nothingLeft(dataset: Dataset): DatagenError {
  const place = dataset.locate(['where'])
  return new DatagenError({
    code: 'plan/no-cells',
    severity: 'error',
    headline: 'no cell is left to build: every combination of values is excluded',
    ...(place ? { place } : {}),
    hint: 'loosen `where` in the config or in its batches; nothing was changed',
  })
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
