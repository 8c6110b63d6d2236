import { describe, expect, it } from 'vitest'
import type { Batch, Config } from '../../../schema/config.ts'
import { cellId } from '../../../src/plan/cells.ts'
import { type Plan, planOf } from '../../../src/plan/plan.ts'
import { datasetOf } from '../config/dataset.ts'
import { uncovered } from './coverage.ts'

const dimensions = { a: ['a0', 'a1', 'a2'], b: ['b0', 'b1', 'b2'], c: ['c0', 'c1', 'c2'], d: ['d0', 'd1', 'd2'] }
const all = Uint32Array.from({ length: 81 }, (_, row) => row)
const batch = async (core: Batch, config: Partial<Config> = {}) => (await datasetOf({ dimensions, batches: { core }, ...config })).dataset
const rowsOf = (plan: Plan, index = 0) => plan.batches[index]?.rows as Uint32Array
const ids = (plan: Plan) => [...rowsOf(plan)].map((row) => cellId(plan.dimensions, row))

/** The rows of a plan in the numbering of another dataset. */
const heldIn = (plan: Plan, next: Plan['dimensions']) => {
  const wanted = new Set(ids(plan))
  const product = next.reduce((n, { values }) => n * values.length, 1)
  return new Map([['core', Uint32Array.from({ length: product }, (_, row) => row).filter((row) => wanted.has(cellId(next, row)))]])
}

describe('a batch', () => {
  it('with `select: pairwise` has every pair in the fewest rows', async () => {
    const plan = planOf(await batch({ select: 'pairwise' }))
    expect(plan.items).toBe(9)
    expect(uncovered(plan.dimensions, all, rowsOf(plan), 2)).toEqual([])
  })

  it('with `tWay: 3` has every triple', async () => {
    const plan = planOf(await batch({ select: { tWay: 3 }, samples: 2 }))
    expect(uncovered(plan.dimensions, all, rowsOf(plan), 3)).toEqual([])
    expect(plan.items).toBe(rowsOf(plan).length * 2)
    expect(rowsOf(plan).length).toBe(27)
  })

  it('with `select: full` has every cell', async () => {
    expect(planOf(await batch({ select: 'full' })).items).toBe(81)
  })

  it('covers what its own constraints leave', async () => {
    const plan = planOf(await batch({ select: 'pairwise', where: { a: ['a0', 'a1'] } }, { where: [{ not: { b: 'b0', c: 'c0' } }] }))
    const may = all.filter((row) => {
      const id = cellId(plan.dimensions, row)
      return !id.startsWith('a=a2') && !id.includes('b=b0&c=c0')
    })
    expect(uncovered(plan.dimensions, may, rowsOf(plan), 2)).toEqual([])
    expect([...rowsOf(plan)].every((row) => may.includes(row))).toBe(true)
  })

  it('leaves values of weight 0 out of what it covers', async () => {
    const plan = planOf(await batch({ select: 'pairwise' }, { dimensions: { ...dimensions, a: ['a0', { id: 'a1', weight: 0 }, 'a2'] } }))
    expect(ids(plan).filter((id) => id.includes('a=a1'))).toEqual([])
  })

  it('with a larger size fills up by weight, with a smaller one takes what covers most', async () => {
    const array = ids(planOf(await batch({ select: 'pairwise' })))
    const larger = ids(planOf(await batch({ select: 'pairwise', size: 20 })))
    expect(larger).toHaveLength(20)
    expect(array.filter((id) => !larger.includes(id))).toEqual([])
    const smaller = planOf(await batch({ select: 'pairwise', size: 3 }))
    // Three rows have at most 3 × 6 pairs, and these do.
    expect(54 - uncovered(smaller.dimensions, all, rowsOf(smaller), 2).length).toBe(18)
    expect(ids(smaller).filter((id) => !array.includes(id))).toEqual([])
    const middle = ids(planOf(await batch({ select: 'pairwise', size: 5 })))
    expect(ids(smaller).filter((id) => !middle.includes(id))).toEqual([])
  })

  it('with a quota has its size in these shares', async () => {
    const plan = planOf(await batch({ size: 10, quota: { a: { a0: 7, a1: 2, a2: 1 } } }))
    expect(['a0', 'a1', 'a2'].map((id) => ids(plan).filter((cell) => cell.includes(`a=${id}`)).length)).toEqual([7, 2, 1])
  })

  it('takes no cell of an earlier batch', async () => {
    const { dataset } = await datasetOf({
      dimensions,
      batches: { core: { select: 'pairwise' }, more: { size: 30 }, rest: { select: { tWay: 3 } } },
    })
    const plan = planOf(dataset)
    const rows = plan.batches.flatMap((one) => [...one.rows])
    expect(new Set(rows).size).toBe(rows.length)
  })
})

describe('a batch that is planned again', () => {
  for (const core of [
    { select: 'pairwise' },
    { select: 'pairwise', size: 20 },
    { select: 'pairwise', size: 5 },
    { select: { tWay: 3 } },
  ] as const)
    it(`with ${JSON.stringify(core)} has the same cells when it holds them`, async () => {
      const dataset = await batch(core)
      const plan = planOf(dataset)
      expect(ids(planOf(dataset, { held: ({ name }) => heldIn(plan, plan.dimensions).get(name) }))).toEqual(ids(plan))
    })

  it('keeps every held cell when a value is added, and adds only cells of that value', async () => {
    const plan = planOf(await batch({ select: 'pairwise' }))
    const wider = await batch({ select: 'pairwise' }, { dimensions: { ...dimensions, b: ['new', ...dimensions.b] } })
    const after = planOf(wider, { held: ({ name }) => heldIn(plan, wider.dimensions).get(name) })
    expect(ids(plan).filter((id) => !ids(after).includes(id))).toEqual([])
    const news = ids(after).filter((id) => !ids(plan).includes(id))
    expect(news).toHaveLength(3)
    expect(news.every((id) => id.includes('b=new'))).toBe(true)
    const product = Uint32Array.from({ length: 108 }, (_, row) => row)
    expect(uncovered(after.dimensions, product, rowsOf(after), 2)).toEqual([])
  })

  it('does not look at what is held where cells are chosen by weight or quota', async () => {
    for (const core of [{ size: 9 }, { size: 9, quota: { a: { a0: 1, a1: 1, a2: 1 } } }]) {
      const dataset = await batch(core)
      expect(ids(planOf(dataset, { held: () => all }))).toEqual(ids(planOf(dataset)))
    }
  })
})
