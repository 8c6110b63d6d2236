/** Coverage by the definition: the slow way, in words, so that it shares no idea with what it judges. */
import fc from 'fast-check'
import type { DimensionSpec } from '../../../src/config/dataset.ts'
import { coordinates } from '../../../src/plan/cells.ts'

/** What `allowed` has in any `strength` dimensions and `rows` does not: `a=a1 × b=b0`. */
export function uncovered(dimensions: readonly DimensionSpec[], allowed: Uint32Array, rows: Uint32Array, strength: number): string[] {
  const wanted = wordsOf(dimensions, allowed, strength)
  for (const word of wordsOf(dimensions, rows, strength)) wanted.delete(word)
  return [...wanted]
}

function wordsOf(dimensions: readonly DimensionSpec[], rows: Uint32Array, strength: number): Set<string> {
  const words = new Set<string>()
  for (const row of rows) {
    const values = coordinates(dimensions, row).map(({ name, id }) => `${name}=${id}`)
    const combine = (from: number, taken: readonly string[]): void => {
      if (taken.length === strength) words.add(taken.join(' × '))
      else for (let i = from; i < values.length; i++) combine(i + 1, [...taken, values[i] as string])
    }
    combine(0, [])
  }
  return words
}

/** A dimension with values `a0`, `a1`, … */
export const axis = (name: string, size: number, weight = (_: number) => 1): DimensionSpec => ({
  name,
  values: Array.from({ length: size }, (_, i) => ({ id: `${name}${i}`, guide: '', weight: weight(i) })),
})

/** Dimensions `a`, `b`, … of these sizes. */
export const axes = (...sizes: readonly number[]): DimensionSpec[] => sizes.map((size, i) => axis(String.fromCharCode(97 + i), size))

export const allRows = (dimensions: readonly DimensionSpec[]): Uint32Array =>
  Uint32Array.from({ length: dimensions.reduce((n, { values }) => n * values.length, 1) }, (_, row) => row)

/** A constraint: no cell has all of these values. */
export interface Forbidden {
  readonly values: readonly { readonly dimension: number; readonly value: number }[]
}

export const meeting = (dimensions: readonly DimensionSpec[], forbidden: readonly Forbidden[], rows = allRows(dimensions)): Uint32Array =>
  rows.filter((row) => {
    const ids = coordinates(dimensions, row).map(({ id }) => id)
    return !forbidden.some(
      ({ values }) =>
        values.length > 0 &&
        values.every(
          ({ dimension, value }) => dimensions[dimension] === undefined || ids[dimension] === dimensions[dimension]?.values[value]?.id,
        ),
    )
  })

export const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 })

export const constraints: fc.Arbitrary<Forbidden[]> = fc.array(
  fc.record({
    values: fc.uniqueArray(fc.record({ dimension: fc.nat(4), value: fc.nat(4) }), {
      selector: ({ dimension }) => dimension,
      minLength: 1,
      maxLength: 3,
    }),
  }),
  { maxLength: 4 },
)
