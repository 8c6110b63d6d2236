/** `datagen doctor`: one screen that says whether a build can begin, and what to do where it cannot. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BIN, Project, type Ran } from '../rig/project.ts'

interface Check {
  readonly id: string
  readonly level: string
  readonly text: string
  readonly fix?: string
}
interface Screen {
  readonly exitCode: number
  readonly sections: readonly { readonly title: string; readonly checks: readonly Check[] }[]
}

type Answer = (request: IncomingMessage, body: string) => { status?: number; headers?: Record<string, string>; body: unknown }

let server: Server
let url: string
let answer: Answer
let questions: string[]

const MODELS = { object: 'list', data: [{ id: 'gpt-5-mini' }, { id: 'gpt-5' }] }
const completion = (content: string, extra: object = {}) => ({
  id: 'c1',
  model: 'gpt-5-mini',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
  usage: { prompt_tokens: 30, completion_tokens: 12 },
  ...extra,
})

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      if (request.method === 'POST') questions.push(body)
      const { status = 200, headers = {}, body: said } = answer(request, body)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(said))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
afterAll(() => void server.close())
beforeEach(() => {
  questions = []
  answer = () => ({ body: MODELS })
})

const config = (model: object = {}, step: object = {}, more: object = {}) =>
  JSON.stringify({
    name: 'doctor',
    models: { writer: { use: 'openai:gpt-5-mini', baseUrl: url, apiKeyEnv: 'OPENAI_API_KEY', price: { input: 1, output: 2 }, ...model } },
    dimensions: { topic: ['csv', 'json'] },
    recipe: {
      steps: { answer: { ask: 'writer', prompt: 'Explain {{ cell.topic }}.', ...step } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    ...more,
  })

const screen = ({ stdout }: Ran) => JSON.parse(stdout) as Screen
const found = (seen: Screen, id: string) => seen.sections.flatMap(({ checks }) => checks).find((check) => check.id === id)
const worse = (seen: Screen) =>
  seen.sections.flatMap(({ checks }) => checks).flatMap(({ id, level }) => (level === 'ok' ? [] : [`${id} ${level}`]))

describe('a machine and a config that can build', () => {
  it('are said to be ready, without a question and without the key', async () => {
    answer = () => ({ body: MODELS, headers: { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-limit-tokens': '200000' } })
    using at = new Project({ 'datagen.config.json': config({ temperature: 0.5 }) }, { OPENAI_API_KEY: 'sk-very-secret-0123456789' })
    const ran = await at.run('doctor')
    expect([ran.code, ran.stderr, questions]).toEqual([0, '', []])
    expect(ran.stdout).toContain(' ready to build\n')
    expect(ran.stdout).toContain('OPENAI_API_KEY is set')
    expect(ran.stdout).toContain('it has "gpt-5-mini"')
    expect(ran.stdout).toContain('$1 in, $2 out for a million tokens, by the config')
    expect(ran.stdout).toContain('500 requests and 200,000 tokens a minute, by the server')
    expect(ran.stdout).not.toContain('very-secret')
    // Nothing was made.
    expect(at.has('.datagen')).toBe(false)
  })
})

describe('what is wrong with a model', () => {
  it.each([
    ['a near miss', { use: 'openai:gpt-5-minni' }, () => ({ body: MODELS }), 'model problem', 'did you mean "gpt-5-mini"?'],
    [
      'a wrong key',
      {},
      () => ({ status: 401, body: { error: { message: 'Incorrect API key provided: sk-test', code: 'invalid_api_key' } } }),
      'access problem',
      'put a key that is valid there into OPENAI_API_KEY',
    ],
    ['a variable that is not set', { apiKeyEnv: 'NOT_SET' }, () => ({ body: MODELS }), 'key problem', 'set it in the environment'],
    [
      'a header whose variable is not set',
      { headers: { 'x-gateway': { env: 'NOT_SET' } } },
      () => ({ body: MODELS }),
      'header problem',
      'set it in the environment',
    ],
    ['a server without a list', {}, () => ({ status: 404, body: { error: { message: 'no' } } }), 'model warning', undefined],
    [
      'a clock that is a day off',
      {},
      () => ({ body: MODELS, headers: { date: 'Mon, 02 Jan 2023 03:04:05 GMT' } }),
      'clock warning',
      'set the clock',
    ],
    [
      'an unknown price',
      { price: undefined, use: 'openai:nobody-knows-it' },
      () => ({ body: { data: [{ id: 'nobody-knows-it' }] } }),
      'price warning',
      'price:',
    ],
  ] as [string, object, Answer, string, string | undefined][])('%s', async (_, model, says, expected, fix) => {
    answer = says
    using at = new Project({ 'datagen.config.json': config(model) })
    const ran = await at.run('doctor', '--json')
    const seen = screen(ran)
    expect(worse(seen)).toEqual([expected])
    expect([ran.code, seen.exitCode]).toEqual(expected.endsWith('problem') ? [3, 3] : [0, 0])
    if (fix !== undefined) expect(found(seen, expected.split(' ')[0] as string)?.fix).toContain(fix)
  })

  it('a name that is not listed, and that the server has', async () => {
    answer = ({ url: path }) => ({ body: path?.endsWith('/models/org%2Falias') ? { id: 'org/alias' } : MODELS })
    using at = new Project({ 'datagen.config.json': config({ use: 'openai:org/alias' }) })
    const ran = await at.run('doctor', '--json')
    expect([ran.code, found(screen(ran), 'model')?.text]).toEqual([0, 'it has "org/alias"'])
  })

  it('a dead server', async () => {
    using at = new Project({ 'datagen.config.json': config({ baseUrl: 'http://127.0.0.1:9/v1' }) })
    const ran = await at.run('doctor', '--json')
    expect([ran.code, worse(screen(ran))]).toEqual([3, ['server problem']])
  })

  it('names that a server sends cannot touch the terminal', async () => {
    answer = () => ({ body: { data: [{ id: '\u001b]52;c;aGk=\u0007evil\u202e' }, { id: 7 }, null] } })
    using at = new Project({ 'datagen.config.json': config() })
    const ran = await at.run('doctor')
    expect(ran.code).toBe(3)
    expect(ran.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
  })
})

describe('where there is less to look at', () => {
  it('a broken config is shown with its place, and the rest is looked at all the same', async () => {
    using at = new Project({ 'datagen.config.json': config({ temperatur: 1 }) })
    const ran = await at.run('doctor')
    expect(ran.code).toBe(2)
    expect(ran.stdout).toContain('did you mean "temperature"?')
    expect(ran.stdout).toContain(' store\n')
    using empty = new Project()
    expect(await empty.run('doctor')).toMatchObject({ code: 2, stdout: expect.stringContaining('datagen init') })
  })

  it('a damaged store is a problem of the store', async () => {
    using at = new Project({
      'datagen.config.json': config({ use: 'simulated', baseUrl: undefined, apiKeyEnv: undefined, price: undefined }),
    })
    expect((await at.run('build', '--reporter', 'silent')).code).toBe(0)
    expect(found(screen(await at.run('doctor', '--json')), 'store')?.text).toMatch(/^2 answers, .*; format 3$/)
    writeFileSync(at.path('.datagen/store.db'), Buffer.alloc(8192, 7))
    const ran = await at.run('doctor', '--json')
    expect([ran.code, worse(screen(ran))]).toEqual([6, ['store problem']])
  })

  it('a concurrency beyond the open files is told', async () => {
    using at = new Project({ 'datagen.config.json': config({}, {}, { concurrency: 2000 }) })
    const { stdout } = await execa('sh', ['-c', 'ulimit -n 160; exec "$0" "$1" doctor --json', process.execPath, BIN], {
      cwd: at.root,
      env: at.env,
      extendEnv: false,
      reject: false,
    })
    expect(found(screen({ code: 0, stderr: '', stdout }), 'concurrency')).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('96 at once'),
    })
  })
})

describe('--probe', () => {
  const SCHEMA = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false }
  const model = { seed: 7, temperature: 1, maxTokens: 400, extra: { top_k: 3 } }

  it('says what it costs and asks nothing without a yes', async () => {
    using at = new Project({ 'datagen.config.json': config(model, { schema: SCHEMA }) })
    const ran = await at.run('doctor', '--probe', '--json')
    expect(questions).toEqual([])
    expect(found(screen(ran), 'probe')).toMatchObject({
      level: 'warning',
      text: expect.stringMatching(/^not asked: 3 small calls for about \$0\.00\d+$/),
    })
  })

  it('asks once, shows what is honoured and what is not, and keeps what was paid for out of every dataset', async () => {
    // The seed does nothing; the schema and the limit do.
    let n = 0
    answer = (request, body) => {
      if (request.method === 'GET') return { body: MODELS }
      n++
      if (!body.includes('response_format'))
        return {
          body: completion('one two', {
            choices: [{ index: 0, finish_reason: 'length', message: { role: 'assistant', content: 'one two' } }],
          }),
        }
      return { body: completion(JSON.stringify({ sentence: `sentence ${n}`, number: n })) }
    }
    using at = new Project({ 'datagen.config.json': config(model, { schema: SCHEMA }) })
    const ran = await at.run('doctor', '--probe', '--yes', '--json')
    const seen = screen(ran)
    expect([ran.code, questions.length]).toEqual([0, 3])
    expect(found(seen, 'field:seed')).toMatchObject({ level: 'warning', text: expect.stringContaining('answered differently') })
    expect(found(seen, 'fields')?.text).toMatch(
      /honours `max_completion_tokens` and `response_format`; it accepts `temperature` and `top_k`/,
    )
    // Asked again it is free, and the plan knows it too.
    expect(found(screen(await at.run('doctor', '--probe', '--json')), 'probe')?.text).toBe('asked before: nothing to pay')
    expect(questions.length).toBe(3)
    const plan = JSON.parse((await at.run('plan', '--json')).stdout) as { warnings: { code: string }[]; buy: { items: number } }
    expect([plan.warnings.map(({ code }) => code), plan.buy.items]).toEqual([['provider/ignored-field'], 2])
  })

  it('shows what is refused, and that nothing else was asked', async () => {
    answer = (request) =>
      request.method === 'GET' ? { body: MODELS } : { status: 400, body: { error: { message: 'Unknown parameter', param: 'top_k' } } }
    using at = new Project({ 'datagen.config.json': config(model) })
    const ran = await at.run('doctor', '--probe', '--yes', '--json')
    expect([ran.code, questions.length]).toEqual([3, 1])
    expect(found(screen(ran), 'field:top_k')).toMatchObject({ level: 'problem', fix: 'leave out `extra.top_k` in models.writer' })
  })
})
