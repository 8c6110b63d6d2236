/** Which items an earlier plan had already, against a search by coordinates. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellId, coordinates } from '../../../src/plan/cells.ts'
import { originsOf } from '../../../src/plan/origins.ts'
import { haveSameItems, outlineOf } from '../../../src/plan/outline.ts'
import { itemAt, itemsOf, type Plan } from '../../../src/plan/plan.ts'
import { planFor } from './plans.ts'

type Values = readonly { readonly id: string; readonly guide: string; readonly weight?: number }[]
type Dimensions = Readonly<Record<string, Values>>

const SAME = 'd'.repeat(64)

async function compared(before: Dimensions, now: Dimensions, samples = [1, 1], definitions = [SAME, SAME], size?: number) {
  const plan = async (dimensions: Dimensions, k: number) =>
    planFor({
      dimensions: Object.fromEntries(Object.entries(dimensions).map(([name, values]) => [name, values.map((value) => ({ ...value }))])),
      batches: { all: { samples: k, ...(size === undefined ? {} : { size }) } },
    })
  const [old, next] = [await plan(before, samples[0] as number), await plan(now, samples[1] as number)]
  const held = {
    batches: old.batches.map(({ spec, first, rows }) => ({ name: spec.name, first, samples: spec.samples, rows })),
  }
  const [outline, earlier] = [outlineOf(next.dataset, definitions[1] as string), outlineOf(old.dataset, definitions[0] as string)]
  return { old, next, origins: originsOf(next, outline, earlier, held), same: haveSameItems(outline, earlier) }
}

/** Coordinates, guides and sample as one text. */
function nameOf(plan: Plan, index: number): string {
  const { row, sample } = itemAt(plan, index)
  const guides = coordinates(plan.dimensions, row)
    .map(({ name, guide }) => `${name}:${guide}`)
    .sort()
  return `${cellId(plan.dimensions, row)} ${guides.join()} #${sample}`
}

function expected(old: Plan, next: Plan): number[] {
  const places = new Map(old.batches.flatMap((batch) => [...itemsOf(batch)].map(({ index }) => [nameOf(old, index), index])))
  return next.batches.flatMap((batch) => [...itemsOf(batch)].map(({ index }) => places.get(nameOf(next, index)) ?? -1))
}

const values = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 4 })
  .chain((ids) => fc.tuple(...ids.map((id) => fc.constantFrom('x', 'y').map((guide) => ({ id, guide })))))
const dimensions = fc.tuple(values, values, values).map(([p, q, r]): Dimensions => ({ p, q, r }))

describe('origins', () => {
  it('are the items with the same coordinates, guides and sample, whatever came, went or changed places', async () => {
    await fc.assert(
      fc.asyncProperty(
        dimensions,
        dimensions,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        async (before, now, k, m) => {
          const { old, next, origins } = await compared(before, now, [k, m])
          // Another number of samples is another definition in a real config; here it shows that samples are told apart.
          const wanted = expected(old, next)
          const of = origins?.of ?? Int32Array.from({ length: next.items }, (_, item) => item)
          const changed = new Set(origins?.changed)
          expect(Array.from({ length: next.items }, (_, item) => (changed.has(item) ? -1 : of[item]))).toEqual(wanted)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keep their places when only guides were edited, and say in which dimensions', async () => {
    const p = [
      { id: 'a', guide: '1' },
      { id: 'b', guide: '2' },
    ]
    const { origins, same } = await compared(
      { p, q: p },
      { p: [{ id: 'a', guide: 'new' }, p[1] as never], q: [p[0] as never, { id: 'b', guide: 'new' }] },
    )
    expect(same).toBe(true)
    expect(origins?.of).toBeUndefined()
    // Rows: aa, ab, ba, bb.
    expect([...(origins?.changed ?? [])]).toEqual([0, 1, 3])
    expect([...(origins?.edits ?? [])]).toEqual([1, 3, 2])
  })

  it('follow selected cells: a weight that changes which are chosen is not taken for the same plan', async () => {
    const p = Array.from({ length: 9 }, (_, i) => ({ id: `v${i}`, guide: '' }))
    const heavier = p.map((value, i) => ({ ...value, weight: i === 4 ? 50 : 1 }))
    const { old, next, origins, same } = await compared({ p }, { p: heavier }, [1, 1], [SAME, SAME], 4)
    expect(same).toBe(false)
    expect(Array.from(origins?.of ?? [])).toEqual(expected(old, next))
  })

  it('are unknown under another definition or with other dimensions', async () => {
    const p = [{ id: 'a', guide: '1' }]
    expect((await compared({ p }, { p }, [1, 1], [SAME, 'other'])).origins).toBeUndefined()
    expect((await compared({ p }, { q: p })).origins).toBeUndefined()
    expect((await compared({ p }, { p, q: p })).origins).toBeUndefined()
    expect((await compared({ p, q: p }, { q: p, p })).origins).toBeUndefined()
  })
})
