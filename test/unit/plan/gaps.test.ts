import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DimensionSpec } from '../../../src/config/dataset.ts'
import { cellId } from '../../../src/plan/cells.ts'
import { coarse, shortfallOf } from '../../../src/plan/coarse.ts'
import { gapLines } from '../../../src/plan/gap-text.ts'
import { type Fate, type GapRules, gapReport, type Tried } from '../../../src/plan/gaps.ts'
import { otherThanFirst } from '../../../src/plan/shares.ts'
import { allRows, axes, axis, constraints, meeting, sizes, uncovered } from './coverage.ts'

const triedAll = (rows: Iterable<number>, fate: Fate = 'accepted'): Tried[] => [...rows].map((row) => ({ row, fate }))
const linesOf = (dimensions: readonly DimensionSpec[], tried: readonly Tried[], rules?: GapRules, allowed = allRows(dimensions)) =>
  gapLines(gapReport({ dimensions, allowed }, tried, rules))
const EVERYTHING = Number.POSITIVE_INFINITY

describe('a gap report', () => {
  it('of a full product has nothing to say', () => {
    const dimensions = axes(3, 3, 2)
    expect(gapReport({ dimensions, allowed: allRows(dimensions) }, triedAll(allRows(dimensions)))).toEqual({
      gaps: [],
      shares: [],
      lost: [],
      more: 0,
    })
  })

  it('names what is missing, in words', () => {
    const dimensions = [axis('expertise', 3), axis('phrasing', 3), axis('topic', 3)]
    // Every cell but those of expertise2 × phrasing1.
    const rows = allRows(dimensions).filter((row) => Math.floor(row / 3) !== 7)
    expect(linesOf(dimensions, triedAll(rows), { total: 27 })).toEqual([
      'expertise=expertise2 × phrasing=phrasing1: 0 of 3',
      'expertise=expertise2: 6 of 8',
      'phrasing=phrasing1: 6 of 8',
      'expertise=expertise2 × topic=topic0: 2 of 3',
      'expertise=expertise2 × topic=topic1: 2 of 3',
      'expertise=expertise2 × topic=topic2: 2 of 3',
      'phrasing=phrasing1 × topic=topic0: 2 of 3',
      'phrasing=phrasing1 × topic=topic1: 2 of 3',
      'phrasing=phrasing1 × topic=topic2: 2 of 3',
    ])
  })

  it('finds exactly the values, pairs and triples that no accepted row has: the independent checker agrees', () => {
    fc.assert(
      fc.property(
        sizes,
        constraints,
        fc.constantFrom(1, 2, 3),
        fc.array(fc.nat(3000), { maxLength: 30 }),
        (shape, forbidden, strength, picks) => {
          // Of dimensions with one value nothing can be missing.
          const dimensions = axes(...shape.map((size) => size + 1))
          const allowed = meeting(dimensions, forbidden)
          fc.pre(allowed.length > 0)
          const rows = Uint32Array.from(new Set(picks.map((n) => allowed[n % allowed.length] as number)))
          const { gaps } = gapReport({ dimensions, allowed }, triedAll(rows), { strength: strength as 1 | 2 | 3, limit: EVERYTHING })
          const none = gaps
            .filter(({ has }) => has === 0)
            .map(({ values }) =>
              Object.entries(values)
                .map((pair) => pair.join('='))
                .join(' × '),
            )
          const expected = [1, 2, 3]
            .filter((t) => t <= Math.min(strength, shape.length))
            .flatMap((t) => uncovered(dimensions, allowed, rows, t))
          expect(none.sort()).toEqual(expected.sort())
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is the same in whatever order rows, dimensions and values come', () => {
    const item = fc.record({ at: fc.nat(3000), fate: fc.constantFrom<Fate>('accepted', 'rejected', 'duplicate', 'failed') })
    fc.assert(
      fc.property(sizes, fc.array(item, { maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (shape, items, total) => {
        const dimensions = shape.map((size, i) => axis('abcde'[i] as string, size, (v) => 1 + (v % 3)))
        const allowed = allRows(dimensions)
        const tried = items.map(({ at, fate }): Tried => ({ row: at % allowed.length, fate }))
        const turned = [...dimensions].reverse().map(({ name, values }) => ({ name, values: [...values].reverse() }))
        const rowOf = new Map([...allRows(turned)].map((row) => [cellId(turned, row), row]))
        const rules: GapRules = { total, limit: 5, shares: [{ name: 'a', values: ['a0'], least: 0.4, most: 0.5 }] }
        const other = [...tried].reverse().map(({ row, fate }): Tried => ({ row: rowOf.get(cellId(dimensions, row)) as number, fate }))
        expect(JSON.stringify(gapReport({ dimensions: turned, allowed: allRows(turned) }, other, rules))).toBe(
          JSON.stringify(gapReport({ dimensions, allowed }, tried, rules)),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('wants of each value what its weight says', () => {
    const dimensions = [axis('edge', 2, (i) => (i === 0 ? 3 : 1)), axis('topic', 40)]
    // 36 rows of the one and 4 of the other, of 64.
    expect(linesOf(dimensions, triedAll([...Array(36).keys(), 40, 41, 42, 43]), { total: 64, strength: 1 }).slice(-2)).toEqual([
      'edge=edge0: 36 of 48',
      'edge=edge1: 4 of 16',
    ])
  })

  it('wants nothing that constraints rule out or whose weight is 0', () => {
    const dimensions = [axis('a', 3, (i) => (i === 2 ? 0 : 1)), axis('b', 2)]
    const allowed = allRows(dimensions).filter((row) => row !== 3)
    expect(linesOf(dimensions, triedAll([0]), { total: 3 }, allowed)).toEqual([
      'a=a1: 0 of 1',
      'b=b1: 0 of 1',
      'a=a0 × b=b1: 0 of 1',
      'a=a1 × b=b0: 0 of 1',
      'a=a0: 1 of 2',
      'b=b0: 1 of 2',
    ])
  })

  it('counts the branches of a recipe like dimensions', () => {
    const dimensions = axes(2, 2)
    const branch = {
      name: 'opening',
      values: [
        { id: 'asks', weight: 1 },
        { id: 'offers', weight: 1 },
      ],
      of: (row: number) => (row % 3 === 0 ? 'asks' : 'offers'),
    }
    const report = gapReport({ dimensions, branches: [branch], allowed: allRows(dimensions) }, triedAll([0, 3]))
    expect(gapLines(report)).toEqual([
      'opening=offers: 0 of 1',
      'a=a0 × b=b1: 0 of 1',
      'a=a0 × opening=offers: 0 of 1',
      'a=a1 × b=b0: 0 of 1',
      'a=a1 × opening=offers: 0 of 1',
      'b=b0 × opening=offers: 0 of 1',
      'b=b1 × opening=offers: 0 of 1',
    ])
  })

  it('lists cells that have nothing but rejected rows and duplicates, not those that will be asked again', () => {
    const dimensions = axes(2, 3)
    const tried: Tried[] = [
      { row: 0, fate: 'rejected' },
      { row: 0, fate: 'accepted' },
      { row: 1, fate: 'duplicate' },
      { row: 1, fate: 'rejected' },
      { row: 2, fate: 'failed' },
      { row: 5, fate: 'duplicate' },
    ]
    expect(gapReport({ dimensions, allowed: allRows(dimensions) }, tried).lost).toEqual([
      { cell: 'a=a0&b=b1', fate: 'rejected' },
      { cell: 'a=a1&b=b2', fate: 'duplicate' },
    ])
  })

  it('lists the worst when there are too many, and says about how many more there are', () => {
    const dimensions = axes(10, 10)
    const report = gapReport({ dimensions, allowed: allRows(dimensions) }, triedAll(allRows(dimensions), 'rejected'), { limit: 30 })
    expect(report.gaps).toHaveLength(30)
    expect(report.gaps.slice(0, 20).every(({ values }) => Object.keys(values).length === 1)).toBe(true)
    expect(report.lost).toHaveLength(30)
    // 90 pairs and 70 cells.
    expect(report.more).toBe(128)
    expect(gapLines(report).at(-1)).toBe('and about 128 more')
  })
})

describe('a share', () => {
  const dimensions = [axis('edge', 4), axis('topic', 100)]
  const field = { dimensions, allowed: allRows(dimensions) }
  const shares = [otherThanFirst(dimensions[0] as DimensionSpec, 0.2, 0.3)]
  const sharesOf = (happy: number, special: number, total?: number) =>
    gapReport(field, triedAll([...Array(happy).keys(), ...Array.from({ length: special }, (_, i) => 300 + i)]), {
      shares,
      ...(total ? { total } : {}),
    }).shares

  it('within its bounds is no gap', () => {
    expect(sharesOf(80, 20)).toEqual([])
    expect(sharesOf(70, 30)).toEqual([])
  })

  it('that is too small wants more rows of its values', () => {
    expect(sharesOf(90, 10)).toEqual([{ name: 'edge', values: ['edge1', 'edge2', 'edge3'], share: 0.1, least: 0.2, missing: 12 }])
    // 12.5 rows more: 22.5 of 112.5. Of 120 in all, 24 should be: 14.
    expect(sharesOf(90, 10, 120)[0]?.missing).toBe(12)
  })

  it('that is too large wants more rows of the other values', () => {
    expect(gapLines({ gaps: [], shares: sharesOf(60, 40), lost: [], more: 0 })).toEqual([
      'edge=edge0: 60 % of the rows, 70 % wanted, about 32 more',
    ])
  })
})

describe('coarse numbers', () => {
  it('rise in steps of a third to a half', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 23, 24, 1000].map(coarse)).toEqual([
      0, 1, 2, 3, 4, 4, 6, 6, 8, 8, 12, 12, 16, 16, 24, 768,
    ])
  })

  it('never say more than there is, and never less than two thirds of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (n) => {
        expect(coarse(n)).toBeLessThanOrEqual(n)
        expect(coarse(n)).toBeGreaterThan((n * 2) / 3 - 1)
        expect(coarse(coarse(n))).toBe(coarse(n))
      }),
    )
  })

  it('pass over a fifth, and never over a row that is the only one wanted', () => {
    expect(shortfallOf(10, 12)).toBeUndefined()
    expect(shortfallOf(9, 12)).toEqual({ has: 9, wants: 12 })
    expect(shortfallOf(0, 0.01)).toEqual({ has: 0, wants: 1 })
    expect(shortfallOf(1, 0.01)).toBeUndefined()
  })

  it('keep a report as it is when a row more is accepted of what is amply there', () => {
    const dimensions = axes(3, 3, 3)
    const rows = [...allRows(dimensions)].filter((row) => row % 9 !== 4)
    const field = { dimensions, allowed: allRows(dimensions) }
    const before = gapReport(field, triedAll([...rows, ...rows]), { total: 60 })
    expect(before.gaps.length).toBeGreaterThan(0)
    expect(gapReport(field, triedAll([...rows, ...rows, 0]), { total: 60 })).toEqual(before)
  })
})
