/** Answers that are whole and paid for, and are not believed: by the model, the id and the count of tokens that they come with. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config, Model } from '../../schema/config.ts'
import type { Call, Reply } from '../../src/generate/provider.ts'
import { Project } from '../rig/project.ts'
import { ScriptedProvider } from '../rig/scripted-provider.ts'
import { startServer, type TestServer } from '../rig/server.ts'
import { type Built, World } from '../rig/world.ts'

interface Said {
  readonly id?: string
  readonly model?: string
  readonly content?: string
  readonly input?: number
}

/** Answers as it is told to, call by call. */
class Frank extends ScriptedProvider {
  say: (n: number, prompt: string) => Said = () => ({})

  override async ask(call: Call, signal: AbortSignal): Promise<Reply> {
    const n = this.calls.length
    await super.ask(call, signal)
    const [message] = call.body['messages'] as { content: string }[]
    const {
      id = `chatcmpl-${n}-0123456789abcdef`,
      model = 'm-2025-08-07',
      content = `about ${n}`,
      input = 20,
    } = this.say(n, message?.content ?? '')
    const body = {
      id,
      model,
      choices: [{ index: 0, finish_reason: 'stop', message: { content } }],
      usage: { prompt_tokens: input, completion_tokens: 5 },
    }
    return { kind: 'response', raw: Buffer.from(JSON.stringify(body)) }
  }
}

const TOPICS = ['csv', 'json', 'toml', 'xml']
const config = (model: Partial<Model> = {}, more: Partial<Config> = {}): Config =>
  ({
    name: 'doubts',
    models: { m: { use: 'openai:m', baseUrl: 'http://127.0.0.1:9/v1', ...model } },
    dimensions: { topic: TOPICS },
    recipe: {
      steps: { answer: { ask: 'm', prompt: 'About {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    outputs: { train: { format: 'openai-chat', path: 'data/train.jsonl' } },
    ...more,
  }) as Config

const notices = ({ events }: Built) => events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic] : []))
const problems = ({ result }: Built) => result?.end.problems.map(({ code, count }) => `${count} ${code}`)
const one = { concurrency: 1 }
const A = 'm-2025-08-07'
const B = 'm-2026-01-01'

