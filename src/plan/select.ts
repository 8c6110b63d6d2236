/** Which cells a batch takes when it takes fewer than all: stable under growth, faithful to weights. */
import type { DimensionSpec } from '../config/dataset.ts'
import { cellFraction } from '../key/key.ts'
import { cellId } from './cells.ts'

/** The `size` best rows, ascending. */
export function select(dimensions: readonly DimensionSpec[], rows: Uint32Array, size: number): Uint32Array {
  return ranked(dimensions, rows).slice(0, size).sort()
}

/**
 * Rows, best first, without those of weight 0, by weighted rendezvous hashing: a row's score depends on its own coordinates and
 * weight only, so a larger size or a further value never reshuffles those chosen. The score -ln(u)/w is
 * Efraimidis and Spirakis' weighted sampling without replacement (2006), with u from a hash.
 */
export function ranked(dimensions: readonly DimensionSpec[], rows: Uint32Array): Uint32Array {
  const scores = new Float64Array(rows.length)
  const order = new Uint32Array(rows.length)
  let count = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    const weight = weightOf(dimensions, row)
    if (weight === 0) continue
    // The smallest fraction is 0; half a step up keeps the logarithm finite.
    scores[i] = -Math.log(cellFraction(cellId(dimensions, row), 'select') + 2 ** -49) / weight
    order[count++] = i
  }
  return order
    .subarray(0, count)
    .sort((a, b) => (scores[a] as number) - (scores[b] as number) || (rows[a] as number) - (rows[b] as number))
    .map((i) => rows[i] as number)
}

/** A row's weight: the product of its values'. */
export function weightOf(dimensions: readonly DimensionSpec[], row: number): number {
  let weight = 1
  for (let d = dimensions.length - 1, rest = row; d >= 0; d--) {
    const { values } = dimensions[d] as DimensionSpec
    weight *= (values[rest % values.length] as { weight: number }).weight
    rest = Math.floor(rest / values.length)
  }
  return weight
}
