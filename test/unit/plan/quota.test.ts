import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DimensionSpec, QuotaSpec } from '../../../src/config/dataset.ts'
import { cellId, coordinates } from '../../../src/plan/cells.ts'
import { quotaRows, weighedBy } from '../../../src/plan/quota.ts'
import { select } from '../../../src/plan/select.ts'
import { allRows, axes, axis } from './coverage.ts'

const quotaOf = (dimension: string, ...parts: readonly number[]): QuotaSpec => ({
  dimension,
  parts: new Map(parts.map((part, i) => [`${dimension}${i}`, part])),
})
const chosen = (dimensions: readonly DimensionSpec[], quota: readonly QuotaSpec[], size: number, rows = allRows(dimensions)) =>
  [...quotaRows(dimensions, rows, quota, size)].map((row) => cellId(dimensions, row))
const countsOf = (dimensions: readonly DimensionSpec[], name: string, rows: Iterable<number>) => {
  const counts = new Map(dimensions.find((one) => one.name === name)?.values.map(({ id }) => [id, 0]))
  for (const row of rows)
    for (const value of coordinates(dimensions, row)) if (value.name === name) counts.set(value.id, (counts.get(value.id) ?? 0) + 1)
  return [...counts.values()]
}
const parts = (n: number): fc.Arbitrary<number[]> => fc.array(fc.constantFrom(0.1, 1, 2, 5, 7, 70), { minLength: n, maxLength: n })

describe('a quota', () => {
  it('is met to the row when whole numbers allow: 70, 10, 10 and 10 of 100', () => {
    const dimensions = [axis('edge', 4), axis('topic', 200)]
    const rows = quotaRows(dimensions, allRows(dimensions), [quotaOf('edge', 70, 10, 10, 10)], 100)
    expect(countsOf(dimensions, 'edge', rows)).toEqual([70, 10, 10, 10])
    const shares = quotaRows(dimensions, allRows(dimensions), [quotaOf('edge', 0.7, 0.1, 0.1, 0.1)], 100)
    expect([...shares]).toEqual([...rows])
  })

  it('is never a whole row off', () => {
    fc.assert(
      fc.property(parts(5), fc.integer({ min: 1, max: 120 }), (numbers, size) => {
        const dimensions = [axis('a', 5), axis('b', 130)]
        const rows = quotaRows(dimensions, allRows(dimensions), [quotaOf('a', ...numbers)], size)
        expect(rows).toHaveLength(size)
        const sum = numbers.reduce((a, b) => a + b)
        const off = countsOf(dimensions, 'a', rows).map((count, i) => Math.abs(count - ((numbers[i] as number) / sum) * size))
        expect(Math.max(...off)).toBeLessThan(1)
      }),
    )
  })

  it('is met in several dimensions at once, and does not tie them to each other', () => {
    const dimensions = [axis('a', 2), axis('b', 2), axis('c', 3), axis('t', 50)]
    const quota = [quotaOf('a', 1, 1), quotaOf('b', 3, 1), quotaOf('c', 50, 30, 20)]
    const rows = quotaRows(dimensions, allRows(dimensions), quota, 100)
    expect(countsOf(dimensions, 'a', rows)).toEqual([50, 50])
    expect(countsOf(dimensions, 'b', rows)).toEqual([75, 25])
    expect(countsOf(dimensions, 'c', rows)).toEqual([50, 30, 20])
    const both = [...rows].filter((row) => cellId(dimensions, row).startsWith('a=a0&b=b0')).length
    // Expected 37.5.
    expect(both).toBeGreaterThanOrEqual(35)
    expect(both).toBeLessThanOrEqual(40)
  })

  it('is within one row of its share in each of two dimensions of a full product', () => {
    fc.assert(
      fc.property(parts(3), parts(4), fc.integer({ min: 1, max: 60 }), (one, two, size) => {
        const dimensions = [axis('a', 3), axis('b', 4), axis('t', 60)]
        const rows = quotaRows(dimensions, allRows(dimensions), [quotaOf('a', ...one), quotaOf('b', ...two)], size)
        for (const [name, numbers] of [
          ['a', one],
          ['b', two],
        ] as const) {
          const sum = numbers.reduce((a, b) => a + b)
          const off = countsOf(dimensions, name, rows).map((count, i) => Math.abs(count - ((numbers[i] as number) / sum) * size))
          expect(Math.max(...off)).toBeLessThan(1)
        }
      }),
    )
  })

  it('never takes a value whose part is 0, and one whose weight is 0 if its part is not', () => {
    const dimensions = [axis('a', 3, (i) => (i === 1 ? 0 : 1)), axis('b', 4)]
    const rows = quotaRows(dimensions, allRows(dimensions), [quotaOf('a', 0, 1, 1)], 100)
    expect(countsOf(dimensions, 'a', rows)).toEqual([0, 4, 4])
  })

  it('lets others make up for a value with too few rows', () => {
    const dimensions = [axis('a', 2), axis('b', 20)]
    const rows = allRows(dimensions).filter((row) => row < 20 || row > 37)
    expect(countsOf(dimensions, 'a', quotaRows(dimensions, rows, [quotaOf('a', 1, 1)], 10))).toEqual([8, 2])
  })
})

describe('a quota is stable', () => {
  it('with one dimension: a larger size keeps every earlier row', () => {
    fc.assert(
      fc.property(parts(4), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 30 }), (numbers, size, more) => {
        const dimensions = [axis('a', 4), axis('b', 20)]
        const larger = new Set(chosen(dimensions, [quotaOf('a', ...numbers)], size + more))
        expect(chosen(dimensions, [quotaOf('a', ...numbers)], size).filter((id) => !larger.has(id))).toEqual([])
      }),
    )
  })

  it('with several: a larger size gives up at most as many rows as an exact share needs', () => {
    const dimensions = [axis('a', 3), axis('b', 4), axis('t', 60)]
    const quota = [quotaOf('a', 5, 2, 1), quotaOf('b', 7, 1, 1, 1)]
    let lost = 0
    for (let size = 1; size < 120; size++) {
      const larger = new Set(chosen(dimensions, quota, size + 1))
      const gone = chosen(dimensions, quota, size).filter((id) => !larger.has(id)).length
      expect(gone).toBeLessThanOrEqual(2)
      lost += gone
    }
    expect(lost).toBeLessThanOrEqual(24)
  })

  it('against the order of dimensions and values, and a value in another dimension takes only its own places', () => {
    const dimensions = axes(3, 4, 6)
    const quota = [quotaOf('a', 2, 1, 1)]
    const turned = [...dimensions].reverse().map(({ name, values }) => ({ name, values: [...values].reverse() }))
    expect(new Set(chosen(turned, quota, 20))).toEqual(new Set(chosen(dimensions, quota, 20)))
    const before = chosen(dimensions, quota, 20)
    const came = chosen(axes(3, 4, 7), quota, 20).filter((id) => !before.includes(id))
    expect(came.every((id) => id.includes('c=c6'))).toBe(true)
  })

  it('in each stratum takes what `select` would', () => {
    const dimensions = [axis('a', 2), axis('b', 30, (i) => 1 + (i % 3))]
    const rows = quotaRows(dimensions, allRows(dimensions), [quotaOf('a', 3, 1)], 16)
    const first = allRows(dimensions).filter((row) => row < 30)
    expect([...rows.filter((row) => row < 30)]).toEqual([...select(weighedBy(dimensions, [quotaOf('a', 3, 1)]), first, 12)])
  })
})