describe('the model that answered', () => {
  it('is told when it moved in the middle of a build, and not when it stayed', async () => {
    using world = new World(new Frank())
    const frank = world.provider as Frank
    frank.say = (n) => ({ model: n < 3 ? A : B })
    const built = await world.build(config(), one)
    expect(built.result?.exitCode).toBe(0)
    expect(notices(built)).toMatchObject([
      {
        code: 'model/moved',
        severity: 'warning',
        headline: '"openai:m" answered under 2 names in this build',
        facts: [
          [A, '3 answers'],
          [B, '1 answer'],
        ],
      },
    ])
    frank.say = () => ({ model: B })
    expect(notices(await world.build(config({}, { dimensions: { topic: [...TOPICS, 'yaml'] } }), one))).toEqual([])
  })

  it('of another family is told, with how many answers it gave', async () => {
    using world = new World(new Frank())
    ;(world.provider as Frank).say = () => ({ model: 'n-2025-08-07' })
    const built = await world.build(config(), one)
    expect([built.result?.exitCode, ...notices(built).map(({ code, facts }) => [code, facts])]).toEqual([
      0,
      ['model/other-family', [['n-2025-08-07', '4 answers']]],
    ])
  })

  it('stays held to it in the next build, though no row was whole yet', async () => {
    const steps = {
      ...config().recipe,
      steps: { question: { ask: 'm', prompt: 'Ask about {{ cell.topic }}.' }, answer: { ask: 'm', prompt: '{{ steps.question }}' } },
    }
    const provider = new Frank()
    using world = new World(provider)
    const pinned = config({ pin: true }, { recipe: steps as never })
    provider.say = (n) => ({ model: n === 1 ? B : A })
    expect((await world.build(pinned, { concurrency: 1 })).calls.length).toBe(2)
    provider.say = (n) => ({ model: n === 2 ? B : A })
    const next = await world.build(pinned, { concurrency: 1 })
    expect(notices(next).map(({ headline }) => headline)).toEqual([`"m" is pinned to "${A}", and "${B}" answered`])
  })

  it('is held to the first that answered when it is pinned: exit 3, and the other answer is paid for and no row', async () => {
    using world = new World(new Frank())
    const frank = world.provider as Frank
    frank.say = (n) => ({ model: n < 2 ? A : B })
    const built = await world.build(config({ pin: true }), { ...one, price: { input: 1, output: 1 } })
    expect([built.result?.exitCode, built.calls.length, problems(built)]).toEqual([3, 3, ['1 other-snapshot']])
    expect(built.result?.end.counts).toMatchObject({ accepted: 2, failed: 1, pending: 1 })
    expect(built.result?.end.usage.inputTokens).toBe(60)
    expect(notices(built)).toMatchObject([
      {
        code: 'model/pinned',
        headline: `"m" is pinned to "${A}", and "${B}" answered`,
        hint: expect.stringContaining(`pin: '${B}'`),
      },
    ])
    // The next build is held to the rows there are, though another one answers first.
    const again = await world.build(config({ pin: true }), one)
    expect([again.result?.exitCode, again.calls.length, problems(again)]).toEqual([3, 1, ['1 other-snapshot']])
    frank.say = () => ({ model: A })
    const done = await world.build(config({ pin: true }), one)
    expect([done.result?.exitCode, done.calls.length, world.rows()?.length]).toEqual([0, 2, 4])
    expect((await world.build(config({ pin: true }), one)).calls).toEqual([])
  })

  it('is held to a name of one’s own choice, also for answers that were kept before a later step was asked', async () => {
    using world = new World(new Frank())
    const frank = world.provider as Frank
    const steps = {
      draft: { ask: 'm', prompt: 'Draft {{ cell.topic }}.' },
      answer: { ask: 'm', prompt: 'Improve: {{ steps.draft }}' },
    }
    const two = (pin: string) =>
      config({ pin }, { dimensions: { topic: ['csv'] }, recipe: { ...(config().recipe as object), steps } as never })
    frank.say = (n) => ({ model: n === 0 ? A : B })
    expect((await world.build(two(A), one)).result?.exitCode).toBe(3)
    const moved = await world.build(two(B), one)
    expect([moved.result?.exitCode, moved.calls.length, problems(moved), world.rows()]).toEqual([1, 1, ['1 other-snapshot'], undefined])
  })
})

describe('one answer for two requests (H16)', () => {
  const replay = (n: number): Said => (n === 2 ? { id: 'chatcmpl-0-0123456789abcdef', content: 'about 0' } : {})

  it('fails both cells, is no row of either, and both are asked again by the next build', async () => {
    using world = new World(new Frank())
    const frank = world.provider as Frank
    frank.say = replay
    const built = await world.build(config(), one)
    expect([built.result?.exitCode, built.calls.length, problems(built), world.rows()]).toEqual([1, 4, ['2 repeated-answer'], undefined])
    frank.say = () => ({})
    const again = await world.build(config(), one)
    expect([again.result?.exitCode, again.calls.length, world.rows()?.length]).toEqual([0, 2, 4])
    expect((await world.build(config(), one)).calls).toEqual([])
  })

  it('is found out also when both come at one moment, before either is durable', async () => {
    using world = new World(new Frank())
    ;(world.provider as Frank).say = replay
    const built = await world.build(config(), { concurrency: 4 })
    expect([built.result?.exitCode, problems(built), world.rows()]).toEqual([1, ['2 repeated-answer'], undefined])
  })

  it('also takes back what later steps were asked about', async () => {
    using world = new World(new Frank())
    const frank = world.provider as Frank
    const steps = {
      draft: { ask: 'm', prompt: 'Draft {{ cell.topic }}.' },
      answer: { ask: 'm', prompt: 'Improve: {{ steps.draft }}' },
    }
    const two = config({}, { recipe: { ...(config().recipe as object), steps } as never })
    // The drafts of csv and toml come with one id; csv is finished by then.
    frank.say = (_, prompt) =>
      /Draft (csv|toml)/.test(prompt) ? { id: 'chatcmpl-the-same-0123456789', content: 'one draft' } : { content: `on ${prompt}` }
    const built = await world.build(two, one)
    expect([built.result?.end.counts.accepted, problems(built)]).toEqual([2, ['2 repeated-answer']])
    frank.say = (_, prompt) => ({ content: `now ${prompt}` })
    expect([(await world.build(two, one)).result?.exitCode, world.rows()?.length]).toEqual([0, 4])
  })

  it.each([
    ['the same for all', () => ({ id: 'chatcmpl-constant-0123456789' })],
    ['missing', () => ({ id: '' })],
    ['short, as Ollama’s', () => ({ id: 'chatcmpl-7', content: 'yes' })],
  ])('says nothing where ids are %s', async (_, say) => {
    using world = new World(new Frank())
    ;(world.provider as Frank).say = say
    const built = await world.build(config(), one)
    expect([built.result?.exitCode, world.rows()?.length]).toEqual([0, 4])
  })
})

