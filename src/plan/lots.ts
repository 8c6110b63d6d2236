/** Lots drawn by cells: numbers that depend on coordinates and a purpose only, quick enough to draw for every row. */
import type { DimensionSpec } from '../config/dataset.ts'
import { cellFraction } from '../key/key.ts'
import { cellId } from './cells.ts'
import { mixed } from './space.ts'

/** A number by row, the same for a cell however dimensions and values are declared; two cells have different ones but for a rare chance. */
export type Lots = (row: number) => number

/** A lot is mixed from the sum of one hash for each value: sums do not depend on the order, and whole numbers of this size are exact. */
export function cellLots(dimensions: readonly DimensionSpec[], purpose: string): Lots {
  const hashes = dimensions.map((dimension) =>
    Float64Array.from(dimension.values, (_, value) => Math.floor(cellFraction(cellId([dimension], value), purpose) * 2 ** 46)),
  )
  return (row) => {
    let sum = 0
    for (let d = dimensions.length - 1, rest = row; d >= 0; d--) {
      const values = hashes[d] as Float64Array
      sum += values[rest % values.length] as number
      rest = Math.floor(rest / values.length)
    }
    return mixed(sum % 2 ** 24, Math.floor(sum / 2 ** 24)) * 2 ** 20 + (sum % 2 ** 20)
  }
}

export function byLot(rows: readonly number[], lots: Lots): number[] {
  const drawn = Float64Array.from(rows, lots)
  return Array.from(
    Uint32Array.from(rows, (_, i) => i).sort(
      (a, b) => (drawn[a] as number) - (drawn[b] as number) || (rows[a] as number) - (rows[b] as number),
    ),
    (i) => rows[i] as number,
  )
}
