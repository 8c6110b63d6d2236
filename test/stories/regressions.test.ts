/** Defects that were found once, each told as what a person would have seen: exact calls, exact rows. */
import { describe, expect, it } from 'vitest'
import type { Config, StepContext } from '../../schema/config.ts'
import { scopeOf } from '../../src/commands/narrow.ts'
import { ChangingText } from '../../src/config/guard.ts'
import type { Call } from '../../src/generate/provider.ts'
import { planOf } from '../../src/plan/plan.ts'
import type { Scope } from '../../src/schedule/scope.ts'
import { DatagenError } from '../../src/util/diagnostic.ts'
import { EXIT } from '../../src/util/exit.ts'
import { type Say, Speaker, said } from '../rig/speaker.ts'
import { type Built, World } from '../rig/world.ts'

const models = { writer: 'openai:writer', tutor: 'openai:tutor' }
const user = { ask: 'writer', prompt: 'on {{ cell.topic }}' }
const answer = { ask: 'tutor', prompt: '{{ steps.user }}' }
const example = {
  messages: [
    { role: 'user' as const, content: '{{ steps.user }}' },
    { role: 'assistant' as const, content: '{{ steps.answer }}' },
  ],
}

/** A writer and a tutor. */
function two(topics: NonNullable<Config['dimensions']>[string], more: Partial<Config> = {}): Config {
  return { name: 'story', models, dimensions: { topic: topics }, recipe: { steps: { user, answer }, example }, ...more }
}

/** One answer for each cell. */
function one(
  topics: NonNullable<Config['dimensions']>[string],
  prompt: string | ((context: StepContext) => string),
  more: Partial<Config> = {},
): Config {
  const steps = { answer: { ask: 'tutor', prompt } }
  const messages = [
    { role: 'user' as const, content: '{{ cell.topic }} #{{ sample }}' },
    example.messages[1] as (typeof example.messages)[1],
  ]
  return { name: 'story', models, dimensions: { topic: topics }, recipe: { steps, example: { messages } }, ...more }
}

/** Answer, or what stands in the row's last message, by the row's topic and sample. */
function answers(world: World, name?: string): Record<string, string> {
  return Object.fromEntries(
    (world.rows(name) ?? []).map(({ row, meta }) => [`${meta.cell['topic']}${meta.sample}`, row.messages.at(-1)?.content as string]),
  )
}

const topicsOf = (world: World, name?: string) => world.rows(name)?.map(({ meta }) => meta.cell['topic'])
const counts = ({ result }: Built) => result?.end.counts
const problems = ({ result }: Built) => result?.end.problems.map(({ code, count }) => `${code} ${count}`)
const scope = async (world: World, config: Config, names: string[], only?: string): Promise<Scope> =>
  scopeOf(planOf(await world.dataset(config)), names, only)

describe('a prompt that changes each time it is made', () => {
  it('is refused before anything is bought', async () => {
    using world = new World(new Speaker())
    let n = 0
    const build = world.build(
      one(['a', 'b', 'c', 'd', 'e'], () => `no ${n++}`),
      { concurrency: 2 },
    )
    await expect(build).rejects.toThrow(ChangingText)
    expect(world.provider.calls.length).toBe(0)
    expect(world.rows()).toBeUndefined()
  })

  it('is refused as well when it is a later step, and the answers before it are kept', async () => {
    using world = new World(new Speaker())
    let n = 0
    // The rehearsal does not see it: only real answers bring it out.
    const steps = {
      user,
      answer: { ask: 'tutor', prompt: ({ steps }: StepContext) => `${steps['user']} ${steps['user'] === 'stand-in' ? '' : n++}` },
    }
    const topics = ['a', 'b', 'c', 'd', 'e']
    await expect(world.build(two(topics, { recipe: { steps, example } }), { concurrency: 1 })).rejects.toThrow(ChangingText)
    expect(world.provider.calls.map(({ body }) => body['model'])).toEqual(['writer', 'tutor'])
    const mended = await world.build(two(topics))
    expect(mended.calls.map(({ body }) => body['model']).sort()).toEqual([...Array(5).fill('tutor'), ...Array(4).fill('writer')])
  })
})

