/** Requests to the Responses API: the same step asks the same thing there, in other words. */
import { expect, test } from 'vitest'
import type { Config, Model } from '../../../schema/config.ts'
import type { JsonObject } from '../../../schema/json.ts'
import type { AskSpec } from '../../../src/config/dataset.ts'
import { askRequest } from '../../../src/plan/render.ts'
import { datasetOf } from '../config/dataset.ts'

const context = { cell: {}, guide: {}, steps: {}, sample: 0 } as never

async function stepOf(model: Partial<Model>, step: object = {}): Promise<AskSpec> {
  const config = {
    models: { m: { use: 'openai:gpt-5', ...model } },
    recipe: {
      steps: { answer: { ask: 'm', system: 'Be brief.', prompt: 'Why?', ...step } },
      example: {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: '{{ steps.answer | json }}' },
        ],
      },
    },
  }
  const { dataset } = await datasetOf(config as Partial<Config>)
  return dataset.recipe.steps[0] as AskSpec
}
const bodyOf = async (model: Partial<Model>, step: object = {}, said: readonly JsonObject[] = []) =>
  askRequest(await stepOf({ api: 'responses', ...model }, step), context, said).body

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }
const parameters = { type: 'object', properties: { to: { type: 'string' } } }

test('system texts are instructions, the rest is input, and nothing is stored at the provider', async () => {
  expect(await bodyOf({})).toEqual({
    model: 'gpt-5',
    instructions: 'Be brief.',
    input: [{ role: 'user', content: 'Why?' }],
    store: false,
  })
})

test('settings have their names there', async () => {
  expect(
    await bodyOf({
      temperature: 1,
      topP: 0.5,
      maxTokens: 99,
      reasoningEffort: 'low',
      extra: { service_tier: 'flex', text: { verbosity: 'low' } },
    }),
  ).toEqual({
    model: 'gpt-5',
    instructions: 'Be brief.',
    input: [{ role: 'user', content: 'Why?' }],
    temperature: 1,
    top_p: 0.5,
    max_output_tokens: 99,
    reasoning: { effort: 'low' },
    service_tier: 'flex',
    text: { verbosity: 'low' },
    store: false,
  })
})

test.each([
  ['json_schema', { type: 'json_schema', name: 'answer', strict: true, schema }],
  ['json_object', { type: 'json_object' }],
  ['prompt', undefined],
] as const)('a schema, as %s', async (structured, format) => {
  const body = await bodyOf({ structured, extra: { text: { verbosity: 'low' } } }, { schema })
  expect(body['text']).toEqual({ verbosity: 'low', ...(format ? { format } : {}) })
  // In words where the server cannot be held to it: then before what the step says itself.
  const words =
    structured === 'json_schema'
      ? ''
      : `Answer with one JSON value that matches this JSON Schema, and nothing else:\n${JSON.stringify(schema)}\n\n`
  expect(body['instructions']).toBe(`${words}Be brief.`)
})

test('tools are flat, and strict only where the config says so', async () => {
  const tools = [
    { type: 'function', function: { name: 'send', description: 'Sends.', parameters } },
    { type: 'function', function: { name: 'stop', strict: true } },
  ]
  expect((await bodyOf({}, { tools }))['tools']).toEqual([
    { type: 'function', name: 'send', description: 'Sends.', parameters, strict: false },
    { type: 'function', name: 'stop', strict: true },
  ])
})

test('calls and what they came to are items of their own', async () => {
  const said = [
    {
      role: 'assistant',
      content: 'One moment.',
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'send', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'sent' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_2', type: 'function', function: { name: 'send', arguments: '{"to":"b"}' } }],
    },
    { role: 'system', content: 'Hurry.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'See' },
        { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } },
      ],
    },
  ]
  expect((await bodyOf({}, {}, said))['input']).toEqual([
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: 'One moment.' },
    { type: 'function_call', call_id: 'call_1', name: 'send', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'sent' },
    { type: 'function_call', call_id: 'call_2', name: 'send', arguments: '{"to":"b"}' },
    { role: 'system', content: 'Hurry.' },
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'See' },
        { type: 'input_image', image_url: 'https://x/y.png', detail: 'low' },
      ],
    },
  ])
})

test('streaming is on the wire and not in the request', async () => {
  for (const api of ['chat', 'responses'] as const)
    expect(askRequest(await stepOf({ api, stream: true }), context)).toEqual(askRequest(await stepOf({ api }), context))
})

test.each([
  ['seed', { seed: 1 }],
  ['stop', { stop: 'x' }],
  ['frequencyPenalty', { frequencyPenalty: 1 }],
  ['presencePenalty', { presencePenalty: 1 }],
])('"%s" has no field there, and that is said before anything is asked', async (key, model) => {
  await expect(stepOf({ api: 'responses', ...model })).rejects.toMatchObject({
    diagnostics: [{ code: 'config/not-in-responses', headline: `the Responses API has no field for "${key}"` }],
  })
})

test.each([
  ['input', { input: 'x' }],
  ['store', { store: true }],
  ['text', { text: { format: { type: 'text' } } }],
  ['reasoning', { reasoning: { effort: 'high' } }],
])('"extra" cannot set "%s"', async (key, extra) => {
  await expect(stepOf({ api: 'responses', reasoningEffort: 'low', extra: extra as JsonObject })).rejects.toMatchObject({
    diagnostics: [{ code: 'config/reserved-field', headline: expect.stringContaining(`"${key}"`) }],
  })
})

test('a simulated model speaks no protocol', async () => {
  await expect(stepOf({ use: 'simulated', api: 'responses', stream: true })).rejects.toMatchObject({
    diagnostics: [{ headline: 'a simulated model has no "api"' }, { headline: 'a simulated model has no "stream"' }],
  })
})
