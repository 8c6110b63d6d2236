/** What a redo would ask, before anything is raised: what a person agrees to. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import { planOf } from '../../../src/plan/plan.ts'
import { preview } from '../../../src/schedule/preview.ts'
import { asIfRedone, redoneDraws } from '../../../src/schedule/redone-draws.ts'
import { EVERYTHING } from '../../../src/schedule/scope.ts'
import { Work } from '../../../src/schedule/work.ts'
import { openStoreIfExists } from '../../../src/store/sqlite.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { World } from '../../rig/world.ts'

const config: Config = {
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { topic: ['csv', 'json', 'xml'] },
  recipe: {
    steps: { user: { ask: 'm', prompt: 'About {{ cell.topic }}.' }, answer: { ask: 'm', prompt: 'Answer {{ steps.user }}' } },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.user }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
}

describe('redone draws', () => {
  it('are those of the scope from the step on, and the preview with them counts exactly their calls', async () => {
    using world = new World(new ScriptedProvider())
    await world.build(config)
    const store = openStoreIfExists(join(world.root, '.datagen'))
    const work = new Work(planOf(await world.dataset(config)), store)
    const csv = { ...EVERYTHING, item: ({ index }: { index: number }) => index === 0 }
    const seen = (draws: ReturnType<typeof redoneDraws>) => {
      const { items, calls, batches } = preview(asIfRedone(work, draws), new Map(), EVERYTHING)
      return { items, calls: calls.map((sum) => [sum.calls, sum.followUps]), reasons: batches[0]?.reasons }
    }
    expect(seen([])).toEqual({ items: 0, calls: [], reasons: [] })
    expect(redoneDraws(work, csv).length).toBe(2)
    expect(seen(redoneDraws(work, csv))).toEqual({
      items: 1,
      calls: [[1, 1]],
      reasons: [{ reason: 'step "user" is asked again on purpose', count: 1 }],
    })
    expect(redoneDraws(work, csv, 'answer').length).toBe(1)
    expect(seen(redoneDraws(work, csv, 'answer'))).toEqual({
      items: 1,
      calls: [[1, 0]],
      reasons: [{ reason: 'step "answer" is asked again on purpose', count: 1 }],
    })
    expect(seen(redoneDraws(work, EVERYTHING)).items).toBe(3)
    // Looking raises nothing.
    expect(preview(work.again(), new Map(), EVERYTHING).items).toBe(0)
    await store.close()
  })
})
