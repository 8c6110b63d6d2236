import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../schema/json.ts'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import { readEnvelope } from '../../../src/generate/envelope.ts'
import { createLocal } from '../../../src/generate/providers/local.ts'
import { type Answering, fakeLlama } from '../../rig/fake-llama.ts'
import { instantClock } from '../../rig/instant-clock.ts'

const spec = (local: Partial<ModelSpec['local']> = {}, timeoutMs = 60_000) =>
  ({
    name: 'w',
    provider: 'local',
    model: 'm.gguf',
    identity: 'local:x',
    params: {},
    timeoutMs,
    local: { file: '/m.gguf', ...local },
  }) as unknown as ModelSpec

const DRAW = { ordinal: 0, attempt: 0, epoch: 0 }
const HELLO: JsonObject[] = [{ role: 'user', content: 'hello' }]

function nest(answering: Answering = {}, local: Partial<ModelSpec['local']> = {}, timeoutMs?: number) {
  const fake = fakeLlama(answering)
  const announced: [string, number][] = []
  const onDownload = (file: string, bytes: number) => announced.push([file, bytes])
  const provider = createLocal(spec(local, timeoutMs), { llama: fake.module, clock: instantClock(), connections: 16, onDownload })
  const ask = (body: JsonObject, draw = DRAW, signal = new AbortController().signal) =>
    provider.ask({ body: { model: 'm.gguf', messages: HELLO, ...body }, draw }, signal)
  return { fake, provider, ask, announced }
}

const failureOf = (reply: Awaited<ReturnType<ReturnType<typeof nest>['ask']>>) => (reply.kind === 'failure' ? reply.failure : undefined)
const envelopeOf = (reply: Awaited<ReturnType<ReturnType<typeof nest>['ask']>>) =>
  reply.kind === 'response' ? readEnvelope(reply.raw) : undefined

describe('an answer of a local model', () => {
  it('is read like any other, with tokens that were counted', async () => {
    const { ask, fake, provider } = nest()
    expect(fake.loaded).toEqual([])
    const first = await ask({})
    expect(envelopeOf(first)).toMatchObject({ kind: 'completion', content: 'hello', model: 'm.gguf', usage: { output: 3 } })
    expect(envelopeOf(first)).not.toMatchObject({ id: (envelopeOf(await ask({})) as { id: string }).id })
    expect(fake.loaded).toEqual(['/m.gguf'])
    await provider.close()
    expect(fake.disposed).toBe(1)
  })

  it('that ends at its limit counts as cut off', async () => {
    const { ask } = nest({ say: async () => ({ metadata: { stopReason: 'maxTokens' } }) })
    expect(envelopeOf(await ask({ max_tokens: 3 }))).toMatchObject({ kind: 'rejected', code: 'cut-off' })
  })

  it('is bounded by what the context has room for, and a prompt without room is refused', async () => {
    const { ask, fake } = nest({}, { contextSize: 100 })
    await ask({})
    await ask({ max_tokens: 7 })
    expect(fake.asked.map(({ options }) => options.maxTokens)).toEqual([98, 7])
    const long = await ask({ messages: [{ role: 'user', content: 'word '.repeat(100) }] })
    expect(failureOf(long)).toMatchObject({ kind: 'refused', code: 'context-length' })
    expect(fake.asked.length).toBe(2)
  })

  it('for which the beginning of the context would be given up is refused', async () => {
    const { ask } = nest({
      say: async (history, { contextShift }) => {
        contextShift.strategy({ chatHistory: history })
        return {}
      },
    })
    expect(failureOf(await ask({}))).toMatchObject({ kind: 'refused', code: 'context-length' })
  })
})

