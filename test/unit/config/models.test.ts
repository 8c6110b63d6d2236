/** Models: providers, identities, wire parameters, keys. */
import { expect, test } from 'vitest'
import type { Model } from '../../../schema/config.ts'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import { resolveCredentials } from '../../../src/config/secrets.ts'
import { datasetOf } from './dataset.ts'
import { Project } from './project.ts'

async function model(given: Model | string): Promise<ModelSpec> {
  const { dataset } = await datasetOf({ models: { default: given } })
  return dataset.models.get('default') as ModelSpec
}

test('headers are texts, or named by the variable of a secret', async () => {
  const spec = await model({ use: 'openai:a', headers: { 'X-Title': 'datagen', 'CF-Access-Client-Secret': { env: 'CF_SECRET' } } })
  expect(spec.headers).toEqual({ 'x-title': 'datagen', 'cf-access-client-secret': { env: 'CF_SECRET' } })
  expect(resolveCredentials({ headers: spec.headers ?? {} }, { CF_SECRET: 'hidden' }, '/nowhere')).toEqual({
    headers: { 'x-title': 'datagen', 'cf-access-client-secret': 'hidden' },
    secrets: ['hidden'],
    unset: [],
  })
  expect(resolveCredentials({ headers: spec.headers ?? {} }, {}, '/nowhere')).toMatchObject({
    headers: { 'x-title': 'datagen' },
    unset: [{ header: 'cf-access-client-secret', env: 'CF_SECRET' }],
  })
})

test.each([
  [{ 'x y': 'a' }, 'a header has a name that HTTP does not know'],
  [{ Authorization: 'Bearer abcdefgh' }, '"authorization" is sent for `apiKeyEnv`'],
  [{ Host: 'a' }, 'the header "Host" is not for configs to set'],
  [{ a: 'b', A: 'c' }, 'the header "A" is given twice'],
  [{ 'x-api-key': 'abcdefgh' }, 'the header "x-api-key" holds a secret'],
  [{ 'helicone-auth': 'Bearer abcdefgh' }, 'the header "helicone-auth" holds a secret'],
  [{ 'x-note': 'two\nlines' }, 'the header "x-note" is not one line of plain ASCII text'],
  [{ 'x-note': { env: 'sk-abcdefgh' } }, '"env" of the header "x-note" is not the name of an environment variable'],
])('the headers %j are refused, and what they hold is not shown', async (headers, headline) => {
  const failure = await model({ use: 'openai:a', headers } as Model).catch((error: unknown) => error)
  expect(failure).toMatchObject({ diagnostics: [{ headline }] })
  expect(JSON.stringify((failure as { diagnostics: unknown }).diagnostics)).not.toContain('abcdefgh')
})

test.each([
  ['openai:gpt-5', 'openai', 'gpt-5', 'https://api.openai.com/v1', 'openai', 'OPENAI_API_KEY'],
  ['ollama:qwen3:8b', 'ollama', 'qwen3:8b', 'http://127.0.0.1:11434/v1', 'ollama', undefined],
  ['lmstudio:a/b', 'lmstudio', 'a/b', 'http://127.0.0.1:1234/v1', 'lmstudio', undefined],
  ['vllm:a', 'vllm', 'a', 'http://127.0.0.1:8000/v1', 'vllm', undefined],
  ['sglang:a', 'sglang', 'a', 'http://127.0.0.1:30000/v1', 'sglang', undefined],
  ['llamacpp:a', 'llamacpp', 'a', 'http://127.0.0.1:8080/v1', 'llamacpp', undefined],
  ['openrouter:meta/llama:free', 'openrouter', 'meta/llama:free', 'https://openrouter.ai/api/v1', 'openrouter', 'OPENROUTER_API_KEY'],
  ['together:a', 'together', 'a', 'https://api.together.xyz/v1', 'together', 'TOGETHER_API_KEY'],
  ['groq:a', 'groq', 'a', 'https://api.groq.com/openai/v1', 'groq', 'GROQ_API_KEY'],
  ['fireworks:a', 'fireworks', 'a', 'https://api.fireworks.ai/inference/v1', 'fireworks', 'FIREWORKS_API_KEY'],
  ['mistral:a', 'mistral', 'a', 'https://api.mistral.ai/v1', 'mistral', 'MISTRAL_API_KEY'],
  ['deepseek:a', 'deepseek', 'a', 'https://api.deepseek.com/v1', 'deepseek', 'DEEPSEEK_API_KEY'],
  ['gemini:a', 'gemini', 'a', 'https://generativelanguage.googleapis.com/v1beta/openai', 'gemini', 'GEMINI_API_KEY'],
  ['anthropic:a', 'anthropic', 'a', 'https://api.anthropic.com/v1', 'anthropic', 'ANTHROPIC_API_KEY'],
  ['simulated', 'simulated', 'simulated', undefined, 'simulated', undefined],
  ['simulated:fast', 'simulated', 'fast', undefined, 'simulated', undefined],
])('%s is understood', async (use, provider, name, baseUrl, identity, apiKeyEnv) => {
  const spec = await model(use)
  expect([spec.provider, spec.model, spec.baseUrl, spec.identity, spec.apiKeyEnv]).toEqual([provider, name, baseUrl, identity, apiKeyEnv])
})

