import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DimensionSpec } from '../../../src/config/dataset.ts'
import { cellId, coordinates } from '../../../src/plan/cells.ts'
import { type Expansion, expandGaps } from '../../../src/plan/expand.ts'
import { type Fate, type Gap, type GapReport, gapReport, type Tried } from '../../../src/plan/gaps.ts'
import type { NextItems } from '../../../src/plan/picks.ts'
import { select } from '../../../src/plan/select.ts'
import { allRows, axes, axis, constraints, meeting, sizes } from './coverage.ts'

const NOTHING: GapReport = { gaps: [], shares: [], lost: [], more: 0 }
const expand = (dimensions: readonly DimensionSpec[], report: GapReport, more: Partial<Expansion> = {}): NextItems =>
  expandGaps({ field: { dimensions, allowed: allRows(dimensions) }, report, drawsOf: () => 0, size: 1000, purpose: 'gaps', ...more })
const drawsIn = (tried: readonly Tried[]) => (row: number) => tried.filter((one) => one.row === row).length
const namesOf = (dimensions: readonly DimensionSpec[], { rows, draws }: NextItems) =>
  [...rows].map((row, i) => `${cellId(dimensions, row)} #${draws[i]}`)
const has = (dimensions: readonly DimensionSpec[], row: number, { values }: Gap) =>
  coordinates(dimensions, row).every(({ name, id }) => (values[name] ?? id) === id)