describe('--retry', () => {
  it('leaves what was before the edit as it was: undoing the edit asks nothing and gives the old bytes', async () => {
    const refuse = ({ body }: Call) => ((body['messages'] as unknown[]).length > 1 ? 'refusal' : 'answer')
    using world = new World(new Speaker(undefined, { fate: (_, call) => refuse(call) }))
    const good = two(['a', 'b'])
    const bad = two(['a', 'b'], { recipe: { steps: { user, answer: { ...answer, system: 'be rude' } }, example } })
    await world.build(good)
    const before = [world.bytes('train.jsonl'), world.bytes('train.meta.jsonl')]
    expect(counts(await world.build(bad))).toMatchObject({ rejected: 2 })
    const retried = await world.build(bad, { retry: true })
    expect(retried.calls.map(({ draw }) => draw)).toEqual([0, 0, 1, 1].map((attempt) => ({ ordinal: 0, attempt, epoch: 1 })))
    expect(world.rows()).toEqual([])
    const undone = await world.build(good)
    expect(undone.calls).toEqual([])
    expect([world.bytes('train.jsonl'), world.bytes('train.meta.jsonl')]).toEqual(before)
  })

  it('with a scope asks only what is in the scope', async () => {
    using world = new World(new Speaker((model, message, { epoch }) => (model === 'writer' ? message : `${epoch ? 'fine' : 'bad'}`)))
    const config = two(['a', 'b', 'c'], { checks: [{ check: 'forbid', phrases: ['bad'] }] })
    expect(counts(await world.build(config))).toMatchObject({ rejected: 3 })
    const some = await world.build(config, { retry: true, scope: await scope(world, config, [], 'b') })
    expect(said(some.calls)).toEqual(['tutor: on b @0.0.1'])
    expect(topicsOf(world)).toEqual(['b'])
    expect((await world.build(config)).calls).toEqual([])
  })

  it('asks the first step again when a check on the user says no', async () => {
    using world = new World(
      new Speaker((model, message, { epoch }) => (model === 'writer' ? `${epoch ? 'fine' : 'bad'} ${message}` : undefined)),
    )
    const config = two(['a'], { checks: [{ check: 'forbid', of: 'user', phrases: ['bad'] }] })
    expect(said((await world.build(config)).calls)).toEqual(['tutor: bad on a @0.0.0', 'writer: on a @0.0.0'])
    expect(said((await world.build(config, { retry: true })).calls)).toEqual(['tutor: fine on a @0.0.0', 'writer: on a @0.0.1'])
    expect(topicsOf(world)).toEqual(['a'])
  })

  it('asks the first step of the later row again when rows repeat each other', async () => {
    using world = new World(new Speaker((model, message, { epoch }) => (model === 'writer' ? (epoch ? message : 'same') : undefined)))
    const config = two(['a', 'b'], { checks: [{ check: 'unique' }] })
    await world.build(config)
    expect(topicsOf(world)).toEqual(['a'])
    expect(said((await world.build(config, { retry: true })).calls)).toEqual(['tutor: on b @0.0.0', 'writer: on b @0.0.1'])
    expect(topicsOf(world)).toEqual(['a', 'b'])
  })

  it('asks only the last step again when a check on the assistant says no', async () => {
    using world = new World(new Speaker((model, message, { epoch }) => (model === 'writer' ? message : epoch ? 'fine' : 'bad')))
    const config = two(['a'], { checks: [{ check: 'forbid', of: 'assistant', phrases: ['bad'] }] })
    await world.build(config)
    expect(said((await world.build(config, { retry: true })).calls)).toEqual(['tutor: on a @0.0.1'])
    expect(answers(world)).toEqual({ a0: 'fine' })
  })

  it('asks the step before a derive that fails, not the one behind it', async () => {
    using world = new World(
      new Speaker((model, message, { epoch }) => (model === 'writer' ? `${epoch ? 'fine' : 'bad'} ${message}` : undefined)),
    )
    const derive = ({ steps }: StepContext) => {
      if (String(steps['user']).startsWith('bad')) throw new Error('cannot be read')
      return 1
    }
    const config = two(['a'], { recipe: { steps: { user, sure: { derive }, answer }, example } })
    const first = await world.build(config)
    expect(said(first.calls)).toEqual(['writer: on a @0.0.0'])
    expect(problems(first)).toEqual(['derive-failed 1'])
    expect(said((await world.build(config, { retry: true })).calls)).toEqual(['tutor: fine on a @0.0.0', 'writer: on a @0.0.1'])
  })
})

