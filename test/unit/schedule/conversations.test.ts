/** Conversations in whole builds: every transcript is well-formed whatever goes wrong, and an edit asks again from where it matters. */
import { describe, expect, it } from 'vitest'
import type { Config, Conversation, Pattern } from '../../../schema/config.ts'
import { Complaints } from '../../../src/config/complaints.ts'
import { modelSpec } from '../../../src/config/models.ts'
import { readPreset } from '../../../src/config/presets.ts'
import type { Call, Reply } from '../../../src/generate/provider.ts'
import { createSimulated } from '../../../src/generate/providers/simulated.ts'
import { instantClock } from '../../rig/instant-clock.ts'
import { type Random, seeded } from '../../rig/random.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'

/** The built-in provider; now and then it says again what was said, nothing, or both sides' lines, and some calls go wrong. */
class Talker extends ScriptedProvider {
  readonly #provider
  readonly #random: Random | undefined
  readonly verdicts: string[] | undefined

  constructor(random?: Random, verdicts?: string[]) {
    super({ fresh: false })
    const faults = random ? { 'server-error': 0.03, 'null-content': 0.02, length: 0.02, refusal: 0.02, ansi: 0.01 } : {}
    const use = modelSpec('m', { use: 'simulated', simulate: { latencyMs: 0, faults } }, [], new Complaints(() => ({ file: 'x' })))
    if (!use) throw new Error('there is a simulated model')
    this.#provider = createSimulated(use, { clock: instantClock() })
    this.#random = random
    this.verdicts = verdicts
  }

  override async ask(call: Call, signal: AbortSignal): Promise<Reply> {
    this.calls.push({ body: call.body, draw: call.draw, name: '' })
    const messages = call.body['messages'] as { role: string; content: string }[]
    const asked = messages.at(-1)?.content ?? ''
    if (this.verdicts && JSON.stringify(call.body['response_format'])?.includes('verdict'))
      return said(JSON.stringify({ reasoning: 'so', verdict: this.verdicts.shift() ?? 'open' }))
    if (this.#random?.chance(0.05)) {
      const earlier = asked.includes('[user]')
        ? /\[user\]\n([\s\S]*?)\n\n\[/.exec(asked)?.[1]
        : messages.find(({ role }) => role === 'assistant')?.content
      return said(
        this.#random.pick([`${earlier ?? 'Hello'}!`, ' \n ', 'Yes.\n\n[assistant]\nGood, and then?', earlier?.toUpperCase() ?? 'Hi']),
      )
    }
    return this.#provider.ask(call, signal)
  }
}

function said(content: string): Reply {
  const body = {
    id: 'x',
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 9, completion_tokens: 9 },
  }
  return { kind: 'response', raw: new TextEncoder().encode(JSON.stringify(body)) }
}

const SCENARIOS = Array.from({ length: 56 }, (_, i) => ({ id: `s${i}`, guide: `find out why invoice ${i} was not paid` }))
const EXPERTISE = ['beginner', 'intermediate', 'expert'].map((id) => ({ id, guide: `${id} with all of this` }))
const COMPLEXITY = ['brief', 'standard'].map((id) => ({ id, guide: `a ${id} answer` }))

function config(
  recipe: Partial<Conversation> = {},
  dimensions: Config['dimensions'] = { scenario: SCENARIOS, expertise: EXPERTISE, complexity: COMPLEXITY },
): Config {
  return {
    name: 'talk',
    models: { m: { use: 'openai:m' } },
    dimensions: dimensions ?? {},
    recipe: { preset: 'conversation', pattern: 'support', system: 'You are the help desk.', ...recipe },
    outputs: { train: { path: 'data/train.jsonl' } },
  }
}

const few: Config['dimensions'] = { scenario: SCENARIOS.slice(0, 12), complexity: COMPLEXITY.slice(0, 1) }

/** Step names of what a build asked, each with how often. */
function asked({ events }: Built): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const event of events) if (event.type === 'step-start') counts[event.step] = (counts[event.step] ?? 0) + 1
  return counts
}

const words = (text: string) =>
  text
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
    ?.join(' ')

function judgeTranscript(messages: readonly { role: string; content: string }[], most: number): void {
  const turns = messages.filter(({ role }) => role !== 'system')
  expect(turns.map(({ role }) => role)).toEqual(turns.map((_, i) => (i % 2 === 0 ? 'user' : 'assistant')))
  expect(turns.at(-1)?.role).toBe('assistant')
  expect(turns.length).toBeGreaterThan(1)
  expect(turns.length).toBeLessThanOrEqual(most)
  for (const { content } of turns) expect(content.trim()).not.toBe('')
  for (const role of ['user', 'assistant']) {
    const own = turns.filter((turn) => turn.role === role).map(({ content }) => words(content))
    expect(new Set(own).size).toBe(own.length)
  }
}

