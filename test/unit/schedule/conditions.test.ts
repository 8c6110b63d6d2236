/** Steps that are skipped or shared, in whole builds: what is asked, what `plan` says of it, and what an edit asks again. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import { planOf } from '../../../src/plan/plan.ts'
import { preview } from '../../../src/schedule/preview.ts'
import { redoneDraws } from '../../../src/schedule/redone-draws.ts'
import { EVERYTHING } from '../../../src/schedule/scope.ts'
import { Work } from '../../../src/schedule/work.ts'
import { openStoreIfExists } from '../../../src/store/sqlite.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'

const asked = (built: Built) => built.calls.map(({ body }) => (body['messages'] as { content: string }[]).at(-1)?.content).sort()

interface Words {
  readonly when?: string
  readonly ideas?: string
  readonly samples?: number
}

const config = ({ when = "{{ cell.mood == 'angry' }}", ideas = 'ideas', samples = 1 }: Words = {}): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { mood: ['calm', 'angry'], topic: ['csv', 'json'] },
  recipe: {
    steps: {
      ideas: { ask: 'm', prompt: ideas, shared: true },
      user: { ask: 'm', prompt: 'user {{ cell.mood }} {{ cell.topic }}' },
      soothe: { ask: 'm', prompt: 'soothe {{ cell.topic }}', when },
      answer: { ask: 'm', prompt: 'answer {{ cell.mood }} {{ cell.topic }} {{ steps.soothe }}' },
    },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.user }}' },
        { role: 'assistant', content: '{{ steps.soothe }}{{ steps.answer }}' },
      ],
    },
  },
  batches: { all: { samples } },
  outputs: { train: { path: 'data/train.jsonl' } },
})

const counts = ({ plan }: Built) => plan.calls.map(({ calls, followUps }) => [calls, followUps])
const steps = (world: World) => world.rows()?.map(({ meta }) => Object.keys(meta.steps)) ?? []

describe('a step with a condition', () => {
  it('is asked for the cells where it holds, and `plan` counts exactly that', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const built = await world.build(config())
    // One for all ideas; then user and answer for four cells, and soothing words for two.
    expect([built.calls.length, counts(built)]).toEqual([11, [[1, 10]]])
    expect(asked(built).filter((prompt) => prompt?.startsWith('soothe'))).toEqual(['soothe csv', 'soothe json'])
    expect(steps(world)).toEqual([
      ['ideas', 'user', 'answer'],
      ['ideas', 'user', 'answer'],
      ['ideas', 'user', 'soothe', 'answer'],
      ['ideas', 'user', 'soothe', 'answer'],
    ])
    const again = await world.build(config())
    expect([again.calls.length, counts(again)]).toEqual([0, []])
  })

  it('counts as possible while it depends on an answer that is missing', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const built = await world.build(config({ when: "{{ steps.user contains 'nobody says this' }}" }))
    // Both moods would be soothed with the same words, and share the answer.
    expect([built.calls.length, counts(built)]).toEqual([9, [[1, 10]]])
  })

  it('when it turns false, takes its answer out of the row and asks only what changed with it; undone, nothing', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    await world.build(config())
    const bytes = world.bytes('train.jsonl')
    const never = await world.build(config({ when: "{{ cell.mood == 'sad' }}" }))
    expect(asked(never)).toEqual(['answer angry csv ', 'answer angry json '])
    expect(counts(never)).toEqual([[2, 0]])
    expect(steps(world).every((names) => !names.includes('soothe'))).toBe(true)
    const undone = await world.build(config())
    expect(undone.calls).toEqual([])
    expect(world.bytes('train.jsonl')).toBe(bytes)
  })

  it('is not asked again by a redo where it was skipped', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    await world.build(config())
    const store = openStoreIfExists(join(world.root, '.datagen'))
    const work = new Work(planOf(await world.dataset(config())), store)
    expect(redoneDraws(work, EVERYTHING, 'soothe').length).toBe(6)
    expect(redoneDraws(work, EVERYTHING).length).toBe(11)
    expect([...work.skipped(work.item(0))]).toEqual(['soothe'])
    expect([...work.skipped(work.item(3))]).toEqual([])
    await store.close()
  })

  it('retries the step that was asked last when the row was turned down', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const skippedLast: Config = {
      ...config(),
      recipe: {
        steps: {
          user: { ask: 'm', prompt: 'user {{ cell.topic }} {{ cell.mood }}' },
          more: { ask: 'm', prompt: 'more {{ cell.topic }}', when: "{{ cell.mood == 'angry' }}" },
        },
        example: { messages: [{ role: 'assistant', content: '{{ steps.user }}{{ steps.more }}' }] },
      },
      checks: [{ check: 'require', of: 'assistant', phrases: ['never said'] }],
    }
    await world.build(skippedLast)
    const again = await world.build(skippedLast, { retry: true })
    expect(asked(again)).toEqual(['more csv', 'more json', 'user csv calm', 'user json calm'])
  })
})

describe('a shared question', () => {
  it('is asked once for all cells and samples, without a warning, whoever comes first', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const built = await world.build(config({ samples: 3 }), { concurrency: 8 })
    expect(asked(built).filter((prompt) => prompt === 'ideas')).toEqual(['ideas'])
    expect(built.events.filter(({ type }) => type === 'notice')).toEqual([])
    expect(new Set(world.rows()?.map(({ meta }) => meta.steps['ideas']?.key)).size).toBe(1)
    // Nobody's sample stands for it, so the draws of nobody are displaced.
    const store = openStoreIfExists(join(world.root, '.datagen'))
    expect(store.displaced()).toEqual([])
    await store.close()
  })

  it('is asked once when its words change, and nothing that does not read it is counted or asked', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    await world.build(config({ samples: 2 }))
    const edited = await world.build(config({ samples: 2, ideas: 'better ideas' }))
    expect([asked(edited), counts(edited)]).toEqual([['better ideas'], [[1, 0]]])
    expect(edited.plan.items).toBe(8)
  })

  it('is not what makes a cell look old: cells that come later are new', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const small = config()
    await world.build({ ...small, dimensions: { mood: ['calm'], topic: ['csv'] } })
    const grown = await world.build(small)
    expect(grown.plan.batches).toMatchObject([{ fresh: 3, changed: 0, reasons: [{ reason: 'new', count: 3 }] }])
    expect([grown.calls.length, counts(grown)]).toEqual([8, [[3, 5]]])
  })

  it('that was turned down rejects every row that needs it, and a retry asks it once', async () => {
    using world = new World(
      new ScriptedProvider({ fresh: false, fate: (_, { body }) => (JSON.stringify(body).includes('ideas') ? 'refusal' : 'answer') }),
    )
    const first = await world.build(config())
    expect([first.calls.length, first.result?.end.counts.rejected]).toEqual([2, 4])
    world.provider.script = { fresh: false }
    const again = await world.build(config(), { retry: true })
    expect(asked(again).filter((prompt) => prompt === 'ideas').length).toBe(1)
    expect(again.result?.end.counts.accepted).toBe(4)
  })
})

it('what may follow is told without reading what is still missing, even where a function catches that', async () => {
  using world = new World(new ScriptedProvider({ fresh: false }))
  const caught: Config = {
    ...config(),
    recipe: {
      steps: {
        user: { ask: 'm', prompt: 'user {{ cell.mood }} {{ cell.topic }}' },
        more: {
          ask: 'm',
          prompt: 'more {{ cell.topic }} {{ cell.mood }}',
          when: ({ steps: { user } }) => {
            try {
              return String(user).length > 1_000
            } catch {
              return false
            }
          },
        },
        late: {
          ask: 'm',
          prompt: 'late {{ cell.topic }} {{ cell.mood }}',
          when: ({ steps: known }) => {
            try {
              return known['user'] !== 'x'
            } catch {
              return false
            }
          },
        },
      },
      example: { messages: [{ role: 'assistant', content: '{{ steps.user }}{{ steps.late }}' }] },
    },
  }
  const dataset = await world.dataset(caught)
  const store = openStoreIfExists(join(world.root, '.datagen'))
  const { calls } = preview(new Work(planOf(dataset), store), new Map(), EVERYTHING)
  expect(calls.map(({ calls: known, followUps }) => [known, followUps])).toEqual([[4, 8]])
  await store.close()
})