describe('a prompt that the server cut (H27)', () => {
  const LONG = 'The quick brown fox jumps over the lazy dog, and the dog does not mind. '.repeat(200)
  const long = (model: Partial<Model> = {}) =>
    config(model, { dimensions: { topic: ['short', { id: 'long', guide: LONG }] }, recipe: guided() })
  const guided = () => ({ ...(config().recipe as object), steps: { answer: { ask: 'm', prompt: 'About {{ guide.topic }}.' } } }) as never

  it('is paid for and no row, and is asked again when the server has been mended', async () => {
    using world = new World(new Frank())
    const frank = world.provider as Frank
    frank.say = (_, prompt) => ({ input: Math.min(900, Math.ceil(prompt.length / 4)) })
    const built = await world.build(long(), { ...one, price: { input: 1, output: 1 } })
    expect([built.result?.exitCode, built.calls.length, built.result?.end.usage.inputTokens]).toEqual([1, 2, 903])
    expect(built.result?.end.problems).toEqual([
      {
        code: 'prompt-truncated',
        count: 1,
        message: 'the server read 900 of about 3,400 tokens: it cut the prompt; raise its context length (num_ctx), or send less',
      },
    ])
    frank.say = (_, prompt) => ({ input: Math.ceil(prompt.length / 4) })
    const again = await world.build(long(), one)
    expect([again.result?.exitCode, again.calls.length, world.rows()?.length]).toEqual([0, 1, 2])
  })

  it('is a row where the config says so', async () => {
    using world = new World(new Frank())
    ;(world.provider as Frank).say = () => ({ input: 100 })
    expect((await world.build(long({ truncatedPrompts: 'accept' }), one)).result?.exitCode).toBe(0)
  })
})

describe('from the command line', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.close())

  it('a pinned model that moved ends the build with both names and what to do; status names snapshots that share the rows', async () => {
    const answer = (model: string, content: string) =>
      JSON.stringify({
        id: content,
        model,
        choices: [{ message: { content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 9, completion_tokens: 3 },
      })
    const answers = (last: string) =>
      server.script({
        rules: TOPICS.map((topic) => ({
          contains: `About ${topic}`,
          fault: { kind: 'body' as const, body: answer(topic === 'xml' ? last : A, topic) },
        })),
      })
    const written = (pin: boolean) => JSON.stringify(config({ baseUrl: server.url, ...(pin ? { pin } : {}) }, { concurrency: 1 }))
    await answers(B)
    using at = new Project({ 'datagen.config.json': written(true) })
    const pinned = await at.run('build')
    expect(pinned.code).toBe(3)
    expect(pinned.stderr).toContain(`"m" is pinned to "${A}", and "${B}" answered`)
    expect(pinned.stderr).toContain(`pin: '${B}'`)
    at.write('datagen.config.json', written(false))
    const free = await at.run('build')
    expect([free.code, (await server.requests()).length]).toEqual([0, 5])
    const status = await at.run('status')
    expect(status.stdout).toContain(`openai:m answered under 2 names: ${A} (3 rows), ${B} (1 row)`)
    expect(JSON.parse((await at.run('status', '--json')).stdout).models).toEqual([
      { model: 'm', use: 'openai:m', answered: { [A]: 3, [B]: 1 } },
    ])
  })
})