describe('building one target', () => {
  const config = two(['a', 'b', 'c', 'd'], {
    batches: { early: { size: 2 }, late: {} },
    outputs: { first: { batches: ['early'] }, second: { batches: ['late'] } },
  })

  it('leaves every batch the cells it has, writes no other output, and agrees with a full build', async () => {
    using whole = new World(new Speaker(undefined, { fresh: false }))
    await whole.build(config)
    expect([topicsOf(whole, 'first')?.length, topicsOf(whole, 'second')?.length]).toEqual([2, 2])

    using world = new World(new Speaker(undefined, { fresh: false }))
    const part = await world.build(config, { scope: await scope(world, config, ['second']) })
    expect(part.calls.length).toBe(4)
    expect(world.rows('first')).toBeUndefined()
    expect(world.bytes('second.jsonl')).toBe(whole.bytes('second.jsonl'))
    expect(part.result?.exitCode).toBe(0)

    const rest = await world.build(config)
    expect(rest.calls.length).toBe(4)
    for (const file of ['first.jsonl', 'first.meta.jsonl', 'second.jsonl', 'second.meta.jsonl'])
      expect(world.bytes(file)).toBe(whole.bytes(file))
  })
})

describe('building one target of several that are out of date', () => {
  it('writes that one and leaves the complete file of the other alone', async () => {
    using world = new World(new Speaker())
    const config = (word: string): Config => {
      const messages = [{ role: 'user' as const, content: `${word} {{ steps.user }}` }, ...example.messages.slice(1)]
      const outputs = { first: { where: { topic: 'a' } }, second: { where: { topic: 'b' } } }
      return two(['a', 'b'], { recipe: { steps: { user, answer }, example: { messages } }, outputs })
    }
    await world.build(config('old'))
    const before = [world.bytes('first.jsonl'), world.bytes('first.meta.jsonl')]
    const built = await world.build(config('new'), { scope: await scope(world, config('new'), ['second']) })
    expect(built.calls).toEqual([])
    expect([world.bytes('first.jsonl'), world.bytes('first.meta.jsonl')]).toEqual(before)
    expect(world.rows('second')?.map(({ row }) => row.messages[0]?.content.slice(0, 4))).toEqual(['new '])
    expect(built.events.flatMap((event) => (event.type === 'output-end' ? [event.output] : []))).toEqual(['second'])
  })
})

describe('a budget', () => {
  const price = { input: 0, output: 1000 } // an answer costs half a cent, and $131 are held for it, for nothing bounds it
  const config = one(
    Array.from({ length: 40 }, (_, i) => `t${i}`),
    'on {{ cell.topic }}',
  )

  it('above the real cost but below what 16 calls reserve is enough for all cells', async () => {
    using world = new World(new Speaker())
    const built = await world.build(config, { concurrency: 16, price, limits: { budgetUsd: 132 } })
    expect(counts(built)).toMatchObject({ accepted: 40, pending: 0 })
    expect([built.calls.length, built.result?.exitCode]).toEqual([40, 0])
    expect(built.result?.end.usage.usd).toBeCloseTo(0.2)
  })

  it('below what one call reserves asks nothing', async () => {
    using world = new World(new Speaker())
    const built = await world.build(config, { concurrency: 16, price, limits: { budgetUsd: 131 } })
    expect([built.calls.length, built.result?.exitCode]).toEqual([0, EXIT.limit])
    expect(built.events.flatMap((event) => (event.type === 'stopping' ? [event.message] : []))).toEqual([
      'the next call could exceed the budget: it may cost $131.07, and $131.00 are left; nothing bounds its answer: set maxTokens in models.tutor',
    ])
  })
})

