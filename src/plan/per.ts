/** One cell for every combination of some dimensions; what the others say is left to weights and to a hash. */
import type { DimensionSpec } from '../config/dataset.ts'
import { ranked } from './select.ts'

/** Of `rows`, for each combination of the dimensions named, the one that would be chosen first. Ascending. */
export function onePerCombination(dimensions: readonly DimensionSpec[], rows: Uint32Array, names: readonly string[]): Uint32Array {
  const group = groupOf(dimensions, names)
  const first = new Map<number, number>()
  for (const row of ranked(dimensions, rows)) {
    const key = group(row)
    if (!first.has(key)) first.set(key, row)
  }
  return Uint32Array.from(first.values()).sort()
}

/** A number for each combination of the named dimensions' values. */
function groupOf(dimensions: readonly DimensionSpec[], names: readonly string[]): (row: number) => number {
  let stride = 1
  let factor = 1
  const parts: { readonly stride: number; readonly size: number; readonly factor: number }[] = []
  for (const { name, values } of [...dimensions].reverse()) {
    if (names.includes(name)) {
      parts.push({ stride, size: values.length, factor })
      factor *= values.length
    }
    stride *= values.length
  }
  return (row) => parts.reduce((key, part) => key + (Math.floor(row / part.stride) % part.size) * part.factor, 0)
}
