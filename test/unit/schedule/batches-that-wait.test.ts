/** Batches that wait for others: gaps, rows accepted, gates, and what their prompts see; each over exact lists of calls. */
import { describe, expect, it } from 'vitest'
import type { Config, Gate } from '../../../schema/config.ts'
import { type Script, ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'
import { asking } from '../plan/plans.ts'

const ids = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i}`)
const PROMPT = 'about {{ cell.a }} {{ cell.b }} {{ cell.c }}'

const config = (over: Partial<Config>): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { a: ids('a', 3), b: ids('b', 3), c: ids('c', 3) },
  recipe: { ...asking(PROMPT), attempts: 1 },
  outputs: { train: { path: 'data/train.jsonl' } },
  ...over,
})
const asked = ({ calls }: Built) => calls.map(({ body }) => (body['messages'] as { content: string }[])[0]?.content as string)
const cellsOf = (built: Built) => asked(built).map((text) => /about (\S+ \S+ \S+)/.exec(text)?.[1] as string)
const codes = ({ events }: Built) => events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic.code] : []))
/** Cells whose every answer is refused by the model. */
const refusing = (...cells: string[]): Script => ({
  fresh: false,
  fate: (_, { body }) => (cells.some((cell) => JSON.stringify(body).includes(`about ${cell}`)) ? 'refusal' : 'answer'),
})
const rowsOf = (world: World) => world.rows()?.map(({ meta }) => Object.values(meta.cell).join(' ')) ?? []

describe('a batch that fills gaps', () => {
  // Nine cells of 27: every pair of values once.
  const learning = config({ batches: { core: { select: 'pairwise' }, coverage: { gaps: true, size: 12 } } })

  // Nine cells that have every pair of values once.
  const SQUARE = ids('a', 3).flatMap((a, i) => ids('b', 3).map((b, j) => ({ a, b, c: `c${(i + j) % 3}` })))
  const named = ({ a, b, c }: { a: string; b: string; c: string }) => `${a} ${b} ${c}`

  it('plans exactly the cells whose rows are missing from a batch that covered everything', async () => {
    for (const out of [0, 4, 8]) {
      using world = new World(new ScriptedProvider({ fresh: false }))
      const core = { where: SQUARE.filter((_, i) => i !== out) }
      const built = await world.build(config({ batches: { core, coverage: { gaps: true, size: 1 } } }))
      expect(cellsOf(built).slice(0, 8).toSorted()).toEqual(core.where.map(named).toSorted())
      expect(cellsOf(built).slice(8)).toEqual([named(SQUARE[out] as (typeof SQUARE)[number])])
    }
  })

  it('plans nothing where nothing is missing', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const built = await world.build(config({ batches: { core: { where: SQUARE }, coverage: { gaps: { strength: 1 }, size: 1 } } }))
    expect(built.calls).toHaveLength(9)
    expect(built.result?.exitCode).toBe(0)
  })

  it('gives a cell whose answer was turned down another draw', async () => {
    const [lost] = SQUARE as [(typeof SQUARE)[number]]
    using world = new World(
      new ScriptedProvider({
        fresh: false,
        fate: (_, { body, draw }) => (JSON.stringify(body).includes(`about ${named(lost)}`) && draw.ordinal === 0 ? 'refusal' : 'answer'),
      }),
    )
    const built = await world.build(config({ batches: { core: { where: SQUARE }, coverage: { gaps: true, size: 1 } } }))
    expect(cellsOf(built).slice(9)).toEqual([named(lost)])
    expect(built.calls.at(-1)?.draw).toEqual({ ordinal: 1, attempt: 0, epoch: 0 })
    expect(world.rows()?.find(({ meta }) => meta.sample === 1)?.meta.cell).toEqual(lost)
  })

  it('fills what the accepted rows lack, pair by pair, and stops there', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const built = await world.build(config({ batches: { core: { where: { a: 'a0' } }, coverage: { gaps: { strength: 1 }, size: 18 } } }))
    const later = cellsOf(built).slice(9)
    expect(new Set(later.map((cell) => cell.split(' ')[0]))).toEqual(new Set(['a1', 'a2']))
    expect(later.length).toBeLessThanOrEqual(18)
    expect(new Set(later).size).toBe(later.length)
    expect(built.result?.exitCode).toBe(0)
  })

  it('costs nothing when nothing changed, and comes out as planned', async () => {
    using world = new World(new ScriptedProvider(refusing('a0 b0 c0')))
    const first = await world.build(learning)
    expect(first.plan.toCome).toBe(12)
    const again = await world.build(learning)
    expect(again.calls).toEqual([])
    expect(again.plan.toCome).toBe(0)
    expect(again.result?.end.counts).toEqual(first.result?.end.counts)
    expect(again.events.filter(({ type }) => type === 'output-end')).toMatchObject([{ what: 'unchanged' }])
  })

  it('comes back as it was when an edit before it is undone', async () => {
    using world = new World(new ScriptedProvider(refusing('a0 b0 c0')))
    await world.build(learning)
    const rows = world.bytes('train.jsonl')
    await world.build({ ...learning, dimensions: { a: [...ids('a', 3), 'a9'], b: ids('b', 3), c: ids('c', 3) } })
    const back = await world.build(learning)
    expect(back.calls).toEqual([])
    expect(world.bytes('train.jsonl')).toBe(rows)
  })

  it('keeps the cells it had when a batch before it grows, as far as any gap has use for them', async () => {
    const stages = (core: number, size: number) =>
      config({
        dimensions: { a: ids('a', 4), b: ids('b', 4), c: ids('c', 4) },
        batches: { core: { size: core }, coverage: { gaps: true, size } },
      })
    using world = new World(new ScriptedProvider({ fresh: false }))
    const first = await world.build(stages(8, 16))
    expect(first.calls).toHaveLength(24)
    const more = await world.build(stages(9, 18))
    expect(more.calls.length).toBeLessThanOrEqual(5)
    expect(rowsOf(world).length).toBeGreaterThanOrEqual(24)
    expect((await world.build(stages(8, 16))).calls).toEqual([])
  })

  it('stops within its budget, and the next build goes on to the same rows', async () => {
    const script = refusing('a0 b0 c0')
    const bounded = { ...learning, models: { m: { use: 'openai:m', maxTokens: 1000 } } }
    using whole = new World(new ScriptedProvider(script))
    await whole.build(bounded)
    const price = { input: 1000, output: 1000 }
    using world = new World(new ScriptedProvider(script))
    for (let turn = 0; turn < 40; turn++) {
      const built = await world.build(bounded, { price, limits: { budgetUsd: 5 } })
      expect(built.result?.end.usage.usd ?? 0).toBeLessThanOrEqual(5)
      if (built.result?.exitCode !== 4) break
    }
    expect(world.bytes('train.jsonl')).toBe(whole.bytes('train.jsonl'))
    expect(world.provider.calls.length).toBe(whole.provider.calls.length)
  })

  it('goes on where a limit stopped it, to the same rows', async () => {
    const script = refusing('a0 b0 c0', 'a1 b1 c1')
    using whole = new World(new ScriptedProvider(script))
    await whole.build(learning)
    using parts = new World(new ScriptedProvider(script))
    let calls = 0
    for (let turn = 0; turn < 20; turn++) {
      const built = await parts.build(learning, { limits: { maxCalls: 2 } })
      calls += built.calls.length
      if (built.calls.length === 0) break
    }
    expect(parts.bytes('train.jsonl')).toBe(whole.bytes('train.jsonl'))
    expect(calls).toBe(whole.provider.calls.length)
  })

  it('survives being killed at any moment: the same rows, no answer bought twice', async () => {
    const script = refusing('a0 b0 c0', 'a1 b1 c1')
    using whole = new World(new ScriptedProvider(script))
    await whole.build(learning)
    for (const killAfter of [1, 7, 20, 41, 60, 62, 64, 66, 70, 77]) {
      using world = new World(new ScriptedProvider(script))
      await world.build(learning, { killAfter, concurrency: 1 })
      await world.build(learning, { concurrency: 1 })
      expect(world.bytes('train.jsonl')).toBe(whole.bytes('train.jsonl'))
      expect(world.provider.calls.length - whole.provider.calls.length).toBeLessThanOrEqual(1)
    }
  })
})

describe('a batch that wants rows accepted', () => {
  it('plans further cells until it has them, in the order in which it would have chosen them', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const ten = cellsOf(await world.build(config({ batches: { all: { size: 10 } } }), { concurrency: 1 }))
    const seven = cellsOf(await new World(new ScriptedProvider({ fresh: false })).build(config({ batches: { all: { size: 7 } } })))
    const [lost] = seven as [string]
    using picky = new World(new ScriptedProvider(refusing(lost)))
    const built = await picky.build(config({ batches: { all: { acceptedExactly: 7 } } }))
    expect(rowsOf(picky)).toHaveLength(7)
    expect(built.calls).toHaveLength(8)
    expect(ten).toEqual(expect.arrayContaining(cellsOf(built)))
    expect((await picky.build(config({ batches: { all: { acceptedExactly: 7 } } }))).calls).toEqual([])
  })

  it('draws cells anew when none is left, and gives up when its candidates are used up', async () => {
    const three = config({ dimensions: { a: ids('a', 3), b: ['b0'], c: ['c0'] } })
    let refusals = 2
    using world = new World(new ScriptedProvider({ fresh: false, fate: () => (refusals-- > 0 ? 'refusal' : 'answer') }))
    const built = await world.build({ ...three, batches: { all: { acceptedExactly: 3 } } }, { concurrency: 1 })
    expect(built.calls).toHaveLength(5)
    expect(rowsOf(world)).toHaveLength(3)
    using hopeless = new World(new ScriptedProvider({ fresh: false, fate: () => 'refusal' }))
    const ended = await hopeless.build({ ...three, batches: { all: { acceptedExactly: 3, candidates: 7, rounds: 9 } } })
    expect(ended.calls).toHaveLength(7)
    expect(ended.result?.end.counts).toEqual({ items: 7, accepted: 0, rejected: 7, failed: 0, pending: 0 })
  })
})

describe('a gate', () => {
  const gated = (gate: Gate): Config => config({ batches: { core: { where: { a: 'a0' }, gate }, rest: {} } })

  it('that is closed stops the build before anything behind it is asked, and says what does not hold', async () => {
    using world = new World(new ScriptedProvider(refusing('a0 b0')))
    const built = await world.build(gated({ accepted: 0.8 }))
    expect(built.calls).toHaveLength(9)
    expect(codes(built)).toEqual(['build/gate'])
    expect(built.result?.exitCode).toBe(1)
    expect(built.result?.end.counts).toMatchObject({ accepted: 6, rejected: 3, pending: 18 })
  })

  it('that is known to be closed is no reason to plan, and price, what stands behind it', async () => {
    using world = new World(new ScriptedProvider(refusing('a0 b0')))
    const first = await world.build(gated({ accepted: 0.8 }))
    expect(first.plan).toMatchObject({ items: 27, calls: [{ calls: 27 }], batches: [{ gated: 0 }, { gated: 0 }] })
    const again = await world.build(gated({ accepted: 0.8 }))
    expect(again.plan).toMatchObject({ items: 0, calls: [], usd: 0 })
    expect(again.plan.batches[1]).toMatchObject({ gated: 18, fresh: 0, reasons: [{ reason: 'the gate behind batch "core" is closed' }] })
    expect(again.calls).toEqual([])
    const opened = await world.build(gated({ accepted: 0.5 }))
    expect([opened.plan.items, opened.calls.length]).toEqual([18, 18])
  })

  it('that is open lets the build go on', async () => {
    using world = new World(new ScriptedProvider(refusing('a0 b0 c0')))
    const built = await world.build(gated({ accepted: 0.8 }))
    expect(built.calls).toHaveLength(27)
    expect(codes(built)).toEqual([])
  })

  it('waits for a person where it asks for one', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const built = await world.build(gated({ approval: true }))
    expect(built.calls).toHaveLength(9)
    expect(codes(built)).toEqual(['build/gate'])
  })
})

describe('what prompts see of the batches before', () => {
  const seeing = (guide: string): Config =>
    config({
      dimensions: { a: [{ id: 'a0', guide }, 'a1', 'a2'], b: ids('b', 3), c: ids('c', 3) },
      recipe: {
        steps: { said: { ask: 'm', prompt: `${PROMPT} {{ guide.a }} [{{ covered | join: "; " }}]` } },
        example: {
          messages: [
            { role: 'user', content: '{{ steps.said }}' },
            { role: 'assistant', content: 'yes' },
          ],
        },
        attempts: 1,
      },
      batches: { core: { where: { b: 'b0' } }, rest: { after: ['core'], avoid: { most: 2 } } },
    })

  it('is how accepted rows of the nearest cells begin', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const built = await world.build(seeing('first'))
    expect(built.calls).toHaveLength(27)
    const texts = asked(built)
    expect(texts.slice(0, 9).every((text) => text.endsWith('[]'))).toBe(true)
    const said = built.calls.slice(0, 9).map(({ content }) => content as string)
    for (const text of texts.slice(9)) {
      const seen = (/\[(.*)\]$/.exec(text)?.[1] ?? '').split('; ')
      expect(seen).toHaveLength(2)
      expect(said).toEqual(expect.arrayContaining(seen))
    }
  })

  it('stays as it was when rows before are asked for anew, so that only what changed itself is asked', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    await world.build(seeing('first'))
    const edited = await world.build(seeing('second'))
    // The nine cells of the value, and nothing that only saw them.
    expect(cellsOf(edited).every((cell) => cell.startsWith('a0'))).toBe(true)
    expect(edited.calls).toHaveLength(9)
    expect((await world.build(seeing('first'))).calls).toEqual([])
  })
})

describe('a batch that covers pairs', () => {
  const paired = (values: number) =>
    config({ dimensions: { a: ids('a', values), b: ids('b', 3), c: ids('c', 3) }, batches: { all: { select: 'pairwise' } } })

  it('keeps its cells when a value is added, asks for those that are missing, and has its old cells back when that is undone', async () => {
    using world = new World(new ScriptedProvider({ fresh: false }))
    const before = cellsOf(await world.build(paired(3)))
    expect(before).toHaveLength(9)
    const more = await world.build(paired(4))
    expect(cellsOf(more)).toHaveLength(3)
    expect(cellsOf(more).every((cell) => cell.startsWith('a3'))).toBe(true)
    expect(rowsOf(world)).toHaveLength(12)
    expect((await world.build(paired(4))).calls).toEqual([])
    expect((await world.build(paired(3))).calls).toEqual([])
    expect(rowsOf(world).toSorted()).toEqual(before.toSorted())
  })
})