describe('a function of the config that throws for one cell', () => {
  it('rejects that cell when it is a prompt that stumbles over an earlier answer', async () => {
    using world = new World(new Speaker((model, message) => (model === 'writer' ? message : undefined)))
    const prompt = ({ steps }: StepContext) => {
      if (steps['user'] === 'on b') throw new Error('not that one')
      return String(steps['user'])
    }
    const config = two(['a', 'b', 'c'], { recipe: { steps: { user, answer: { ask: 'tutor', prompt } }, example } })
    const built = await world.build(config)
    const asked = ['tutor: on a @0.0.0', 'tutor: on c @0.0.0', 'writer: on a @0.0.0', 'writer: on b @0.0.0', 'writer: on c @0.0.0']
    expect(said(built.calls)).toEqual(asked)
    expect(counts(built)).toMatchObject({ accepted: 2, rejected: 1, failed: 0, pending: 0 })
    expect(problems(built)).toEqual(['prompt-failed 1'])
    expect(topicsOf(world)).toEqual(['a', 'c'])
    expect((await world.build(config)).calls).toEqual([])
  })

  it('rejects that cell when it is a derive before the first question', async () => {
    using world = new World(new Speaker())
    const derive = ({ cell }: StepContext) => {
      if (cell['topic'] === 'b') throw new Error('not that one')
      return cell['topic'] as string
    }
    const steps = { word: { derive }, user: { ask: 'writer', prompt: 'on {{ steps.word }}' }, answer }
    const built = await world.build(two(['a', 'b', 'c'], { recipe: { steps, example } }))
    expect(built.calls.length).toBe(4)
    expect(problems(built)).toEqual(['derive-failed 1'])
    expect(topicsOf(world)).toEqual(['a', 'c'])
  })
})

describe('an output of a later batch', () => {
  const config = (checks: Config['checks']) =>
    two(['a', 'b', 'c'], {
      batches: { early: { where: { topic: 'a' } }, late: {} },
      outputs: { first: { batches: ['early'] }, second: { batches: ['late'] } },
      ...(checks ? { checks } : {}),
    })
  // What is written on a and on b is the same.
  const say: Say = (model, message) => (model === 'writer' ? message.replace('b', 'a') : undefined)

  it('waits for earlier batches while one of their rows could still take a row away', async () => {
    using world = new World(new Speaker(say))
    const unique = config([{ check: 'unique' }])
    await world.build(unique, { scope: await scope(world, unique, ['second']) })
    expect(world.rows('second')).toBeUndefined()
    await world.build(unique)
    expect([topicsOf(world, 'first'), topicsOf(world, 'second')]).toEqual([['a'], ['c']])
  })

  it.each<[string, Config['checks']]>([
    ['no check compares rows', undefined],
    ['a repeated row is only remarked upon', [{ check: 'unique', severity: 'warn' }]],
  ])('is written at once when %s', async (_, checks) => {
    using world = new World(new Speaker(say))
    await world.build(config(checks), { scope: await scope(world, config(checks), ['second']) })
    expect(topicsOf(world, 'second')).toEqual(['b', 'c'])
  })
})