test('a custom address is the identity, however it is spelled, unless one is given', async () => {
  const at = async (baseUrl: string, identity?: string) =>
    (await model({ use: 'openai:a', baseUrl, ...(identity ? { identity } : {}) })).identity
  expect(await at('http://LOCALHOST:80/v1/')).toBe('http://localhost/v1')
  expect(await at('http://localhost/v1')).toBe('http://localhost/v1')
  expect(await at('http://10.0.0.1:8000/v1', 'our-vllm')).toBe('our-vllm')
  expect(await at('https://api.openai.com/v1/')).toBe('openai')
})

test('azure is at an address of one’s own, with its usual key and its name for the token limit', async () => {
  const baseUrl = 'https://mine.openai.azure.com/openai/v1'
  const spec = await model({ use: 'azure:my-deployment', baseUrl: `${baseUrl}/`, maxTokens: 9 })
  expect([spec.baseUrl, spec.identity, spec.apiKeyEnv, spec.params]).toEqual([
    baseUrl,
    baseUrl,
    'AZURE_OPENAI_API_KEY',
    { max_completion_tokens: 9 },
  ])
  await expect(model('azure:my-deployment')).rejects.toMatchObject({
    diagnostics: [
      {
        code: 'config/base-url-missing',
        headline: '"azure" has no address of its own',
        hint: 'say which is yours, for example baseUrl: https://my-resource.openai.azure.com/openai/v1',
      },
    ],
  })
})

test('rates are told to the pace, and are no wire parameters', async () => {
  const spec = await model({ use: 'openai:a', requestsPerMinute: 500, tokensPerMinute: 200_000 })
  expect([spec.requestsPerMinute, spec.tokensPerMinute, spec.params]).toEqual([500, 200_000, {}])
})

test('slow calls are made twice only where the config says so, and that is no wire parameter', async () => {
  const hedge = async (given: Model['hedge'], more: Partial<Model> = {}) => {
    const spec = await model({ use: 'openai:a', ...(given === undefined ? {} : { hedge: given }), ...more })
    expect(spec.params).toEqual({})
    return spec.hedge
  }
  expect(await hedge(undefined)).toBe(undefined)
  expect(await hedge(false)).toBe(undefined)
  expect(await hedge(true)).toEqual({ atMost: 0.05 })
  expect(await hedge({})).toEqual({ atMost: 0.05 })
  expect(await hedge({ atMost: 0.01, afterSeconds: 20 }, { timeoutSeconds: 60 })).toEqual({ atMost: 0.01, afterMs: 20_000 })
})

test.each([
  [{ use: 'simulated', hedge: true }, 'not-simulated', 'a simulated model has no "hedge"'],
  [{ use: 'local:model.gguf', hedge: true }, 'not-for-local', 'a local model has no "hedge": no server is asked'],
  [
    { use: 'openai:a', transport: 'batch', hedge: true },
    'not-in-jobs',
    'requests of batch jobs have hours, and none of them is made twice',
  ],
  [
    { use: 'openai:a', timeoutSeconds: 30, hedge: { afterSeconds: 30 } },
    'hedge-too-late',
    'no call takes 30 seconds: each is given up after 30',
  ],
  [{ use: 'openai:a', hedge: { afterSeconds: 700 } }, 'hedge-too-late', 'no call takes 700 seconds: each is given up after 600'],
] as const)('a second call makes no sense for %j', async (given, code, headline) => {
  const diagnostics = await model(given).then(
    () => [],
    (error) => error.diagnostics,
  )
  expect(diagnostics).toContainEqual(expect.objectContaining({ code: `config/${code}`, headline }))
})

test("a custom address does not get the well-known provider's key unless asked", async () => {
  expect((await model({ use: 'openai:a', baseUrl: 'http://10.0.0.1/v1' })).apiKeyEnv).toBe(undefined)
  expect((await model({ use: 'openai:a', baseUrl: 'http://10.0.0.1/v1', apiKeyEnv: 'MY_KEY' })).apiKeyEnv).toBe('MY_KEY')
})

