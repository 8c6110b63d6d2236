/** Choosing a provider, and looking for one. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import { createProvider } from '../../../src/generate/providers/create.ts'
import { probeModels } from '../../../src/generate/providers/probe.ts'
import { parseDuration } from '../../../src/generate/retry-hint.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { DatagenError } from '../../../src/util/diagnostic.ts'
import { keyed } from '../../rig/credentials.ts'
import { startServer, type TestServer } from '../../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ script: { models: ['qwen3:8b', 'llama'] } })
})
afterAll(() => server.close())

const spec = (changes: Partial<ModelSpec>): ModelSpec => ({
  name: 'writer',
  provider: 'openai',
  model: 'gpt-5-mini',
  identity: 'openai',
  apiKeyEnv: 'OPENAI_API_KEY',
  params: {},
  structured: 'json_schema',
  timeoutMs: 1_000,
  ...changes,
})
const create = (changes: Partial<ModelSpec>, apiKey?: string) =>
  createProvider(spec(changes), { credentials: keyed(apiKey), clock: systemClock, connections: 1 })

async function problem(changes: Partial<ModelSpec>, apiKey?: string) {
  try {
    await create(changes, apiKey)
  } catch (error) {
    if (error instanceof DatagenError) return { exitCode: error.exitCode, ...error.diagnostics[0] }
    throw error
  }
  throw new Error('expected a problem')
}

test('a missing key names its variable', async () => {
  for (const empty of [undefined, '', '  ']) {
    expect(await problem({}, empty)).toMatchObject({
      exitCode: 3,
      code: 'provider/missing-key',
      headline: 'the model "writer" needs an API key, and OPENAI_API_KEY is not set',
    })
  }
})

test('a key with characters that no key has is refused without being shown', async () => {
  const found = await problem({}, 'sk-secret\nsk-other')
  expect([found.exitCode, found.code, JSON.stringify(found).includes('secret')]).toEqual([3, 'provider/malformed-key', false])
})

test('a header whose variable is not set, or holds what no header can, is told by its name', async () => {
  const headers = { 'x-gateway': { env: 'X-GATEWAY' } }
  const unset = createProvider(spec({ headers }), {
    credentials: { ...keyed('sk-key'), unset: [{ header: 'x-gateway', env: 'GATEWAY_SECRET' }] },
    clock: systemClock,
    connections: 1,
  })
  await expect(unset).rejects.toMatchObject({
    exitCode: 3,
    diagnostics: [
      { code: 'provider/missing-header', headline: 'the model "writer" sends the header "x-gateway", and GATEWAY_SECRET is not set' },
    ],
  })
  const strange = createProvider(spec({ headers }), {
    credentials: keyed('sk-key', { 'x-gateway': 'se\ncret' }),
    clock: systemClock,
    connections: 1,
  })
  const failure = await strange.catch((error: unknown) => error as DatagenError)
  expect(failure).toMatchObject({ exitCode: 3, diagnostics: [{ code: 'provider/malformed-header' }] })
  expect(JSON.stringify(failure)).not.toContain('cret')
})

test('a server of one’s own that names no variable needs no key, and simulated needs nothing', async () => {
  const { apiKeyEnv: _, ...own } = spec({ baseUrl: server.url })
  expect((await createProvider(own, { clock: systemClock, connections: 1 })).simulated).toBe(false)
  expect((await create({ provider: 'simulated' })).simulated).toBe(true)
})

test('models are listed where a server answers', async () => {
  expect(await probeModels(server.url)).toEqual(['qwen3:8b', 'llama'])
  expect(await probeModels(`${server.url}/`)).toEqual(['qwen3:8b', 'llama'])
  expect(await probeModels(`http://127.0.0.1:${server.port}/nothing`)).toBe(undefined)
  expect(await probeModels('http://127.0.0.1:1/v1')).toBe(undefined)
  expect(await probeModels('nonsense')).toBe(undefined)
})

test.each<[string, number | undefined]>([
  ['1s', 1_000],
  ['6m0s', 360_000],
  ['1h0m3.5s', 3_603_500],
  ['12ms', 12],
  ['250us', 0.25],
  ['7', 7_000],
  ['', undefined],
  ['-1s', undefined],
  ['1 s', undefined],
  ['1d', undefined],
  ['s', undefined],
])('the duration %j is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})