describe('what is planned', () => {
  it('is never nothing: constraints that exclude everything are an error, and files stay', async () => {
    using world = new World(new Speaker())
    await world.build(two(['a', 'b']))
    const before = [world.stamps(), world.bytes('train.jsonl'), world.provider.calls.length]
    const error = await world.build(two(['a', 'b'], { where: [{ not: { topic: ['a', 'b'] } }] })).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DatagenError)
    expect(error).toMatchObject({ exitCode: 2, diagnostics: [{ code: 'plan/no-cells' }] })
    expect([world.stamps(), world.bytes('train.jsonl'), world.provider.calls.length]).toEqual(before)
  })

  it.each([
    ['smaller than what is left', { all: { size: 1 } }, 1],
    ['equal to it', { all: { size: 2 } }, 2],
    ['the number of all cells', { all: { size: 3 } }, 2],
    ['larger than all cells', { all: { size: 9 } }, 2],
    ['larger than what an earlier batch left', { some: { size: 1 }, more: { size: 9 } }, 2],
  ])('has no value of weight 0 in a batch whose size is %s', async (_, batches, rows) => {
    using world = new World(new Speaker())
    await world.build(one(['a', { id: 'never', weight: 0 }, 'c'], 'on {{ cell.topic }}', { batches }))
    expect(topicsOf(world)?.length).toBe(rows)
    expect(topicsOf(world)).not.toContain('never')
  })

  it('counts a known request that cells share once, and what follows from answers to come as an upper bound', async () => {
    using world = new World(new Speaker((model) => (model === 'writer' ? 'same' : undefined)))
    const plannedOf = ({ plan }: Built) => plan.calls.map(({ model, calls, followUps }) => [model.model, calls, followUps])
    const first = await world.build(two(['a', 'b', 'c']))
    expect(plannedOf(first)).toEqual([
      ['writer', 3, 0],
      ['tutor', 0, 3],
    ])
    expect(said(first.calls)).toEqual(['tutor: same @0.0.0', 'writer: on a @0.0.0', 'writer: on b @0.0.0', 'writer: on c @0.0.0'])
    const steps = { user, answer: { ...answer, system: 'be brief' } }
    const second = await world.build(two(['a', 'b', 'c'], { recipe: { steps, example } }))
    expect(plannedOf(second)).toEqual([['tutor', 1, 0]])
    expect(said(second.calls)).toEqual(['tutor: same @0.0.0'])
    expect(new Set(Object.values(answers(world))).size).toBe(1)
  })
})

describe('cells that ask the same', () => {
  const samples = { batches: { all: { samples: 2 } } }
  const ordinals = ({ calls }: Built) => calls.map(({ draw }) => draw.ordinal).sort()

  it('share the draws out and keep theirs when a third joins or leaves', async () => {
    using world = new World(new Speaker())
    const of = (...topics: string[]) => one(topics, 'the same for all', samples)
    expect(ordinals(await world.build(of('b', 'c'), { concurrency: 1 }))).toEqual([0, 1, 2, 3])
    expect(world.provider.calls.map(({ content }) => content)).toEqual(['b0', 'b1', 'c0', 'c1'].map((item) => answers(world)[item]))
    const [pair, bytes] = [answers(world), world.bytes('train.jsonl')]

    expect(ordinals(await world.build(of('a', 'b', 'c')))).toEqual([4, 5])
    expect(answers(world)).toMatchObject(pair)
    const three = world.bytes('train.jsonl')
    expect(new Set(Object.values(answers(world))).size).toBe(6)

    expect((await world.build(of('b', 'c'))).calls).toEqual([])
    expect(world.bytes('train.jsonl')).toBe(bytes)
    expect((await world.build(of('c'))).calls).toEqual([])
    expect(answers(world)).toEqual({ c0: pair['c0'], c1: pair['c1'] })
    expect((await world.build(of('a', 'b', 'c'))).calls).toEqual([])
    expect(world.bytes('train.jsonl')).toBe(three)
  })

  it('keep their rows when one of them holds two draws and a newcomer stands in front', async () => {
    using world = new World(new Speaker(undefined, { fate: (n) => (n === 0 ? 'refusal' : 'answer') }))
    const of = (topics: string[], attempts = 2) => {
      const config = one(topics, 'the same for all')
      return { ...config, recipe: { ...config.recipe, attempts } } as Config
    }
    // The first draw is refused to a; b takes it over and pays for its second attempt; a comes back for it, and b draws anew.
    expect(problems(await world.build(of(['a'], 1)))).toEqual(['refusal 1'])
    expect(said((await world.build(of(['b']))).calls)).toEqual(['tutor: the same for all @0.1.0'])
    expect(said((await world.build(of(['a', 'b']))).calls)).toEqual(['tutor: the same for all @1.0.0'])
    const both = answers(world)
    expect(both['a0']).not.toBe(both['b0'])

    expect(said((await world.build(of(['new', 'a', 'b']))).calls)).toEqual(['tutor: the same for all @2.0.0'])
    expect(answers(world)).toMatchObject(both)

    // Alone, b goes back to the first it holds, and stays there.
    expect((await world.build(of(['b']))).calls).toEqual([])
    const alone = answers(world)
    expect((await world.build(of(['newer', 'b']))).calls).toEqual([])
    expect(answers(world)).toMatchObject(alone)
    expect(new Set(Object.values(answers(world))).size).toBe(2)
  })
})
