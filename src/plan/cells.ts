/** Cells as columns: mixed-radix row numbers of the full product, never one object per cell. */
import type { CellValues, Dataset, DimensionSpec } from '../config/dataset.ts'
import { guard } from '../config/guard.ts'
import { cellDigest } from '../key/key.ts'
import type { CellId } from '../util/brand.ts'

export interface Cells {
  readonly dimensions: readonly DimensionSpec[]
  /** Row numbers in the full product, ascending: a cell's place in the order of declaration. */
  readonly rows: Uint32Array
}

/** The cells that satisfy every constraint. */
export function cellsOf(dataset: Dataset): Cells {
  const { dimensions, constraints } = dataset
  const product = dimensions.reduce((n, d) => n * d.values.length, 1)
  const all = new Uint32Array(product)
  if (constraints.length === 0) {
    for (let row = 0; row < product; row++) all[row] = row
    return { dimensions, rows: all }
  }
  let kept = 0
  for (let row = 0; row < product; row++) {
    const values = guardedValues(dimensions, row)
    if (constraints.every((allows) => allows(values))) all[kept++] = row
  }
  return { dimensions, rows: all.slice(0, kept) }
}

/** Value ids and guides of a row, in order of declaration. */
export function coordinates(
  dimensions: readonly DimensionSpec[],
  row: number,
): { name: string; id: string; guide: string; weight: number }[] {
  const out = new Array<{ name: string; id: string; guide: string; weight: number }>(dimensions.length)
  let rest = row
  for (let d = dimensions.length - 1; d >= 0; d--) {
    const dimension = dimensions[d] as DimensionSpec
    const value = dimension.values[rest % dimension.values.length]
    rest = Math.floor(rest / dimension.values.length)
    if (!value) throw new Error(`datagen bug: row ${row} has no value in "${dimension.name}"`)
    out[d] = { name: dimension.name, ...value }
  }
  return out
}

/** The ids, guarded: reading an unknown dimension throws `UnknownName`. */
export function guardedValues(dimensions: readonly DimensionSpec[], row: number): CellValues {
  const values: Record<string, string> = Object.create(null)
  for (const { name, id } of coordinates(dimensions, row)) values[name] = id
  return guard(values, 'dimension')
}

/** Identity by coordinates, independent of the order of dimensions and of positions. */
export function cellId(dimensions: readonly DimensionSpec[], row: number): CellId {
  return coordinates(dimensions, row)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, id }) => `${encodeURIComponent(name)}=${encodeURIComponent(id)}`)
    .join('&') as CellId
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
