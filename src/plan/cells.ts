/** Cells as columns: mixed-radix row numbers of the full product, never one object per cell. */
import type { CellValues, Dataset, DimensionSpec } from '../config/dataset.ts'
import { guard } from '../config/guard.ts'
import { cellDigest } from '../key/key.ts'
import type { CellId } from '../util/brand.ts'
import { candidates } from './candidates.ts'

export interface Cells {
  readonly dimensions: readonly DimensionSpec[]
  /** Row numbers in the full product, ascending: a cell's place in the order of declaration. */
  readonly rows: Uint32Array
}

/** The cells that satisfy every constraint; where there are more than may be gone through, candidates among them. */
export function cellsOf(dataset: Dataset): Cells {
  const { dimensions, constraints, maxCells } = dataset
  const all = hasCandidates(dataset) ? candidates(dimensions, maxCells) : everyRow(productOf(dimensions))
  if (constraints.length === 0) return { dimensions, rows: all }
  return {
    dimensions,
    rows: all.filter((row) => {
      const values = guardedValues(dimensions, row)
      return constraints.every((allows) => allows(values))
    }),
  }
}

/** Whether the product is too large to be gone through. */
export function hasCandidates({ dimensions, maxCells }: Pick<Dataset, 'dimensions' | 'maxCells'>): boolean {
  return productOf(dimensions) > maxCells
}

/** How many rows the full product has. */
export function productOf(dimensions: readonly DimensionSpec[]): number {
  return dimensions.reduce((n, { values }) => n * values.length, 1)
}

function everyRow(product: number): Uint32Array {
  const all = new Uint32Array(product)
  for (let row = 0; row < product; row++) all[row] = row
  return all
}

/** The values of a row, in order of declaration. */
export function valuesAt(dimensions: readonly DimensionSpec[], row: number): DimensionSpec['values'] {
  const out = new Array<DimensionSpec['values'][number]>(dimensions.length)
  let rest = row
  for (let d = dimensions.length - 1; d >= 0; d--) {
    const dimension = dimensions[d] as DimensionSpec
    const value = dimension.values[rest % dimension.values.length]
    rest = Math.floor(rest / dimension.values.length)
    if (!value) throw new Error(`datagen bug: row ${row} has no value in "${dimension.name}"`)
    out[d] = value
  }
  return out
}

/** Value ids and guides of a row, in order of declaration. */
export function coordinates(
  dimensions: readonly DimensionSpec[],
  row: number,
): { name: string; id: string; guide: string; weight: number }[] {
  return valuesAt(dimensions, row).map((value, d) => ({ name: (dimensions[d] as DimensionSpec).name, ...value }))
}

/** The ids, guarded: reading an unknown dimension throws `UnknownName`. */
export function guardedValues(dimensions: readonly DimensionSpec[], row: number): CellValues {
  // Objects that are made by `Object.create(null)` are tables from the beginning: several times as slow to make and to read.
  const values = { __proto__: null } as unknown as Record<string, string>
  const at = valuesAt(dimensions, row)
  for (let d = 0; d < dimensions.length; d++) {
    values[(dimensions[d] as DimensionSpec).name] = (at[d] as DimensionSpec['values'][number]).id
  }
  return guard(values, 'dimension')
}

/** Identity by coordinates, independent of the order of dimensions and of positions. */
export function cellId(dimensions: readonly DimensionSpec[], row: number): CellId {
  const columns = named.get(dimensions) ?? columnsOf(dimensions)
  if (!named.has(dimensions)) named.set(dimensions, columns)
  let id = ''
  for (const { place, pairs } of columns) id += pairs[Math.floor(row / place) % pairs.length]
  return id as CellId
}

/** A dimension as it is written into ids: choosing a batch writes one for every cell there could be. */
interface Column {
  /** By how much a row number grows when the value's place does. */
  readonly place: number
  readonly pairs: readonly string[]
}

const named = new WeakMap<readonly DimensionSpec[], readonly Column[]>()

function columnsOf(dimensions: readonly DimensionSpec[]): Column[] {
  let place = 1
  return dimensions
    .toReversed()
    .map(({ name, values }) => {
      const column = { name, values, place }
      place *= values.length
      return column
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, values, place }, c) => ({
      place,
      pairs: values.map(({ id }) => `${c === 0 ? '' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(id)}`),
    }))
}

/** Provenance name of a row. */
export function cellName(dimensions: readonly DimensionSpec[], row: number): string {
  return cellDigest(cellId(dimensions, row))
}

/** For people: `csv × beginner × question`, with `#2` for the second further sample. */
export function cellLabel(dimensions: readonly DimensionSpec[], row: number, sample = 0): string {
  const label = coordinates(dimensions, row)
    .map(({ id }) => id)
    .join(' × ')
  return sample === 0 ? label : `${label} #${sample}`
}

/** The row of a cell by its id; undefined when a dimension or a value is gone. */
export function rowNamed(dimensions: readonly DimensionSpec[], cell: string): number | undefined {
  const values = new Map(cell.split('&').map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]))
  let row = 0
  for (const { name, values: own } of dimensions) {
    const at = own.findIndex(({ id }) => id === values.get(name))
    if (at < 0) return undefined
    row = row * own.length + at
  }
  return cellId(dimensions, row) === cell ? row : undefined
}