describe('a call to a local model', () => {
  it('carries system prompts, earlier answers, calls and their results', async () => {
    const { ask, fake } = nest()
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }
    await ask({
      messages: [
        { role: 'system', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what is ' },
            { type: 'text', text: 'it?' },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: '42' },
      ],
    })
    expect(fake.asked[0]?.history).toEqual([
      { type: 'system', text: 'be brief' },
      { type: 'user', text: 'what is it?' },
      { type: 'model', response: [{ type: 'functionCall', name: 'look', params: { at: 1 }, result: '42' }] },
    ])
  })

  it('samples as llama.cpp does where nothing is said, and as it is told where something is', async () => {
    const { ask, fake } = nest()
    await ask({})
    expect(fake.asked[0]?.options).toMatchObject({ temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05, repeatPenalty: false })
    expect(fake.asked[0]?.options.seed).toBe(undefined)
    await ask({ temperature: 0, top_p: 0.5, top_k: 3, min_p: 0, stop: 'END', presence_penalty: 1 })
    expect(fake.asked[1]?.options).toMatchObject({
      temperature: 0,
      topP: 0.5,
      topK: 3,
      minP: 0,
      customStopTriggers: ['END'],
      repeatPenalty: { penalty: 1, presencePenalty: 1 },
    })
  })

  it('has a seed of its own for each draw, always the same', async () => {
    const { ask, fake } = nest()
    for (const draw of [DRAW, { ...DRAW, ordinal: 1 }, { ...DRAW, attempt: 1 }, { ...DRAW, epoch: 1 }, DRAW]) await ask({ seed: 7 }, draw)
    const seeds = fake.asked.map(({ options }) => options.seed)
    expect(new Set(seeds).size).toBe(4)
    expect(seeds[4]).toBe(seeds[0])
  })

  it('is held to a schema by a grammar, which is made once', async () => {
    const { ask, fake } = nest()
    const schema = { type: 'object' }
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } }
    await ask(format)
    await ask(format)
    expect(fake.asked[0]?.options.grammar).toEqual({ grammarOf: schema })
    expect(fake.asked[1]?.options.grammar).toBe(fake.asked[0]?.options.grammar)
    const bad = nest({ badSchema: true })
    expect(failureOf(await bad.ask(format))).toMatchObject({ kind: 'refused', parameter: 'response_format' })
  })

  it('may call tools, unless it is told not to', async () => {
    const calls = [{ functionName: 'look', params: { at: 2 } }]
    const { ask, fake } = nest({ say: async (_, { functions }) => (functions ? { response: '', functionCalls: calls } : {}) })
    const tools = [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } } }]
    expect(envelopeOf(await ask({ tools, parallel_tool_calls: false }))).toMatchObject({
      calls: [{ id: 'call_0', type: 'function', function: { name: 'look', arguments: '{"at":2}' } }],
    })
    expect(fake.asked[0]?.options).toMatchObject({
      functions: { look: { description: 'Looks.', params: { type: 'object' } } },
      maxParallelFunctionCalls: 1,
    })
    expect(envelopeOf(await ask({ tools, tool_choice: 'none' }))).toMatchObject({ kind: 'completion', content: 'hello' })
  })

  it('with a field that llama.cpp does not know ends the build', async () => {
    const { ask } = nest()
    expect(failureOf(await ask({ logit_bias: {} }))).toMatchObject({ kind: 'fatal', parameter: 'logit_bias' })
  })

  it('waits until one of few contexts is free, and can be given up while it waits or is answered', async () => {
    const ends: (() => void)[] = []
    const { ask, fake } = nest(
      {
        say: (_, { signal }) =>
          new Promise((resolve, reject) => {
            ends.push(() => resolve({}))
            signal.addEventListener('abort', () => reject(new Error('aborted')))
          }),
      },
      { parallel: 2 },
    )
    const [one, other] = [new AbortController(), new AbortController()]
    const running = [ask({}, DRAW, one.signal), ask({}), ask({}), ask({}, DRAW, other.signal)]
    while (ends.length < 2) await new Promise((resolve) => setImmediate(resolve))
    other.abort()
    one.abort()
    expect(failureOf((await running[3]) as never)).toMatchObject({ kind: 'aborted' })
    expect(failureOf((await running[0]) as never)).toMatchObject({ kind: 'aborted' })
    while (ends.length < 3) await new Promise((resolve) => setImmediate(resolve))
    for (const end of ends) end()
    expect((await Promise.all(running.slice(1, 3))).map(({ kind }) => kind)).toEqual(['response', 'response'])
    expect(fake.busy.most).toBe(2)
  })

  it('that takes too long has failed for now', async () => {
    const { ask } = nest(
      { say: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))) },
      {},
      5,
    )
    expect(failureOf(await ask({}))).toMatchObject({ kind: 'transient', code: 'timeout' })
  })

  it('says in one line why a model cannot be loaded', async () => {
    const { ask } = nest({ loadError: 'no\u001b[2J memory' })
    expect(failureOf(await ask({}))).toEqual({ kind: 'fatal', code: 'local-model', message: 'the model cannot be loaded: no memory' })
  })
})

describe('a model of a hub', () => {
  const file = 'hf:user/repo:Q4_K_M'

  it('is used from where it lies', async () => {
    const { ask, fake, announced } = nest({ here: true }, { file })
    await ask({})
    expect([fake.loaded, fake.fetched, announced]).toEqual([[`/models/${file}`], [], []])
  })

  it('is not fetched unless the config says so', async () => {
    const { ask, fake } = nest({}, { file })
    expect(failureOf(await ask({}))).toMatchObject({ kind: 'fatal', message: expect.stringContaining('models.w.local.download: true') })
    expect(fake.fetched).toEqual([])
  })

  it('is fetched once, and its size is said before', async () => {
    const { ask, fake, announced } = nest({}, { file, download: true })
    await Promise.all([ask({}), ask({})])
    expect([fake.fetched, announced]).toEqual([[file], [[file, 4_100_000_000]]])
  })
})
