import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DimensionSpec } from '../../../src/config/dataset.ts'
import { cellId } from '../../../src/plan/cells.ts'
import { coveringRows } from '../../../src/plan/covering.ts'
import { allRows, axes, axis, constraints, meeting, sizes, uncovered } from './coverage.ts'

const ids = (dimensions: readonly DimensionSpec[], rows: Uint32Array): string[] => [...rows].map((row) => cellId(dimensions, row)).sort()
const named = (dimensions: readonly DimensionSpec[], wanted: readonly string[]) => {
  const set = new Set<string>(wanted)
  return allRows(dimensions).filter((row) => set.has(cellId(dimensions, row)))
}

describe('a covering array', () => {
  // The last column: the bound (the largest product of as many sizes), or the best published (Colbourn's tables).
  it.each([
    [[3, 3, 3], 2, 9, 9],
    [[3, 3, 3, 3], 2, 9, 9],
    [[3, 3, 3, 3, 4], 2, 12, 12],
    [[4, 4, 4, 4, 4], 2, 16, 16],
    [[5, 5, 5, 5, 5, 5], 2, 25, 25],
    [[20, 3, 4, 3, 3, 4], 2, 80, 80],
    [Array(10).fill(2), 2, 6, 6],
    [[3, 3, 3, 3, 3, 3], 3, 33, 33],
    [[4, 4, 4, 4, 4, 4], 3, 64, 64],
    [Array(12).fill(2), 3, 15, 15],
    [[3, 3, 3, 3, 3], 4, 81, 81],
  ])('over %j at strength %i has %i rows, the best known', (shape, strength, reached, best) => {
    const dimensions = axes(...shape)
    const rows = coveringRows(dimensions, allRows(dimensions), strength)
    expect(uncovered(dimensions, allRows(dimensions), rows, strength)).toEqual([])
    expect(rows.length).toBe(reached)
    expect(reached).toBe(best)
  })

  it('comes near the best for a hundred thousand cells and more: 10⁵ in 111 rows (bound 100), 3¹³ in 15 (the best known), 5·4²·3⁵·2³ in 20 (the bound)', () => {
    for (const [shape, size] of [
      [Array(5).fill(10), 111],
      [Array(13).fill(3), 15],
      [[5, 4, 4, 3, 3, 3, 3, 3, 2, 2, 2], 20],
    ] as [number[], number][]) {
      const dimensions = axes(...shape)
      const rows = coveringRows(dimensions, allRows(dimensions), 2)
      expect(rows.length).toBe(size)
      const values = [...rows].map((row) => cellId(dimensions, row).split('&'))
      const pairs = new Set(values.flatMap((v) => v.flatMap((one, i) => v.slice(i + 1).map((two) => `${one} ${two}`))))
      expect(pairs.size).toBe(shape.flatMap((one, i) => shape.slice(i + 1).map((two) => one * two)).reduce((a, b) => a + b))
    }
  })

  it('has every combination that an allowed row has, and only allowed rows, each once', () => {
    fc.assert(
      fc.property(sizes, constraints, fc.integer({ min: 1, max: 4 }), (shape, forbidden, strength) => {
        const dimensions = axes(...shape)
        const allowed = meeting(dimensions, forbidden)
        const rows = coveringRows(dimensions, allowed, strength)
        expect(uncovered(dimensions, allowed, rows, Math.min(strength, shape.length))).toEqual([])
        const may = new Set(allowed)
        expect([...rows].filter((row) => !may.has(row))).toEqual([])
        expect([...rows]).toEqual([...new Set(rows)].sort((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })

  it('finds the last row that has a combination when constraints leave only that one', () => {
    const dimensions = axes(9, 9, 9, 9)
    // Few rows, scattered: most combinations of two values have one or two rows, some none.
    const allowed = allRows(dimensions).filter((row) => (row * 31) % 37 === 5)
    const rows = coveringRows(dimensions, allowed, 2)
    expect(uncovered(dimensions, allowed, rows, 2)).toEqual([])
    const may = new Set(allowed)
    expect([...rows].every((row) => may.has(row))).toBe(true)
    expect(rows.length).toBeLessThan(allowed.length)
  })

  it('has no row without which it would cover as much', () => {
    fc.assert(
      fc.property(sizes, constraints, fc.integer({ min: 1, max: 3 }), (shape, forbidden, strength) => {
        const dimensions = axes(...shape)
        const allowed = meeting(dimensions, forbidden)
        fc.pre(strength <= shape.length && allowed.length > 1)
        const rows = coveringRows(dimensions, allowed, strength)
        const spare = [...rows].filter(
          (row) =>
            uncovered(
              dimensions,
              allowed,
              rows.filter((one) => one !== row),
              strength,
            ).length === 0,
        )
        expect(spare).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  it('does not depend on the order of dimensions or of values', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 3 }), fc.nat(), (shape, strength, turn) => {
        const dimensions = axes(...shape)
        const rotated = (list: readonly DimensionSpec[]) => [...list.slice(turn % list.length), ...list.slice(0, turn % list.length)]
        const turned = rotated(dimensions).map(({ name, values }) => ({ name, values: [...values].reverse() }))
        const one = ids(dimensions, coveringRows(dimensions, allRows(dimensions), strength))
        expect(ids(turned, coveringRows(turned, allRows(turned), strength))).toEqual(one)
      }),
      { numRuns: 60 },
    )
  })

  it('does not depend on guides, weights or dimensions of one value', () => {
    const dimensions = axes(4, 3, 3, 2)
    const other = [
      axis('z', 1),
      ...axes(4, 3, 3, 2).map(({ name, values }) => ({ name, values: values.map((v) => ({ ...v, guide: 'g', weight: 9 })) })),
    ]
    const one = ids(dimensions, coveringRows(dimensions, allRows(dimensions), 2))
    expect(ids(other, coveringRows(other, allRows(other), 2)).map((id) => id.replace('&z=z0', ''))).toEqual(one)
  })

  it('takes every row when as many values are wanted as there are dimensions', () => {
    const dimensions = axes(3, 2)
    expect([...coveringRows(dimensions, allRows(dimensions), 2)]).toEqual([0, 1, 2, 3, 4, 5])
    expect([...coveringRows(dimensions, allRows(dimensions), 4)]).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('of nothing is nothing', () => {
    expect([...coveringRows(axes(3, 2, 2), new Uint32Array(), 2)]).toEqual([])
  })

  it('is pinned: other rows would be bought if it ever changed', () => {
    const dimensions = axes(3, 3, 2, 2)
    expect([...coveringRows(dimensions, allRows(dimensions), 2)]).toMatchInlineSnapshot(`
      [
        3,
        4,
        10,
        12,
        17,
        23,
        24,
        30,
        33,
      ]
    `)
  })
})

describe('a covering array that extends what is held', () => {
  it('keeps every held cell when values come, and adds only cells of what is new', () => {
    fc.assert(
      fc.property(
        sizes,
        constraints,
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
        (shape, forbidden, strength, growth) => {
          let grown = [...shape]
          let held: string[] = []
          let known = new Set<string>()
          for (const at of [-1, ...growth]) {
            if (at >= 0) grown = grown.map((n, i) => (i === at % grown.length ? n + 1 : n))
            const dimensions = axes(...grown)
            const allowed = meeting(dimensions, forbidden)
            const rows = coveringRows(dimensions, allowed, strength, { held: named(dimensions, held) })
            const chosen = ids(dimensions, rows)
            expect(held.filter((id) => !chosen.includes(id))).toEqual([])
            expect(uncovered(dimensions, allowed, rows, Math.min(strength, grown.length))).toEqual([])
            const news = chosen.filter((id) => !held.includes(id))
            // Each new cell has a combination that was not there before, so it has a new value.
            if (at >= 0 && news.length > 0) expect(news.every((id) => id.split('&').some((value) => !known.has(value)))).toBe(true)
            held = chosen
            known = new Set(dimensions.flatMap(({ name, values }) => values.map(({ id }) => `${name}=${id}`)))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('adds nothing when nothing is missing, not even to an array with rows to spare', () => {
    const dimensions = axes(3, 3, 3, 2)
    expect([...coveringRows(dimensions, allRows(dimensions), 2, { held: allRows(dimensions) })]).toEqual([...allRows(dimensions)])
    const array = coveringRows(dimensions, allRows(dimensions), 2)
    expect([...coveringRows(dimensions, allRows(dimensions), 2, { held: array })]).toEqual([...array])
  })

  it('drops held cells that a constraint has come to forbid, and covers what they did', () => {
    const dimensions = axes(4, 4, 3, 3)
    const before = coveringRows(dimensions, allRows(dimensions), 2)
    const allowed = allRows(dimensions).filter((row) => row !== before[3] && row !== before[7])
    const after = coveringRows(dimensions, allowed, 2, { held: before })
    expect([...before].filter((row) => !after.includes(row))).toEqual([before[3], before[7]])
    expect(uncovered(dimensions, allowed, after, 2)).toEqual([])
  })

  it('needs few rows more than one begun anew: a fourth value beside 3·3·3·3·4, held 12, comes to at most 17 (bound 16)', () => {
    const held = (() => {
      const dimensions = axes(3, 3, 3, 3, 4)
      return ids(dimensions, coveringRows(dimensions, allRows(dimensions), 2))
    })()
    const dimensions = axes(4, 3, 3, 3, 4)
    const rows = coveringRows(dimensions, allRows(dimensions), 2, { held: named(dimensions, held) })
    expect(rows.length).toBeLessThanOrEqual(17)
  })
})
