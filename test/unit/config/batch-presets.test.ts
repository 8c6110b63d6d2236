/** Ready-made batches, fitted to a dataset: their sizes, their cells, and what becomes of dimensions that are not there. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import { coordinates } from '../../../src/plan/cells.ts'
import { type Plan, planOf } from '../../../src/plan/plan.ts'
import { asking } from '../plan/plans.ts'
import { datasetOf } from './dataset.ts'

const FIVE = ['phrasing', 'expertise', 'complexity', 'edge', 'context'] as const
const config = (over: Partial<Config>): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { scenario: ['a', 'b'], ...Object.fromEntries(FIVE.map((preset) => [preset, { preset }])) },
  recipe: asking('about {{ cell.scenario }}'),
  ...over,
})
const planned = async (over: Partial<Config>): Promise<Plan> => planOf((await datasetOf(config(over))).dataset)
const cellsOf = (plan: Plan, batch = 0) =>
  Array.from(plan.batches[batch]?.rows ?? [], (row) =>
    Object.fromEntries(coordinates(plan.dimensions, row).map(({ name, id }) => [name, id])),
  )

describe('systematic', () => {
  it('takes exactly 27 cells for each scenario, every scenario × expertise × phrasing × complexity once', async () => {
    for (const scenarios of [1, 2, 5]) {
      const ids = Array.from({ length: scenarios }, (_, i) => `s${i}`)
      const plan = await planned({
        dimensions: { ...config({}).dimensions, scenario: ids },
        batches: { preset: 'systematic' },
      })
      const cells = cellsOf(plan)
      expect(cells).toHaveLength(27 * scenarios)
      const combinations = cells.map(({ scenario, expertise, phrasing, complexity }) => [scenario, expertise, phrasing, complexity].join())
      expect(new Set(combinations).size).toBe(27 * scenarios)
      expect(cells.some(({ phrasing }) => phrasing === 'mixed')).toBe(false)
    }
  })

  it('keeps its cells when a scenario is added', async () => {
    const of = async (scenario: string[]) =>
      cellsOf(await planned({ dimensions: { ...config({}).dimensions, scenario }, batches: { preset: 'systematic' } }))
    const before = await of(['a', 'b'])
    expect(await of(['a', 'new', 'b'])).toEqual(expect.arrayContaining(before))
  })
})

describe('fourStage', () => {
  it('divides its size into foundation, complexity, coverage and polish, within the bounds of the method at 100', async () => {
    const sizes = (plan: Plan) => plan.batches.map(({ spec, items, toCome }) => [spec.name, items, toCome?.atMost ?? 0])
    expect(sizes(await planned({ batches: { preset: 'fourStage' } }))).toEqual([
      ['foundation', 10, 0],
      ['complexity', 30, 0],
      ['coverage', 0, 40],
      ['polish', 0, 20],
    ])
    expect(
      sizes(await planned({ batches: { preset: 'fourStage', size: 500 } })).map(([, items, more]) => Number(items) + Number(more)),
    ).toEqual([50, 150, 200, 100])
  })

  it('has ordinary cells first, then those with something harder in them', async () => {
    const plan = await planned({ batches: { preset: 'fourStage', size: 200 } })
    for (const { edge, expertise, context } of cellsOf(plan)) {
      expect(edge).toBe('happy')
      expect(expertise).not.toBe('expert')
      expect(context).not.toBe('error')
    }
    for (const { edge, expertise, context, phrasing } of cellsOf(plan, 1))
      expect(edge !== 'happy' || expertise === 'expert' || context === 'error' || phrasing === 'mixed' || phrasing === 'statement').toBe(
        true,
      )
  })

  it('passes over conditions on dimensions that a dataset does not have', async () => {
    const plan = await planned({
      dimensions: { topic: Array.from({ length: 60 }, (_, i) => `t${i}`) },
      recipe: asking('about {{ cell.topic }}'),
      batches: { preset: 'fourStage', size: 50 },
    })
    expect(plan.batches.map(({ items }) => items)).toEqual([5, 15, 0, 0])
  })

  it('changes field by field', async () => {
    const { dataset } = await datasetOf(
      config({ batches: { preset: 'fourStage', override: { coverage: { rounds: 1, size: 7 }, polish: { avoid: { most: 2 } } } } }),
    )
    expect(dataset.batches.map(({ name, size, rounds, avoid }) => [name, size, rounds, avoid?.most])).toEqual([
      ['foundation', 10, 3, undefined],
      ['complexity', 30, 3, undefined],
      ['coverage', 7, 1, 5],
      ['polish', 20, 3, 2],
    ])
  })
})
