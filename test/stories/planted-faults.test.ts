/** Models with a fault each: the check that is meant for it finds it, names it, and stops the build before more is spent. */
import { describe, expect, it } from 'vitest'
import type { Check, Config } from '../../schema/config.ts'
import type { Event } from '../../src/events/event.ts'
import { ScriptedProvider } from '../rig/scripted-provider.ts'
import { Speaker } from '../rig/speaker.ts'
import { type Built, World } from '../rig/world.ts'

const ROWS = 240
const topics = Array.from({ length: ROWS / 2 }, (_, i) => `t${i}`)

const config = (checks: Check[], over: Partial<Config> = {}): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { topic: topics, expertise: ['beginner', 'expert'] },
  recipe: {
    steps: { said: { ask: 'm', prompt: 'about {{ cell.topic }} for {{ cell.expertise }}' } },
    example: {
      messages: [
        { role: 'user', content: 'Tell me about {{ cell.topic }}, I am {{ cell.expertise }}' },
        { role: 'assistant', content: '{{ steps.said }}' },
      ],
    },
  },
  outputs: { train: { path: 'data/train.jsonl' } },
  checks,
  ...over,
})

/** Words that no two calls share; the same call always gets the same. */
function words(n: number, count: number): string {
  let state = (n + 1) * 2654435761
  const syllables = ['ka', 'lo', 'mi', 'ne', 'ru', 'sa', 'to', 'vi', 'ze', 'bu']
  return Array.from({ length: count }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0
    return Array.from({ length: 4 }, (_, i) => syllables[Math.floor(state / 10 ** i) % 10]).join('')
  }).join(' ')
}

const model = (content: (n: number, prompt: string) => string) =>
  new ScriptedProvider({ content: (n, { body }) => content(n, (body['messages'] as { content: string }[])[0]?.content as string) })

const notices = ({ events }: Built) =>
  events.flatMap((event: Event) => (event.type === 'notice' ? [{ ...event.diagnostic, facts: event.diagnostic.facts ?? [] }] : []))
const named = (built: Built, code: string) => notices(built).filter((notice) => notice.code === code)

describe('a good model', () => {
  it('is remarked upon by nothing, and building again measures the same without a call', async () => {
    using world = new World(model((n) => words(n, 30)))
    const all = config([
      { check: 'templates' },
      { check: 'diversity' },
      { check: 'drift' },
      { check: 'coverage' },
      { check: 'balance' },
      { check: 'share', shares: { expertise: [0.4, 0.6] } },
      { check: 'near-duplicates', of: 'assistant' },
      { check: 'refusal' },
      { check: 'repetition' },
    ])
    // The user's side is one template here, on purpose: only what the model said is looked at.
    const quiet = config((all.checks ?? []).filter(({ check }) => check !== 'templates' && check !== 'diversity'))
    const first = await world.build(quiet)
    expect([first.calls.length, notices(first), first.result?.exitCode]).toEqual([ROWS, [], 0])
    const again = await world.build(quiet)
    expect([again.calls, notices(again), again.result?.exitCode]).toEqual([[], [], 0])
  })
})

describe('a model that begins every answer in one way', () => {
  const provider = () => model((n) => `Great question! Let me walk you through this step by step. ${words(n, 12)}`)
  const batches = {
    first: { size: 220, gate: { measures: ['templates'] } },
    second: { after: ['first'] },
  } satisfies Config['batches']
  const found = (fail: number): Check => ({
    check: 'templates',
    limits: { boilerplate: { fail }, 'boilerplate-rows': { fail: null }, opening: { fail: null }, openings: { fail: null } },
  })

  it('is named by its phrase, and the gate stops the build before the second batch is paid for; a looser limit goes on', async () => {
    using world = new World(provider())
    const stopped = await world.build(config([found(0.15)], { batches }))
    expect(stopped.calls).toHaveLength(220)
    expect(stopped.result?.end.counts).toMatchObject({ accepted: 220, pending: 20 })
    expect(stopped.result?.exitCode).toBe(1)
    const [gate, ...others] = named(stopped, 'build/gate')
    expect(others).toEqual([])
    expect(gate?.facts.map(([, fact]) => fact).join('\n')).toContain('great question let me walk you through this step by step')
    expect(gate?.hint).toContain('build again; or loosen the gate')
    expect(named(stopped, 'measure/templates').map(({ severity }) => severity)).toContain('warning')

    const tighter = await world.build(config([found(0.1)], { batches }))
    expect(tighter.calls).toEqual([])
    const looser = await world.build(config([found(0.99)], { batches }))
    expect(looser.calls).toHaveLength(20)
    expect(looser.result?.end.counts).toMatchObject({ accepted: ROWS, pending: 0 })
    expect(named(looser, 'build/gate')).toEqual([])
  })

  it('fails the build where its check says so, and only warns otherwise', async () => {
    using world = new World(provider())
    const warned = await world.build(config([{ check: 'templates' }]))
    expect([warned.result?.exitCode, world.rows()?.length]).toEqual([0, ROWS])
    const failed = await world.build(config([{ check: 'templates', severity: 'fail' }]))
    expect([failed.calls, failed.result?.exitCode]).toEqual([[], 1])
    expect(named(failed, 'measure/templates').map(({ severity }) => severity)).toContain('error')
  })
})

describe('a model that gets shorter after three fifths', () => {
  it('is found by drift, with both ends', async () => {
    using world = new World(model((n) => words(n, n < ROWS * 0.6 ? 40 + (n % 7) : 8 + (n % 7))))
    const built = await world.build(config([{ check: 'drift' }]), { concurrency: 1 })
    const [drift] = named(built, 'measure/drift')
    expect(drift?.headline).toMatch(/^after batch "all": drift-length: 1, more than 0.33/)
    expect(drift?.facts).toEqual([['found', 'answers go from 43 to 11 words (means of the first and last quarter)']])
  })
})

