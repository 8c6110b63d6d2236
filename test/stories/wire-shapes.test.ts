/** One dataset by every protocol: chat completions and responses, whole and in pieces, over real HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Model } from '../../schema/config.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())
beforeEach(() => server.reset())

const TOPICS = ['csv', 'json', 'xml']
const TOOLS = [{ type: 'function', function: { name: 'search', parameters: { type: 'object', properties: { q: { type: 'string' } } } } }]
const SCHEMA = { type: 'object', properties: { q: { type: 'string' } }, required: ['q'], additionalProperties: false }
const VERDICT = JSON.stringify({ helpful: { reasoning: 'It is.', level: 'good' } })

const model = (more: Partial<Model> = {}) => ({
  use: 'openai:m',
  baseUrl: server.url,
  maxTokens: 200,
  price: { input: 1, output: 2 },
  ...more,
})
const config = (more: Partial<Model>, recipe: object = plain()) =>
  JSON.stringify({
    name: 'shapes',
    models: { m: model(more) },
    dimensions: { topic: TOPICS },
    recipe,
    outputs: { train: { format: 'openai-chat', path: 'data/train.jsonl' } },
  })
const plain = () => ({
  steps: { answer: { ask: 'm', system: 'Be brief.', prompt: 'Explain {{ cell.topic }}.' } },
  example: {
    messages: [
      { role: 'user', content: '{{ cell.topic }}' },
      { role: 'assistant', content: '{{ steps.answer }}' },
    ],
  },
})
const CONFIG = 'datagen.config.json'
const requests = async () => (await server.requests()).map(({ path, body }) => ({ path, body: JSON.parse(body) }))
const endOf = (stdout: string) => JSON.parse(stdout.trimEnd().split('\n').at(-1) as string)
const WAYS = [
  ['chat', {}],
  ['chat in pieces', { stream: true }],
  ['responses', { api: 'responses' }],
  ['responses in pieces', { api: 'responses', stream: true }],
] as const

it.each(WAYS)('%s: rows, tokens and money are those of the server', async (_, more) => {
  using at = new Project({ [CONFIG]: config(more) })
  const built = await at.run('build', '--json', '--budget', '1')
  expect([built.code, at.lines('data/train.jsonl').length]).toEqual([0, 3])
  const seen = await requests()
  const responses = 'api' in more
  expect(seen.map(({ path }) => path)).toEqual(TOPICS.map(() => (responses ? '/v1/responses' : '/v1/chat/completions')))
  const stream = 'stream' in more
  expect(seen[0]?.body).toMatchObject(
    stream ? { stream: true } : responses ? { store: false, instructions: 'Be brief.' } : { max_completion_tokens: 200 },
  )
  expect(seen[0]?.body.stream_options).toEqual(stream && !responses ? { include_usage: true } : undefined)
  const { usage } = endOf(built.stdout)
  expect(usage.estimated).toBe(false)
  expect(usage.usd).toBeCloseTo((usage.inputTokens + 2 * usage.outputTokens) / 1e6, 12)
  expect((await at.run('build')).code).toBe(0)
  expect((await requests()).length).toBe(3)
})

it('turning pieces on or off asks for nothing; another protocol asks for everything, and says why', async () => {
  using at = new Project({ [CONFIG]: config({}) })
  await at.run('build')
  const rows = at.read('data/train.jsonl')
  at.write(CONFIG, config({ stream: true }))
  expect((await at.run('build', '--frozen')).code).toBe(0)
  expect([at.read('data/train.jsonl'), (await requests()).length]).toEqual([rows, 3])
  at.write(CONFIG, config({ api: 'responses' }))
  const plan = await at.run('plan', '--json')
  expect(JSON.stringify(JSON.parse(plan.stdout))).toContain('the system prompt')
  expect((await at.run('build')).code).toBe(0)
  expect((await requests()).length).toBe(6)
  // Back again: the first answers are still there.
  at.write(CONFIG, config({}))
  expect([(await at.run('build')).code, at.read('data/train.jsonl'), (await requests()).length]).toEqual([0, rows, 6])
})

it.each(WAYS)('%s: a shape, a tool, a conversation with what it came to', async (_, more) => {
  await server.script({
    answers: [
      { contains: 'Write a question', content: '{"q":"how?"}' },
      { contains: 'Search for', content: 'nothing to look up' },
    ],
  })
  const recipe = {
    steps: {
      question: { ask: 'm', prompt: 'Write a question about {{ cell.topic }}.', schema: SCHEMA },
      called: { ask: 'm', prompt: 'Search for {{ steps.question.q }} {{ cell.topic }}', tools: TOOLS },
    },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.question.q }} {{ cell.topic }}' },
        { role: 'assistant', content: '{{ steps.called }}' },
      ],
    },
  }
  using at = new Project({ [CONFIG]: config(more, recipe) })
  const built = await at.run('build')
  expect([built.code, built.stderr.includes('rejected')]).toEqual([0, false])
  const seen = await requests()
  const [asked, tools] = [seen.find(({ body }) => JSON.stringify(body).includes('Write a question')), seen.find(({ body }) => body.tools)]
  expect('api' in more ? asked?.body.text.format.schema : asked?.body.response_format.json_schema.schema).toEqual(SCHEMA)
  expect('api' in more ? tools?.body.tools[0].name : tools?.body.tools[0].function.name).toBe('search')
  expect(JSON.parse(at.lines('data/train.jsonl')[0] as string).messages[0].content).toMatch(/^how\? /)
})

it('a judge may be asked by responses, in pieces, where the writer is asked by chat', async () => {
  await server.script({ answers: [{ contains: 'helpful', content: VERDICT }] })
  const written = JSON.parse(config({}))
  written.models.judge = model({ api: 'responses', stream: true })
  const levels = ['bad', 'good'].map((id) => ({ id, guide: `It is ${id}.` }))
  written.checks = [
    { check: 'judge', by: 'judge', rubric: { criteria: [{ id: 'helpful', guide: 'Does it help?', pass: 'good', levels }] } },
  ]
  using at = new Project({ [CONFIG]: JSON.stringify(written) })
  const built = await at.run('build')
  expect([built.code, (await requests()).filter(({ path }) => path === '/v1/responses').length]).toEqual([0, 3])
})

describe('streams that go wrong', () => {
  it.each([
    ['chat', 'stream-cut', 'incomplete-stream'],
    ['responses', 'stream-error', 'server-error'],
    ['chat', 'stream-reset', 'connection-lost'],
  ] as const)('%s: %s is tried again, and is no answer meanwhile', async (api, kind, code) => {
    await server.script({ rules: [{ fault: { kind }, contains: 'csv', times: 1 }] })
    using at = new Project({ [CONFIG]: config({ api, stream: true }) })
    const built = await at.run('build', '--json')
    const events = built.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([built.code, events.flatMap((event) => (event.type === 'step-retry' ? [event.code] : []))]).toEqual([0, [code]])
    expect([(await requests()).length, at.lines('data/train.jsonl').length]).toEqual([4, 3])
  })

  it.each(['stream-comments', 'stream-line-ends', 'stream-split'] as const)('%s is an answer like any other', async (kind) => {
    await server.script({ rules: [{ fault: { kind } }], answers: [{ contains: 'csv', content: 'Zwölf 🌍 Sätze — 終わり.' }] })
    using at = new Project({ [CONFIG]: config({ stream: true }) })
    expect([(await at.run('build')).code, (await requests()).length]).toEqual([0, 3])
    expect(at.read('data/train.jsonl')).toContain('Zwölf 🌍 Sätze — 終わり.')
  })

  it('one that stalls is cut off and tried again', async () => {
    await server.script({ rules: [{ fault: { kind: 'stream-stall' }, contains: 'xml', times: 1 }] })
    using at = new Project({ [CONFIG]: config({ stream: true, limits: { idleSeconds: 1 } }) })
    const built = await at.run('build', '--json')
    expect([built.code, built.stdout.includes('"code":"idle-timeout"'), (await requests()).length]).toEqual([0, true, 4])
  })
})
