/** What the laws do not vary: batches that wait, checks, `where` and splits of outputs, and how a build says it went. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import { fileIndex } from '../../../src/assemble/split.ts'
import type { CellId } from '../../../src/util/brand.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'
import { asking } from '../plan/plans.ts'

const config = (over: Partial<Config>): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: ['a', 'b', 'c', 'd'] },
  recipe: asking('about {{ cell.t }}'),
  outputs: { train: { path: 'data/train.jsonl' } },
  ...over,
})
const asked = ({ calls }: Built) => calls.map(({ body }) => (body['messages'] as { content: string }[])[0]?.content)
const cells = (world: World, name?: string) => world.rows(name)?.map(({ meta }) => meta.cell['t'])

describe('a batch that comes after another', () => {
  const waiting = config({ batches: { early: { where: { t: ['a', 'b'] } }, late: { after: ['early'] } } })

  it('asks nothing while an earlier cell has failed, and is pending', async () => {
    using world = new World(
      new ScriptedProvider({ fate: (_, { body }) => (JSON.stringify(body).includes('about b') ? 'refused' : 'answer') }),
    )
    const built = await world.build(waiting)
    expect(asked(built).toSorted()).toEqual(['about a', 'about b'])
    expect(built.result?.end.counts).toEqual({ items: 4, accepted: 1, rejected: 0, failed: 1, pending: 2 })
  })

  it('asks when every earlier cell has its verdict, rejected ones included', async () => {
    using world = new World(
      new ScriptedProvider({ fate: (_, { body }) => (JSON.stringify(body).includes('about b') ? 'refusal' : 'answer') }),
    )
    const built = await world.build(waiting)
    expect(built.result?.end.counts).toMatchObject({ accepted: 3, rejected: 1, pending: 0 })
    expect(built.result?.exitCode).toBe(1)
  })
})

describe('an output', () => {
  it('has only the cells it is for', async () => {
    using world = new World(new ScriptedProvider())
    await world.build(config({ outputs: { train: { path: 'data/train.jsonl', where: { t: ['b', 'd'] } } } }))
    expect(cells(world)).toEqual(['b', 'd'])
  })

  it('puts each cell with all its samples on the side that its coordinates say', async () => {
    using world = new World(new ScriptedProvider())
    const ids = Array.from({ length: 12 }, (_, i) => `v${i}`)
    await world.build(
      config({
        dimensions: { t: ids },
        batches: { all: { samples: 2 } },
        outputs: { train: { path: 'data/train.jsonl', holdout: { valid: 0.4 } } },
      }),
    )
    const held = ids.filter((id) => fileIndex({ holdout: [{ split: 'valid', share: 0.4, path: '' }] } as never, `t=${id}` as CellId) === 1)
    expect(held.length).toBeGreaterThan(0)
    expect(cells(world, 'valid')).toEqual(held.flatMap((id) => [id, id]))
    expect(cells(world)).toEqual(ids.filter((id) => !held.includes(id)).flatMap((id) => [id, id]))
  })

  it('is written while another one waits for its batch', async () => {
    using world = new World(
      new ScriptedProvider({ fate: (_, { body }) => (JSON.stringify(body).includes('about d') ? 'refused' : 'answer') }),
    )
    const built = await world.build(
      config({
        batches: { first: { where: { t: ['a', 'b'] } }, rest: {} },
        outputs: { train: { path: 'data/train.jsonl', batches: ['first'] }, valid: { path: 'data/valid.jsonl', batches: ['rest'] } },
      }),
    )
    expect(cells(world)).toEqual(['a', 'b'])
    expect(world.rows('valid')).toBeUndefined()
    expect(built.events.flatMap((event) => (event.type === 'output-end' ? [[event.output, event.what, event.rows]] : []))).toEqual([
      ['train', 'written', 2],
      ['valid', 'held-back', 1],
    ])
  })
})

describe('the end of a build', () => {
  it('is settled, for a stamp to trust, only when nothing failed and nothing is pending', async () => {
    using world = new World(new ScriptedProvider({ fate: () => 'refused' }))
    const failed = await world.build(config({}))
    expect([failed.result?.settled, failed.result?.exitCode]).toEqual([false, 1])
    world.provider.script = {}
    const cut = await world.build(config({}), { limits: { maxCalls: 2 } })
    expect([cut.result?.settled, cut.result?.exitCode]).toEqual([false, 4])
    const whole = await world.build(config({}))
    expect([whole.result?.settled, whole.result?.exitCode]).toEqual([true, 0])
  })

  it('is settled with rejected cells, and says so in its exit code', async () => {
    using world = new World(new ScriptedProvider())
    const { result } = await world.build(config({ checks: [{ check: 'forbid', of: 'user', phrases: ['hello'] }] }))
    expect([result?.settled, result?.exitCode, result?.end.counts.rejected]).toEqual([true, 1, 4])
    expect(cells(world)).toEqual([])
  })
})
