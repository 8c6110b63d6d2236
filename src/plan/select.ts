/** Which cells a batch takes when it takes fewer than all: stable under growth, faithful to weights. */
import type { DimensionSpec } from '../config/dataset.ts'
import { cellFraction } from '../key/key.ts'
import { cellId } from './cells.ts'

/** The `size` best rows, ascending. */
export function select(dimensions: readonly DimensionSpec[], rows: Uint32Array, size: number): Uint32Array {
  return best(dimensions, rows, size).sort()
}

/** Rows, best first, without those of weight 0. */
export function ranked(dimensions: readonly DimensionSpec[], rows: Uint32Array): Uint32Array {
  return best(dimensions, rows, rows.length)
}

/**
 * The `size` best rows, best first, without those of weight 0, by weighted rendezvous hashing: a row's score depends on its own
 * coordinates and weight only, so a larger size or a further value never reshuffles those chosen. The score -ln(u)/w is
 * Efraimidis and Spirakis' weighted sampling without replacement (2006), with u from a hash.
 */
function best(dimensions: readonly DimensionSpec[], rows: Uint32Array, size: number): Uint32Array {
  // A few of many: whoever is behind the worst that is still wanted is not held, and seldom is anything put in order.
  const room = Math.min(rows.length, 2 * size + 1_000)
  const held = new Uint32Array(room)
  const scores = new Float64Array(room)
  let count = 0
  let worst = Number.POSITIVE_INFINITY
  const order = (): Uint32Array =>
    Uint32Array.from({ length: count }, (_, i) => i).sort(
      (a, b) => (scores[a] as number) - (scores[b] as number) || (held[a] as number) - (held[b] as number),
    )
  const cut = (): void => {
    const kept = order().subarray(0, size)
    const [rowsKept, scoresKept] = [Uint32Array.from(kept, (i) => held[i] as number), Float64Array.from(kept, (i) => scores[i] as number)]
    held.set(rowsKept)
    scores.set(scoresKept)
    count = kept.length
    worst = scores[count - 1] ?? Number.NEGATIVE_INFINITY
  }
  for (const row of rows) {
    const weight = weightOf(dimensions, row)
    if (weight === 0) continue
    // The smallest fraction is 0; half a step up keeps the logarithm finite.
    const score = -Math.log(cellFraction(cellId(dimensions, row), 'select') + 2 ** -49) / weight
    if (score > worst) continue
    if (count === room) cut()
    if (score > worst) continue
    scores[count] = score
    held[count++] = row
  }
  return order()
    .subarray(0, size)
    .map((i) => held[i] as number)
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