describe('1,008 conversations with random faults', () => {
  it.each([
    ['support', {}],
    ['debugging', { resolved: { by: 'm', after: 2 } }],
    ['learning', { mode: 'one-call' }],
  ] as const)('along the pattern %s are all well-formed, and none repeats a turn or ends on the user', async (pattern, more) => {
    using world = new World(new Talker(seeded(pattern.length)) as ScriptedProvider)
    const built = await world.build(config({ pattern, ...more, attempts: 3 }), { concurrency: 32 })
    const counts = built.result?.end.counts
    expect(counts?.items).toBe(336)
    expect(counts?.failed).toBe(0)
    expect(counts?.accepted).toBeGreaterThan(300)
    const rows = world.rows() ?? []
    expect(rows.length).toBe(counts?.accepted)
    for (const { row } of rows) judgeTranscript(row.messages, 6)
    const reasons = built.events.flatMap((event) => (event.type === 'step-start' ? [event.reason] : []))
    const met = (code: string) => reasons.some((reason) => reason.includes(code))
    // Faults that never strike prove nothing.
    if (pattern === 'learning') expect(met('not-json')).toBe(true)
    else expect(['repeats-a-turn', 'speaks-for-both', 'empty-content'].map(met)).toEqual([true, true, true])
    if (pattern === 'debugging') expect(new Set(rows.map(({ row }) => row.messages.length)).size).toBeGreaterThan(1)
    const again = await world.build(config({ pattern, ...more, attempts: 3 }))
    expect(again.calls).toEqual([])
  })
})

describe('an edit of a conversation', () => {
  const { turns } = readPreset('patterns', 'support')
  const support = (change: (turns: Pattern['turns']) => Pattern['turns']): Pattern => ({ turns: change(turns) })

  it("of turn 5's intent keeps turns 1 to 4 and asks 5 and 6 of every cell again", async () => {
    using world = new World(new Talker() as ScriptedProvider)
    const first = await world.build(config({}, few))
    expect(asked(first)).toEqual({ problem: 12, opening: 12, reply: 12, refinement: 12, outcome: 12, resolution: 12 })
    const edited = support((all) =>
      all.map((turn, i) => (i === 4 ? { ...turn, intent: 'Say that it took all day, and how it ended.' } : turn)),
    )
    const second = await world.build(config({ pattern: edited }, few))
    expect(asked(second)).toEqual({ outcome: 12, resolution: 12 })
    expect(second.plan.calls.map(({ calls, followUps }) => [calls, followUps])).toEqual([[12, 12]])
    expect(second.events.flatMap((event) => (event.type === 'step-start' && event.step === 'outcome' ? [event.reason] : []))[0]).toBe(
      'the prompt of step "outcome" changed',
    )
    expect((await world.build(config({}, few))).calls).toEqual([])
  })

  it('of one weight asks again from that turn on in the cells that go another way, and nothing in the others', async () => {
    using world = new World(new Talker() as ScriptedProvider)
    await world.build(config({}, few))
    const before = new Map(world.rows()?.map(({ meta, line }) => [meta.cell['scenario'], { opening: branches(meta)['opening'], line }]))
    const heavier = support((all) =>
      all.map((turn) =>
        turn.id === 'opening'
          ? { ...turn, alternatives: turn.alternatives?.map((one) => (one.id === 'first-solution' ? { ...one, weight: 4 } : one)) ?? [] }
          : turn,
      ),
    )
    const built = await world.build(config({ pattern: heavier }, few))
    const after = world.rows() ?? []
    const moved = after.filter(({ meta }) => branches(meta)['opening'] !== before.get(meta.cell['scenario'])?.opening)
    expect(moved.length).toBeGreaterThan(0)
    expect(moved.length).toBeLessThan(12)
    expect(moved.every(({ meta }) => branches(meta)['opening'] === 'first-solution')).toBe(true)
    const n = moved.length
    expect(asked(built)).toEqual({ opening: n, reply: n, refinement: n, outcome: n, resolution: n })
    for (const { meta, line } of after)
      if (!moved.some((one) => one.meta === meta)) expect(line).toBe(before.get(meta.cell['scenario'])?.line)
  })

  it('of the list of personas asks only for the cells of the new or changed one', async () => {
    using world = new World(new Talker() as ScriptedProvider)
    const personas = (...values: [id: string, guide: string][]) => ({ ...few, persona: values.map(([id, guide]) => ({ id, guide })) })
    const build = (list: [string, string][]) => world.build(config({ persona: 'persona' }, personas(...list)))
    await build([
      ['nurse', 'a night nurse'],
      ['clerk', 'a tired clerk'],
    ])
    const added = await build([
      ['nurse', 'a night nurse'],
      ['clerk', 'a tired clerk'],
      ['cook', 'a cook in a hurry'],
    ])
    expect(asked(added)).toEqual({ problem: 12, opening: 12, reply: 12, refinement: 12, outcome: 12, resolution: 12 })
    const edited = await build([
      ['nurse', 'a night nurse on her break'],
      ['clerk', 'a tired clerk'],
      ['cook', 'a cook in a hurry'],
    ])
    expect(asked(edited)).toEqual({ problem: 12, opening: 12, reply: 12, refinement: 12, outcome: 12, resolution: 12 })
    expect(
      (
        await build([
          ['cook', 'a cook in a hurry'],
          ['clerk', 'a tired clerk'],
        ])
      ).calls,
    ).toEqual([])
  })

  it('of the system prompt keeps the first message, which was written without it', async () => {
    using world = new World(new Talker() as ScriptedProvider)
    await world.build(config({}, few))
    const built = await world.build(config({ system: 'You are the night desk.' }, few))
    expect(asked(built)).toEqual({ opening: 12, reply: 12, refinement: 12, outcome: 12, resolution: 12 })
  })
})

