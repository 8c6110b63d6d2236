/** The counterpart of an item in another plan: the same coordinates and sample, wherever they stand. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellId } from '../../../src/plan/cells.ts'
import { itemAt, type Plan } from '../../../src/plan/plan.ts'
import { Counterparts } from '../../../src/schedule/absence.ts'
import { planFor } from '../plan/plans.ts'

const values = (ids: string) => fc.shuffledSubarray([...ids], { minLength: 1 })
const config = fc
  .record({ a: values('pqr'), b: values('st'), c: values('pu'), order: fc.shuffledSubarray(['a', 'b', 'c'] as const, { minLength: 1 }) })
  .chain(({ order, ...dimensions }) =>
    fc.record({
      dimensions: fc.constant(Object.fromEntries(order.map((name) => [name, dimensions[name]]))),
      samples: fc.integer({ min: 1, max: 3 }),
      size: fc.integer({ min: 1, max: 6 }),
    }),
  )
  .map(({ dimensions, samples, size }) => ({
    dimensions,
    batches: { some: { size }, rest: { samples } },
  }))

function all(plan: Plan): Map<string, number> {
  return new Map(
    Array.from({ length: plan.items }, (_, index) => {
      const item = itemAt(plan, index)
      return [`${cellId(plan.dimensions, item.row)}#${item.sample}`, index]
    }),
  )
}

describe('counterparts', () => {
  it('are what a map by coordinates finds, and every absence has words', async () => {
    await fc.assert(
      fc.asyncProperty(config, config, async (one, other) => {
        const [from, to] = [await planFor(one), await planFor(other)]
        const [here, there] = [all(from), all(to)]
        const counterparts = new Counterparts(from, to)
        for (const [name, index] of here) {
          const item = itemAt(from, index)
          expect(counterparts.find(item)?.index).toBe(there.get(name))
          if (there.has(name)) continue
          for (const change of ['added', 'dropped'] as const) expect(counterparts.whyAbsent(item, change)).toMatch(/^\S.+\S$/)
        }
      }),
      { numRuns: 200 },
    )
  })
})
