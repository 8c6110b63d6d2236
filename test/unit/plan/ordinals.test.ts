import { describe, expect, it } from 'vitest'
import { cellLabel, cellName } from '../../../src/plan/cells.ts'
import { fingerprintsOf, firstRequest, hasFirstAsk } from '../../../src/plan/fingerprints.ts'
import { type HeldDraw, type HeldDraws, ordinalsOf } from '../../../src/plan/ordinals.ts'
import { itemAt, type Plan } from '../../../src/plan/plan.ts'
import { asking, planFor } from './plans.ts'

/** `b#1` → ordinal, for every item of a plan with one dimension. */
function dealt(plan: Plan, held: HeldDraws): Record<string, number> {
  const { of } = ordinalsOf(plan, held, fingerprintsOf(plan).fingerprints)
  return Object.fromEntries(
    Array.from(of, (ordinal, index) => {
      const { row, sample } = itemAt(plan, index)
      return [`${cellLabel(plan.dimensions, row)}#${sample}`, ordinal]
    }),
  )
}

/** What a store would remember of draws of the first request that a cell renders. */
function bought(plan: Plan, draws: Record<string, number>): HeldDraws {
  const all = Object.entries(draws).map(([name, ordinal]) => {
    const [cell = '', sample] = name.split('#')
    const dimensions = plan.dimensions.map(({ name: dimension }) => ({ name: dimension, values: [{ id: cell, guide: cell, weight: 1 }] }))
    const request = firstRequest(plan, itemAt(plan, 0))?.digest
    if (!request) throw new Error('the recipe asks nothing first')
    return { request, ordinal, cell: cellName(dimensions, 0), sample: Number(sample) }
  })
  return {
    draws: (request): HeldDraw[] => all.filter((draw) => draw.request === request),
    displaced: () => all.filter(({ ordinal, sample }) => ordinal !== sample),
  }
}

const NOTHING: HeldDraws = { draws: () => [], displaced: () => [] }
const same = (ids: readonly string[], samples = 1) =>
  planFor({ dimensions: { t: [...ids] }, recipe: asking('the same for all'), batches: { all: { samples } } })

describe('the draws of items', () => {
  it('are their samples where every cell asks something of its own', async () => {
    const plan = await planFor({ dimensions: { t: ['a', 'b'] }, recipe: asking('{{ cell.t }}'), batches: { all: { samples: 2 } } })
    expect(dealt(plan, NOTHING)).toEqual({ 'a#0': 0, 'a#1': 1, 'b#0': 0, 'b#1': 1 })
    expect(ordinalsOf(plan, NOTHING, fingerprintsOf(plan).fingerprints).equal).toEqual([])
  })

  it('are dealt in plan order among cells that ask the same, and such cells are named', async () => {
    const plan = await same(['a', 'b'], 2)
    expect(dealt(plan, NOTHING)).toEqual({ 'a#0': 0, 'a#1': 1, 'b#0': 2, 'b#1': 3 })
    expect(ordinalsOf(plan, NOTHING, fingerprintsOf(plan).fingerprints).equal).toEqual([[0, 1, 2, 3]])
  })

  it('stay with whoever bought them when a cell comes in front', async () => {
    const plan = await same(['new', 'a', 'b'])
    expect(dealt(plan, bought(plan, { 'a#0': 0, 'b#0': 1 }))).toEqual({ 'new#0': 2, 'a#0': 0, 'b#0': 1 })
  })

  it('stay with whoever bought them when the order of cells is turned', async () => {
    const plan = await same(['c', 'b', 'a'])
    expect(dealt(plan, bought(plan, { 'a#0': 0, 'b#0': 1, 'c#0': 2 }))).toEqual({ 'c#0': 2, 'b#0': 1, 'a#0': 0 })
  })

  it('stay with a cell that is left alone with a draw that is not its sample', async () => {
    const plan = await same(['b'])
    expect(dealt(plan, bought(plan, { 'a#0': 0, 'b#0': 1 }))).toEqual({ 'b#0': 1 })
  })

  it('leave a hole where a cell is gone, which the next newcomer fills without a call', async () => {
    const plan = await same(['b', 'new'])
    expect(dealt(plan, bought(plan, { 'a#0': 0, 'b#0': 1 }))).toEqual({ 'b#0': 1, 'new#0': 0 })
  })

  it('are never shared, whatever a store claims', async () => {
    const plan = await same(['a', 'b', 'c'])
    const given = Object.values(dealt(plan, bought(plan, { 'a#0': 1, 'b#0': 1, 'c#0': 1 })))
    expect(new Set(given).size).toBe(3)
  })

  it('keep what the earlier samples of a cell have when a sample is added', async () => {
    const plan = await same(['a', 'b'], 2)
    expect(dealt(plan, bought(plan, { 'a#0': 0, 'b#0': 1 }))).toEqual({ 'a#0': 0, 'a#1': 2, 'b#0': 1, 'b#1': 3 })
  })

  it('see derived values before the first asked step', async () => {
    const recipe = {
      steps: {
        short: { derive: ({ cell }: { cell: Record<string, string> }) => cell['t']?.[0] ?? '' },
        ...asking('{{ steps.short }}').steps,
      },
      example: asking('').example,
    }
    const plan = await planFor({ dimensions: { t: ['ab', 'ac', 'b'] }, recipe: recipe as never })
    expect(dealt(plan, NOTHING)).toEqual({ 'ab#0': 0, 'ac#0': 1, 'b#0': 0 })
  })

  it('are their samples where no model is asked first', async () => {
    const recipe = { steps: { ran: { run: ['echo', '1'] }, ...asking('{{ steps.ran }}').steps }, example: asking('').example }
    const plan = await planFor({ dimensions: { t: ['a'] }, recipe: recipe as never, batches: { all: { samples: 2 } } })
    expect(hasFirstAsk(plan.dataset.recipe)).toBe(false)
    expect(dealt(plan, NOTHING)).toEqual({ 'a#0': 0, 'a#1': 1 })
  })

  it('pass over shared questions: where the first own one does not depend on them, cells are compared by it', async () => {
    const recipe = (prompt: string) => ({
      steps: { ideas: { ask: 'm', prompt: 'ten ideas', shared: true }, ...asking(prompt).steps },
      example: asking('').example,
    })
    const dimensions = { t: ['ab', 'ac', 'b'] }
    const own = await planFor({ dimensions, recipe: recipe('{{ cell.t | slice: 0 }}') as never })
    expect(dealt(own, NOTHING)).toEqual({ 'ab#0': 0, 'ac#0': 1, 'b#0': 0 })
    const behind = await planFor({ dimensions, recipe: recipe('{{ steps.ideas }}') as never, batches: { all: { samples: 2 } } })
    expect(ordinalsOf(behind, NOTHING, fingerprintsOf(behind).fingerprints).equal).toEqual([])
    expect(dealt(behind, NOTHING)).toEqual({ 'ab#0': 0, 'ab#1': 1, 'ac#0': 0, 'ac#1': 1, 'b#0': 0, 'b#1': 1 })
  })

  it('go by the first question that is not skipped', async () => {
    const recipe = {
      steps: { greeting: { ask: 'm', prompt: 'hello', when: "{{ cell.t == 'b' }}" }, ...asking('{{ cell.t | slice: 0 }}').steps },
      example: asking('').example,
    }
    const plan = await planFor({ dimensions: { t: ['ab', 'ac', 'b'] }, recipe: recipe as never })
    expect(dealt(plan, NOTHING)).toEqual({ 'ab#0': 0, 'ac#0': 1, 'b#0': 0 })
  })
})