describe('what each side sees', () => {
  it('the user neither system prompt nor later turns, the assistant neither goal nor persona, and both what was said', async () => {
    const provider = new Talker()
    using world = new World(provider as ScriptedProvider)
    const dimensions = { scenario: [{ id: 's', guide: 'the lamp flickers' }], persona: [{ id: 'nurse', guide: 'a night nurse' }] }
    await world.build(config({ persona: 'persona', goal: 'a new lamp by {{ cell.scenario }}-day' }, dimensions), { concurrency: 1 })
    const bodies = provider.calls.map(({ body }) => JSON.stringify(body['messages']))
    const { turns } = readPreset('patterns', 'support')
    const intents = turns.map(({ intent, alternatives }) => (alternatives ?? [{ intent }]).map((one) => String(one.intent)))
    expect(bodies.length).toBe(6)
    for (const [i, body] of bodies.entries()) {
      const isUser = i % 2 === 0
      expect(body.includes('help desk'), `system prompt in turn ${i + 1}`).toBe(!isUser)
      for (const secret of ['by s-day', 'night nurse', '- scenario: s'])
        expect(body.includes(secret), `${secret} in turn ${i + 1}`).toBe(isUser)
      // Of each turn's ways exactly one is shown, and only in that turn.
      for (const [t, ways] of intents.entries()) expect(ways.filter((intent) => body.includes(intent)).length).toBe(t === i ? 1 : 0)
    }
    const [row] = world.rows() ?? []
    const texts = row?.row.messages.slice(1).map(({ content }) => JSON.stringify(content).slice(1, -1)) ?? []
    for (const [i, body] of bodies.entries()) expect(texts.filter((text) => body.includes(text))).toEqual(texts.slice(0, i))
  })
})

describe('a judge of the end', () => {
  it('is asked after enough answers, and what follows a resolution is neither asked nor counted', async () => {
    const provider = new Talker(undefined, ['resolved'])
    using world = new World(provider as ScriptedProvider)
    const one: Config['dimensions'] = { scenario: SCENARIOS.slice(0, 1) }
    const judged = config({ resolved: { by: 'm', after: 2 } }, one)
    const built = await world.build(judged)
    expect(asked(built)).toEqual({ problem: 1, opening: 1, reply: 1, refinement: 1, 'resolved:refinement': 1 })
    expect(built.plan.calls.map(({ calls, followUps }) => [calls, followUps])).toEqual([[1, 6]])
    expect(world.rows()?.[0]?.row.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant'])
    expect((await world.build(judged)).calls).toEqual([])
    // Without it, the last two turns are all that is missing.
    expect(asked(await world.build(config({}, one)))).toEqual({ outcome: 1, resolution: 1 })
  })

  it('that finds it open lets it go on, and is not asked about the last answer', async () => {
    using world = new World(new Talker(undefined, ['open', 'open']) as ScriptedProvider)
    const built = await world.build(config({ resolved: { by: 'm' } }, { scenario: SCENARIOS.slice(0, 1) }))
    expect(asked(built)).toEqual({
      problem: 1,
      opening: 1,
      'resolved:opening': 1,
      reply: 1,
      refinement: 1,
      'resolved:refinement': 1,
      outcome: 1,
      resolution: 1,
    })
  })
})

it('cells that differ only in the answers they want begin with requests of their own', async () => {
  using world = new World(new Talker() as ScriptedProvider)
  const built = await world.build(config({}, { scenario: SCENARIOS.slice(0, 2), complexity: COMPLEXITY }))
  expect(built.events.filter((event) => event.type === 'notice' && event.diagnostic.code === 'plan/equal-requests')).toEqual([])
  expect(new Set(built.calls.map(({ body }) => JSON.stringify(body))).size).toBe(24)
})

it('the branches taken stand in the provenance of each row', async () => {
  using world = new World(new Talker() as ScriptedProvider)
  await world.build(config({ pattern: 'debugging' }, few))
  for (const { meta } of world.rows() ?? []) {
    const { report, conclusion } = branches(meta)
    expect(conclusion).toBe(report === 'works' ? 'confirm' : 'refine')
  }
})

function branches(meta: unknown): { readonly [turn: string]: string } {
  return (meta as { details: { branches: { [turn: string]: string } } }).details.branches
}
