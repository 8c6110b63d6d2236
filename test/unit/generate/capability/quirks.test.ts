import { expect, it } from 'vitest'
import type { AskSpec, ModelSpec } from '../../../../src/config/dataset.ts'
import { PROVIDERS } from '../../../../src/config/providers.ts'
import { quirksOf } from '../../../../src/generate/capability/quirks.ts'
import { wireUse } from '../../../../src/generate/capability/use.ts'

const step = (provider: string, params: ModelSpec['params'], structured: ModelSpec['structured'] = 'json_schema', schema?: object) =>
  wireUse({
    kind: 'ask',
    name: 'answer',
    messages: () => [],
    model: { name: 'writer', provider, model: 'm', identity: provider, params, structured, timeoutMs: 1 },
    ...(schema ? { schema } : {}),
  } as AskSpec)
const found = (...of: Parameters<typeof step>) => quirksOf(step(...of)).map(({ field, verdict }) => `${field} ${verdict}`)

it('what a provider is known not to honour is found for what a step sends, and for nothing else', () => {
  expect(found('anthropic', { seed: 1, temperature: 1 }, 'json_schema', {})).toEqual(['seed ignored', 'response_format ignored'])
  expect(found('anthropic', { temperature: 1.2 })).toEqual(['temperature ignored'])
  expect(found('anthropic', {}, 'prompt', {})).toEqual([])
  expect(found('mistral', { seed: 1 })).toEqual(['seed refused'])
  expect(found('deepseek', {}, 'json_schema', {})).toEqual(['response_format refused'])
  expect(found('deepseek', {}, 'json_object', {})).toEqual([])
  expect(found('lmstudio', {}, 'json_object', {})).toEqual(['response_format refused'])
  expect(found('ollama', { num_ctx: 1, max_completion_tokens: 1, max_tokens: 1 })).toEqual([
    'num_ctx ignored',
    'max_completion_tokens ignored',
  ])
  expect(found('openai', { seed: 1, temperature: 2 }, 'json_schema', {})).toEqual([])
})

it('the shorthands are those of the docs, each with an address or an example of one', () => {
  expect(Object.keys(PROVIDERS)).toEqual(
    'openai azure anthropic gemini openrouter together groq fireworks mistral deepseek ollama lmstudio vllm sglang llamacpp'.split(' '),
  )
  for (const { baseUrl, like, apiKeyEnv, local } of Object.values(PROVIDERS)) {
    expect(URL.canParse(baseUrl ?? like ?? '')).toBe(true)
    // Whoever sends bills wants a key.
    expect(apiKeyEnv === undefined).toBe(local === true)
  }
})