test('decoding parameters have their wire names, and extra fields pass as they are', async () => {
  const all = {
    temperature: 0.5,
    topP: 0.9,
    maxTokens: 9,
    seed: 1,
    stop: ['x'],
    frequencyPenalty: 1,
    presencePenalty: -1,
    reasoningEffort: 'low',
    extra: { top_k: 5 },
  } as const
  const wire = {
    temperature: 0.5,
    top_p: 0.9,
    seed: 1,
    stop: ['x'],
    frequency_penalty: 1,
    presence_penalty: -1,
    reasoning_effort: 'low',
    top_k: 5,
  }
  expect((await model({ use: 'openai:a', ...all, stop: ['x'] })).params).toEqual({ ...wire, max_completion_tokens: 9 })
  expect((await model({ use: 'vllm:a', ...all, stop: ['x'] })).params).toEqual({ ...wire, max_tokens: 9 })
  expect((await model('openai:a')).params).toEqual({})
})

test('of a simulated model, seed and tokens belong to the key; latency and faults do not', async () => {
  const simulate = { seed: 7, tokens: 30, latencyMs: 5, faults: { html: 0.1 } }
  const spec = await model({ use: 'simulated', simulate })
  expect([spec.params, spec.simulate]).toEqual([{ simulate: { seed: 7, tokens: 30 } }, simulate])
  expect((await model({ use: 'simulated', simulate: { latencyMs: 5 } })).params).toEqual({})
})

test('limits and prices are taken over', async () => {
  const spec = await model({ use: 'openai:a', timeoutSeconds: 1.5, structured: 'prompt', price: { input: 1, output: 2 } })
  expect([spec.timeoutMs, spec.structured, spec.price]).toEqual([1500, 'prompt', { input: 1, output: 2 }])
  const plain = await model('openai:a')
  expect([plain.timeoutMs, plain.structured, plain.price]).toEqual([600_000, 'json_schema', undefined])
})

test('a key comes from the environment, else from a .env beside the config', async () => {
  using project = new Project({ '.env': '# keys\nMY_KEY="from file"\nEMPTY=\n' })
  const spec = { apiKeyEnv: 'MY_KEY' }
  const resolveKey = (...asked: Parameters<typeof resolveCredentials>) => resolveCredentials(...asked).apiKey
  expect(resolveKey(spec, { MY_KEY: 'from environment' }, project.root)).toBe('from environment')
  expect(resolveKey(spec, { MY_KEY: '' }, project.root)).toBe('from file')
  expect(resolveKey({ apiKeyEnv: 'EMPTY' }, {}, project.root)).toBe(undefined)
  expect(resolveKey({}, { MY_KEY: 'x' }, project.root)).toBe(undefined)
  expect(resolveKey(spec, {}, '/nowhere')).toBe(undefined)
})

test.each([
  ['an OpenAI key', { OPENAI_API_KEY: 'k' }, ['m'], 0, 'openai:gpt-5-mini', undefined, 'OPENAI_API_KEY is set'],
  ['an Ollama with models', {}, ['qwen3:8b', 'other'], 1, 'ollama:qwen3:8b', true, 'no OPENAI_API_KEY, and Ollama answers on this machine'],
  ['an Ollama without models', {}, [], 1, 'simulated', true, 'no OPENAI_API_KEY, and the Ollama on this machine has no model'],
  ['nothing', {}, undefined, 1, 'simulated', false, 'no OPENAI_API_KEY, and no Ollama answers on this machine'],
] as const)('with %s and no model configured, one is chosen and the reason said', async (_what, env, ids, probes, use, ollama, why) => {
  const asked: string[] = []
  const probe = async (url: string) => {
    asked.push(url)
    return ids
  }
  const { dataset, chosenModel } = await datasetOf({}, env, probe)
  expect(chosenModel).toEqual({ use, why, ...(ollama === undefined ? {} : { ollama }) })
  expect(asked).toEqual(Array(probes).fill('http://127.0.0.1:11434/v1'))
  expect([...dataset.models.keys()]).toEqual(['default'])
  expect(dataset.models.get('default')).toMatchObject({ why, provider: use.split(':')[0] })
})

test('an OpenAI key in .env counts, and is in no read', async () => {
  using project = new Project({
    'datagen.config.yaml': 'name: x\ndimensions: { t: [a] }\nrecipe: { preset: singleTurn }\n',
    '.env': 'OPENAI_API_KEY=hunter2\n',
  })
  const loaded = await project.load()
  expect(loaded.chosenModel?.use).toBe('openai:gpt-5-mini')
  expect([...loaded.reads.files.keys()].filter((path) => path.endsWith('.env'))).toEqual([])
  expect([...loaded.reads.env.keys()]).toEqual([])
})

test('without a probe no server is asked, and the reason says so', async () => {
  expect((await datasetOf({})).chosenModel).toEqual({ use: 'simulated', why: 'no OPENAI_API_KEY, and no server was looked for' })
})

test('with models configured nothing is chosen', async () => {
  const { chosenModel } = await datasetOf({ models: { only: 'vllm:a' } }, { OPENAI_API_KEY: 'k' })
  expect(chosenModel).toBe(undefined)
})