describe('an expansion', () => {
  it('of a report without gaps is empty', () => {
    expect(expand(axes(3, 3), NOTHING)).toEqual({ rows: new Uint32Array(), draws: new Uint16Array() })
  })

  it('plans exactly the cells that were taken away from a full product', () => {
    const dimensions = axes(3, 3, 3)
    const all = allRows(dimensions)
    for (const gone of [[4], [0, 13, 26], [7, 8]]) {
      const tried = [...all].filter((row) => !gone.includes(row)).map((row): Tried => ({ row, fate: 'accepted' }))
      const report = gapReport({ dimensions, allowed: all }, tried, { total: 27 })
      expect([...expand(dimensions, report, { drawsOf: drawsIn(tried) }).rows]).toEqual(gone)
    }
  })

  it('fills every gap that a row can fill, with no more items than rows are missing, within its size, from allowed rows', () => {
    const item = fc.record({ at: fc.nat(3000), fate: fc.constantFrom<Fate>('accepted', 'rejected', 'duplicate', 'failed') })
    fc.assert(
      fc.property(
        sizes,
        constraints,
        fc.array(item, { maxLength: 25 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(30),
        (shape, forbidden, items, total, size) => {
          const dimensions = axes(...shape)
          const allowed = meeting(dimensions, forbidden)
          fc.pre(allowed.length > 0)
          const tried = items.map(({ at, fate }): Tried => ({ row: allowed[at % allowed.length] as number, fate }))
          const field = { dimensions, allowed }
          const report = gapReport(field, tried, { total })
          const drawsOf = drawsIn(tried)
          const { rows, draws } = expand(dimensions, report, { field, drawsOf })
          for (const gap of report.gaps)
            expect([...rows].filter((row) => has(dimensions, row, gap)).length).toBeGreaterThanOrEqual(gap.wants - gap.has)
          expect(rows.length).toBeLessThanOrEqual(report.gaps.reduce((sum, gap) => sum + gap.wants - gap.has, report.lost.length))
          expect([...rows].filter((row) => !allowed.includes(row))).toEqual([])
          const next = new Map<number, number>()
          rows.forEach((row, i) => {
            expect(draws[i]).toBe(next.get(row) ?? drawsOf(row))
            next.set(row, (draws[i] as number) + 1)
          })
          expect([...rows]).toEqual([...rows].sort((a, b) => a - b))
          expect(expand(dimensions, report, { field, drawsOf, size }).rows.length).toBe(Math.min(size, rows.length))
        },
      ),
      { numRuns: 80 },
    )
  })

  it('does not depend on the order of dimensions and values', () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(3000), { maxLength: 20 }), fc.integer({ min: 1, max: 30 }), (shape, picks, size) => {
        const dimensions = axes(...shape)
        const tried = picks.map((at, i): Tried => ({ row: at % allRows(dimensions).length, fate: i % 3 === 0 ? 'rejected' : 'accepted' }))
        const report = gapReport({ dimensions, allowed: allRows(dimensions) }, tried, { total: 40 })
        const turned = [...dimensions].reverse().map(({ name, values }) => ({ name, values: [...values].reverse() }))
        const draws = new Map<string, number>()
        for (const { row } of tried) draws.set(cellId(dimensions, row), (draws.get(cellId(dimensions, row)) ?? 0) + 1)
        const other = expand(turned, report, { size, drawsOf: (row) => draws.get(cellId(turned, row)) ?? 0 })
        expect(namesOf(turned, other).sort()).toEqual(
          namesOf(dimensions, expand(dimensions, report, { size, drawsOf: drawsIn(tried) })).sort(),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('takes the item first that most gaps have use for', () => {
    const dimensions = axes(4, 4, 4)
    const gap = (a: string, b: string): Gap => ({ values: { [a[0] as string]: a, [b[0] as string]: b }, has: 0, wants: 1 })
    const report = { ...NOTHING, gaps: [gap('a0', 'b0'), gap('b0', 'c0'), gap('a0', 'c0'), gap('a1', 'b1')] }
    expect(namesOf(dimensions, expand(dimensions, report, { size: 1 }))).toEqual(['a=a0&b=b0&c=c0 #0'])
    expect(expand(dimensions, report).rows).toHaveLength(2)
  })

  it('draws from cells again only when no untaken cell fills the gap, and then from those drawn least', () => {
    const dimensions = axes(2, 3)
    const before = (row: number) => [0, 0, 0, 1, 2, 0][row] as number
    const filling = (wants: number) =>
      expand(dimensions, { ...NOTHING, gaps: [{ values: { a: 'a1' }, has: 0, wants }] }, { drawsOf: before })
    expect(namesOf(dimensions, filling(1))).toEqual(['a=a1&b=b2 #0'])
    expect(namesOf(dimensions, filling(3))).toEqual(['a=a1&b=b0 #1', 'a=a1&b=b2 #0', 'a=a1&b=b2 #1'])
    expect(namesOf(dimensions, filling(6))).toEqual([
      'a=a1&b=b0 #1',
      'a=a1&b=b0 #2',
      'a=a1&b=b1 #2',
      'a=a1&b=b2 #0',
      'a=a1&b=b2 #1',
      'a=a1&b=b2 #2',
    ])
  })

  it('gives a lost cell a second draw, and then an untaken neighbour its place', () => {
    const dimensions = axes(3, 3)
    const report: GapReport = { ...NOTHING, lost: [{ cell: 'a=a1&b=b1', fate: 'rejected' }] }
    expect(namesOf(dimensions, expand(dimensions, report, { drawsOf: (row) => (row === 4 ? 1 : 0) }))).toEqual(['a=a1&b=b1 #1'])
    const { rows } = expand(dimensions, report, { drawsOf: (row) => (row === 4 ? 2 : row === 1 || row === 3 || row === 5 ? 1 : 0) })
    expect([...rows]).toEqual([7])
  })

  it('passes over what a report says of names that are gone', () => {
    const report: GapReport = {
      gaps: [
        { values: { a: 'a9' }, has: 0, wants: 1 },
        { values: { z: 'z0' }, has: 0, wants: 1 },
      ],
      shares: [{ name: 'z', values: ['z0'], share: 0, least: 0.5, missing: 4 }],
      lost: [{ cell: 'a=a9&b=b1', fate: 'rejected' }],
      more: 0,
    }
    expect([...expand(axes(3, 3), report).rows]).toEqual([])
  })

  it('brings a share about', () => {
    const dimensions = [axis('edge', 3), axis('topic', 10)]
    const report: GapReport = { ...NOTHING, shares: [{ name: 'edge', values: ['edge1', 'edge2'], share: 0.1, least: 0.2, missing: 6 }] }
    const { rows } = expand(dimensions, report)
    expect(rows).toHaveLength(6)
    expect([...rows].every((row) => row >= 10)).toBe(true)
  })

  it('with `fill` takes for the rest what `select` would', () => {
    const dimensions = axes(4, 5)
    expect([...expand(dimensions, NOTHING, { fill: true, size: 7 }).rows]).toEqual([...select(dimensions, allRows(dimensions), 7)])
  })

  it('fills what branches lack', () => {
    const dimensions = axes(3, 4)
    const branch = {
      name: 'turn',
      values: [
        { id: 'asks', weight: 1 },
        { id: 'offers', weight: 1 },
      ],
      of: (row: number) => (row % 5 === 0 ? 'asks' : 'offers'),
    }
    const field = { dimensions, branches: [branch], allowed: allRows(dimensions) }
    const report = gapReport(field, [{ row: 1, fate: 'accepted' }], { strength: 1 })
    const { rows } = expand(dimensions, report, { field, drawsOf: (row) => (row === 1 ? 1 : 0) })
    expect([...rows].some((row) => row % 5 === 0)).toBe(true)
  })
})
