import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fate, Tried } from '../../../src/plan/gaps.ts'
import type { NextItems } from '../../../src/plan/picks.ts'
import { select } from '../../../src/plan/select.ts'
import { topUp } from '../../../src/plan/top-up.ts'
import { allRows, axes, axis } from './coverage.ts'

const dimensions = [axis('a', 5, (i) => 1 + i), axis('b', 6)]
const rows = allRows(dimensions)
const judged = ({ rows }: NextItems, fate: Fate): Tried[] => [...rows].map((row) => ({ row, fate }))

describe('a top-up', () => {
  it('begins with what `select` takes', () => {
    expect(topUp({ dimensions, rows, tried: [], accepted: 7, candidates: 100 })).toEqual({
      rows: select(dimensions, rows, 7),
      draws: new Uint16Array(7),
    })
  })

  it('goes on in the order of `select`, as many as were not accepted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (accepted, good) => {
        const first = topUp({ dimensions, rows, tried: [], accepted, candidates: 100 })
        const tried = [...first.rows].map((row, i): Tried => ({ row, fate: good[i] ? 'accepted' : 'rejected' }))
        const lost = tried.filter(({ fate }) => fate === 'rejected').length
        const next = topUp({ dimensions, rows, tried: tried.reverse(), accepted, candidates: 100 })
        expect(next.rows).toHaveLength(lost)
        expect([...first.rows, ...next.rows].sort((a, b) => a - b)).toEqual([...select(dimensions, rows, accepted + lost)])
      }),
    )
  })

  it('draws from cells again when all were tried, first from those without an accepted row', () => {
    const tried: Tried[] = [...rows].map((row) => ({
      row,
      fate: row === 3 || row === 17 ? 'rejected' : row === 8 ? 'duplicate' : 'accepted',
    }))
    const next = topUp({ dimensions, rows, tried, accepted: 30, candidates: 100 })
    expect([[...next.rows], [...next.draws]]).toEqual([
      [3, 8, 17],
      [1, 1, 1],
    ])
    const further = topUp({ dimensions, rows, tried: [...tried, ...judged(next, 'rejected')], accepted: 30, candidates: 100 })
    // Those were tried twice; so others are tried twice before any is a third time.
    expect([...further.draws]).toEqual([1, 1, 1])
    expect([...further.rows].filter((row) => [3, 8, 17].includes(row))).toEqual([])
  })

  it('keeps the place of a failed item, which is asked again anyway', () => {
    expect(topUp({ dimensions, rows, tried: [{ row: 2, fate: 'failed' }], accepted: 1, candidates: 100 }).rows).toHaveLength(0)
  })

  it('ends with the candidates', () => {
    const tried = judged(topUp({ dimensions, rows, tried: [], accepted: 10, candidates: 100 }), 'rejected')
    expect(topUp({ dimensions, rows, tried, accepted: 10, candidates: 14 }).rows).toHaveLength(4)
    expect(topUp({ dimensions, rows, tried, accepted: 10, candidates: 10 }).rows).toHaveLength(0)
    expect(topUp({ dimensions, rows, tried, accepted: 10, candidates: 5 }).rows).toHaveLength(0)
  })

  it('draws many times from a single cell if there is no other', () => {
    const one = axes(1)
    expect([...topUp({ dimensions: one, rows: allRows(one), tried: [], accepted: 4, candidates: 9 }).draws]).toEqual([0, 1, 2, 3])
  })
})
