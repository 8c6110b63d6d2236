import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DimensionSpec } from '../../../src/config/dataset.ts'
import { cellId, coordinates } from '../../../src/plan/cells.ts'
import { ranked, select } from '../../../src/plan/select.ts'

const dimension = (name: string, weights: readonly number[]): DimensionSpec => ({
  name,
  values: weights.map((weight, i) => ({ id: `${name}${i}`, guide: '', weight })),
})
const rowsOf = (dimensions: readonly DimensionSpec[]) =>
  Uint32Array.from({ length: dimensions.reduce((n, { values }) => n * values.length, 1) }, (_, row) => row)
const chosen = (dimensions: readonly DimensionSpec[], size: number, rows = rowsOf(dimensions)) =>
  new Set([...select(dimensions, rows, size)].map((row) => cellId(dimensions, row)))
const minus = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>) => [...a].filter((item) => !b.has(item))

const weights = fc.array(fc.constantFrom(0, 0.1, 1, 1, 1, 5), { minLength: 1, maxLength: 6 })
const spaces = fc.tuple(weights, weights).map(([a, b]) => [dimension('a', a), dimension('b', b)])

describe('a selection', () => {
  it('takes as many rows as asked for, in the order of the product', () => {
    const dimensions = [dimension('a', Array(10).fill(1)), dimension('b', Array(10).fill(1))]
    const rows = [...select(dimensions, rowsOf(dimensions), 7)]
    expect(rows).toHaveLength(7)
    expect(rows).toEqual([...rows].sort((a, b) => a - b))
  })

  it('is pinned: other rows would be bought if it ever changed', () => {
    const dimensions = [dimension('a', Array(10).fill(1)), dimension('b', Array(10).fill(1))]
    expect([...select(dimensions, rowsOf(dimensions), 5)]).toEqual([5, 12, 20, 30, 57])
  })

  it('of a few among thousands is the head of the whole order', () => {
    const dimensions = [dimension('a', Array(50).fill(1)), dimension('b', [...Array(49).fill(1), 0]), dimension('c', [1, 5, 0.1])]
    const rows = rowsOf(dimensions)
    const order = ranked(dimensions, rows)
    for (const size of [0, 1, 7, 400, 3_000])
      expect([...select(dimensions, rows, size)]).toEqual([...order.slice(0, size)].sort((a, b) => a - b))
  })

  it('contains every smaller selection', () => {
    fc.assert(
      fc.property(spaces, fc.nat(40), fc.nat(10), (dimensions, size, more) => {
        expect(minus(chosen(dimensions, size), chosen(dimensions, size + more))).toEqual([])
      }),
    )
  })

  it('never takes a row with a value of weight 0, even when that leaves too few', () => {
    const dimensions = [dimension('a', [1, 0]), dimension('b', [1, 1])]
    expect([...chosen(dimensions, 4)]).toEqual(['a=a0&b=b0', 'a=a0&b=b1'])
  })

  it('gives way to a further value only for rows of that value, at most one for one', () => {
    fc.assert(
      fc.property(spaces, fc.constantFrom(0.1, 1, 5), fc.nat(30), (dimensions, weight, size) => {
        const [a, b] = dimensions as [DimensionSpec, DimensionSpec]
        const wider = [{ name: 'a', values: [...a.values, { id: 'new', guide: '', weight }] }, b]
        const before = chosen(dimensions, size)
        const after = chosen(wider, size)
        const came = minus(after, before)
        expect(came.every((id) => id.startsWith('a=new&'))).toBe(true)
        expect(minus(before, after).length).toBeLessThanOrEqual(came.length)
      }),
    )
  })

  it('fills the places of a removed value and moves nobody else', () => {
    fc.assert(
      fc.property(spaces, fc.nat(30), (dimensions, size) => {
        const [a, b] = dimensions as [DimensionSpec, DimensionSpec]
        fc.pre(a.values.length > 1)
        const gone = a.values[0]?.id
        const before = chosen(dimensions, size)
        const after = chosen([{ name: 'a', values: a.values.slice(1) }, b], size)
        expect(minus(before, after).every((id) => id.startsWith(`a=${gone}&`))).toBe(true)
      }),
    )
  })

  it('does not depend on the order of values or dimensions', () => {
    fc.assert(
      fc.property(spaces, fc.nat(30), (dimensions, size) => {
        const turned = [...dimensions].reverse().map(({ name, values }) => ({ name, values: [...values].reverse() }))
        expect(new Set(chosen(turned, size))).toEqual(chosen(dimensions, size))
      }),
    )
  })

  it('does not depend on which other rows stand to choose from, only on their scores', () => {
    const dimensions = [dimension('a', [1, 1, 1]), dimension('b', [1, 1, 1])]
    const [first] = chosen(dimensions, 1)
    const some = rowsOf(dimensions).filter((row) => cellId(dimensions, row) === first || row % 2 === 0)
    expect(chosen(dimensions, 1, some)).toEqual(new Set([first]))
  })

  it('takes a value as often as its weight says', () => {
    const dimensions = [dimension('a', [1, 3]), dimension('b', Array(4000).fill(1))]
    const rows = select(dimensions, rowsOf(dimensions), 400)
    const heavy = rows.filter((row) => coordinates(dimensions, row)[0]?.id === 'a1').length
    // Expected 0.75 (a little less, for want of replacement); three standard deviations are 0.065.
    expect(heavy / rows.length).toBeGreaterThan(0.68)
    expect(heavy / rows.length).toBeLessThan(0.81)
  })
})