describe('a model that ignores whom it answers', () => {
  it('is found by the lengths that each expertise should have', async () => {
    using world = new World(model((n) => words(n, 20)))
    const checks: Check[] = [
      { check: 'length', of: 'assistant', by: 'expertise', bounds: { beginner: { min: 400 }, expert: { max: 400 } } },
    ]
    const built = await world.build(config(checks))
    expect(built.result?.end.problems).toEqual([
      { code: 'length', message: 'the assistant text is shorter than 400 characters', count: ROWS / 2 },
    ])
  })
})

describe('a model that ignores whom it answers, before a judge', () => {
  /** Says what the cell asked for only when it was told what was wrong. */
  const deaf = (mends: boolean) =>
    new Speaker((name, message) => {
      if (name === 'm') return message.startsWith('This was turned down') && mends ? `for ${/“(\w+)”/.exec(message)?.[1]}` : 'for expert'
      const [, wanted = ''] = /What was asked for is "(\S+)" in "expertise"/.exec(message) ?? []
      const fits = message.includes(`| for ${wanted}`)
      return JSON.stringify({ expertise: { reasoning: fits ? 'It does.' : `It is not for a “${wanted}”.`, level: fits ? 'yes' : 'no' } })
    })
  const judged = (retry: boolean, rows = 10) =>
    config([{ check: 'judge', by: 'judge', rubric: 'adherence', dimensions: ['expertise'], retry }], {
      models: { m: 'openai:m', judge: 'openai:judge' },
      dimensions: { topic: topics.slice(0, rows), expertise: ['beginner', 'expert'] },
    })

  it('is found by its rubric for dimensions, and the judge by its controls to be able to tell', async () => {
    using world = new World(deaf(false))
    const built = await world.build(judged(false, 40))
    expect(built.result?.end.problems).toEqual([{ code: 'judge', message: 'expertise is "no", below "partly"', count: 40 }])
    expect(built.result?.end.judges?.[0]).toMatchObject({ all: { rows: 80, passed: 40 }, controls: { state: 'trusted', apart: 1 } })
  })

  it('mends what it is told, where rows go back', async () => {
    using world = new World(deaf(true))
    const built = await world.build(judged(true))
    expect([built.result?.end.problems, built.result?.end.counts.accepted, built.result?.exitCode]).toEqual([[], 20, 0])
    // 20 answers, 10 of them again; a verdict for each; and four rows presented as another cell's.
    expect(built.calls).toHaveLength(20 + 10 + 30 + 4)
    expect((await world.build(judged(true))).calls).toEqual([])
  })
})

describe('a model that always refuses', () => {
  it('is turned down row by row, and the gate stops the build', async () => {
    using world = new World(model(() => "I'm sorry, but I can't help with that."))
    const batches: Config['batches'] = { first: { size: 20, gate: { accepted: 0.5 } }, second: { after: ['first'] } }
    const built = await world.build(config([{ check: 'refusal' }], { batches }))
    expect(built.calls).toHaveLength(20)
    expect(built.result?.end.problems).toEqual([
      { code: 'refusal', message: 'an answer begins with a refusal: "i\'m sorry but i can\'t"', count: 20 },
    ])
    expect(named(built, 'build/gate')[0]?.facts).toEqual([['accepted', '0 of 20 (0 %), at least 50 % wanted']])
  })
})

describe('a model that repeats itself', () => {
  it('is turned down for words it says over and over, and for what it said before', async () => {
    using world = new World(model((n) => (n % 2 === 0 ? 'and then call it again and again '.repeat(8) : words(n % 4, 30))))
    const built = await world.build(config([{ check: 'repetition' }, { check: 'near-duplicates', of: 'assistant' }]), { concurrency: 1 })
    expect(built.result?.end.problems.map(({ code, count }) => [code, count])).toEqual([
      ['repetition', ROWS / 2],
      ['near-duplicates', ROWS / 2 - 2],
    ])
  })
})

describe('coverage, balance and share', () => {
  it('name what is missing when all batches are there', async () => {
    using world = new World(model((n, prompt) => (/t[0-4] for expert/.test(prompt) ? "I can't help with that." : words(n, 20))))
    const checks: Check[] = [{ check: 'refusal' }, { check: 'coverage' }, { check: 'share', shares: { expertise: [0.1, 0.2] } }]
    const built = await world.build(config(checks, { dimensions: { topic: topics.slice(0, 5), expertise: ['beginner', 'expert'] } }))
    expect(named(built, 'measure/coverage').map(({ headline, facts }) => [headline, facts])).toEqual([
      ['after batch "all": coverage-1: 6 of 7 values occur', [['missing', 'expertise=expert']]],
    ])
    expect(named(built, 'measure/share')[0]?.headline).toBe(
      'after batch "all": share: 0 of 5 rows (0 %) have another expertise than "beginner", 10 % to 20 % wanted',
    )
  })
})

describe('hostile words of a model', () => {
  it('are inert in what is said about them', async () => {
    using world = new World(model((n) => `\u202e<script>alert(1)</script> =cmd|calc ${'\u0301'.repeat(30)} evil frame. ${words(n, 12)}`))
    const built = await world.build(config([{ check: 'templates' }, { check: 'refusal' }]))
    const said = JSON.stringify(notices(built))
    expect(said).toContain('script alert 1 script cmd calc')
    expect(said).not.toMatch(/[\u202e<>]|=cmd/)
  })
})
