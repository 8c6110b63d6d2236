/** An API key goes to its server and nowhere else, wherever it comes from and whatever the server does with it. */
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Project, type Ran } from '../rig/project.ts'
import { type Fault, startServer, type TestServer } from '../rig/server.ts'

// Not shaped like a key: only who knows it can take it out.
const KEY = 'canary-0123456789abcdefghij'
const PART = 'canary-0123'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())
beforeEach(() => server.reset())

const config = (model: object = {}) =>
  JSON.stringify({
    name: 'secrets',
    concurrency: 1,
    models: { default: { use: 'openai:m', baseUrl: server.url, apiKeyEnv: 'MY_KEY', ...model } },
    dimensions: { topic: ['csv'] },
    recipe: {
      steps: {
        answer: { ask: 'default', prompt: 'Explain {{ cell.topic }}.' },
        seen: { run: ['node', 'print-environment.mjs'], env: ['MINE'] },
      },
      example: {
        messages: [
          { role: 'user', content: '{{ steps.answer }}' },
          { role: 'assistant', content: '{{ steps.seen }}' },
        ],
      },
    },
  })

const PRINT = 'process.stdin.resume().on("end", () => console.log(JSON.stringify(JSON.stringify(process.env))))'

function project(model: object, env: Record<string, string>, files: Record<string, string> = {}): Project {
  return new Project({ 'datagen.config.json': config(model), 'print-environment.mjs': PRINT, ...files }, { MINE: 'mine', ...env })
}

/** Files that hold the key, among all that are there; `.env` is the user's own. */
async function holders(at: Project): Promise<string[]> {
  const found = await execa('grep', ['-rla', '--exclude=.env', PART, at.root], { reject: false })
  return found.stdout.split('\n').filter((line) => line !== '')
}
const said = ({ stdout, stderr }: Ran) => stdout + stderr

describe.each([
  ['the environment', { MY_KEY: KEY }, {}],
  ['.env', {}, { '.env': `MY_KEY=${KEY}\n` }],
] as const)('a key of %s', (_, env, files) => {
  it('reaches its server; no file, no output and no command that a recipe runs', async () => {
    using at = project({}, env, files)
    const built = await at.run('build', '--json')
    expect([built.code, built.stderr]).toEqual([0, ''])
    expect((await server.requests()).map(({ authorization }) => authorization)).toEqual([`Bearer ${KEY}`])
    expect([said(built).includes(PART), await holders(at)]).toEqual([false, []])
    // The command did print what it sees.
    expect(at.read('data/train.jsonl')).toContain('mine')
    for (const command of [
      ['plan'],
      ['status', '--costs'],
      ['show'],
      ['explain', 'csv'],
      ['cache', 'stats'],
      ['doctor'],
      ['jobs', '--all'],
    ])
      expect(said(await at.run(...command))).not.toContain(PART)
  })
})

it.each([
  ['in a batch job', { transport: 'batch' }],
  ['by the Responses API', { api: 'responses' }],
  ['in pieces', { stream: true }],
  ['by the doctor', { seed: 1, temperature: 0.5 }, ['doctor', '--probe', '--yes']],
] as const)('asked %s, a key is nowhere either', async (_, model, command: readonly string[] = ['build', '--json']) => {
  await server.script({ models: ['m'] })
  using at = project(model, { MY_KEY: KEY })
  for (let times = 0; times < 2; times++) {
    const ran = await at.run(...command)
    expect([ran.code, said(ran).includes(PART), await holders(at)]).toEqual([0, false, []])
  }
  expect(at.has('.datagen/store.db')).toBe(true)
})

it.each([
  ['online', {}],
  ['in a batch job', { transport: 'batch' }],
])('a secret header, asked %s, is nowhere; another value buys nothing again', async (_, model) => {
  await server.script({ models: ['m'] })
  const headers = { 'CF-Access-Client-Secret': { env: 'GATEWAY' }, 'x-title': 'mine' }
  using at = project({ ...model, headers }, { MY_KEY: 'sk-plain-0123456789', GATEWAY: KEY })
  for (let times = 0; times < 2; times++) {
    const built = await at.run('build', '--json')
    expect([built.code, said(built).includes(PART), await holders(at)]).toEqual([0, false, []])
  }
  const before = await server.requests()
  for (const request of before) expect([request.headers['cf-access-client-secret'], request.headers['x-title']]).toEqual([KEY, 'mine'])
  for (const command of [['doctor'], ['jobs', '--all']]) expect(said(await at.run(...command))).not.toContain(PART)
  at.env['GATEWAY'] = 'another-9876543210'
  const again = await at.run('build')
  expect([again.code, said(again).includes('Up to date'), (await server.requests()).length]).toEqual([0, true, before.length])
})

it('a key in a prompt is neither stored nor sent: the build ends before it', async () => {
  const text = `export default { ...${config()}, recipe: {
    steps: { answer: { ask: 'default', prompt: () => 'Explain ' + process.env.MY_KEY } },
    example: ({ steps }) => ({ messages: [{ role: 'user', content: 'q' }, { role: 'assistant', content: steps.answer }] }),
  } }`
  using at = new Project({ 'datagen.config.mjs': text }, { MY_KEY: KEY })
  const built = await at.run('build')
  expect([built.code, said(built).includes(PART), await holders(at), await server.requests()]).toEqual([3, false, [], []])
  expect(said(built)).toContain('what step "answer" asks holds an API key or a secret header; it was neither stored nor sent')
})

it('a new key buys nothing again', async () => {
  using at = project({}, { MY_KEY: KEY })
  expect((await at.run('build')).code).toBe(0)
  at.env['MY_KEY'] = 'sk-another-9876543210'
  expect((await at.run('build')).code).toBe(0)
  expect((await server.requests()).length).toBe(1)
})

describe('a server that gives the key back', () => {
  const echo = JSON.stringify({ error: { message: `no, ${KEY} is not valid; Authorization: Bearer ${KEY}` } })
  it.each<[string, Fault, number]>([
    ['in an error', { kind: 'status', status: 401, body: echo }, 3],
    ['in a refusal', { kind: 'status', status: 400, body: echo }, 1],
    ['in an answer', { kind: 'content', content: `your key is ${KEY}` }, 3],
    [
      'in headers',
      { kind: 'status', status: 400, headers: { 'x-ratelimit-limit-requests': KEY, 'retry-after': KEY, 'x-request-id': KEY } },
      1,
    ],
    ['in a redirect', { kind: 'redirect', status: 307, location: `http://127.0.0.1:1/?key=${KEY}` }, 3],
    ['in an error inside a 200', { kind: 'body', body: echo }, 3],
  ])('%s', async (_, fault, exitCode) => {
    using at = project({}, { MY_KEY: KEY })
    await server.script({ rules: [{ fault }] })
    const built = await at.run('build', '--json')
    expect([built.code, said(built).includes(PART), await holders(at)]).toEqual([exitCode, false, []])
  })
})

it.each([
  ['the user part of a base URL', (url: string) => ({ baseUrl: url.replace('//', `//me:${KEY}@`) })],
  ['the query of a base URL', (url: string) => ({ baseUrl: `${url}?key=${KEY}` })],
  ['the name of the variable', () => ({ apiKeyEnv: KEY })],
])('%s is refused without being shown', async (_, model) => {
  using at = project(model(server.url), {})
  const built = await at.run('build')
  expect([built.code, said(built).includes(PART), (await server.requests()).length]).toEqual([2, false, 0])
})
