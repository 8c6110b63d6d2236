/** The fault server speaks three APIs as their clients expect it. */
import OpenAI from 'openai'
import { afterEach, describe, expect, test } from 'vitest'
import { vectorOf } from '../../../src/simulate/embeddings.ts'
import type { Script } from '../../../src/simulate/script.ts'
import { type FaultServer, startFaultServer } from '../../../src/simulate/server.ts'
import { plausible, terse } from '../../../src/simulate/voices.ts'

let server: FaultServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function client(script: Script = {}, options: { seed?: number; talkative?: boolean } = {}): Promise<OpenAI> {
  server = await startFaultServer({ voice: options.talkative ? await plausible() : terse, script, seed: options.seed ?? 0 })
  return new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 })
}

const asked = { model: 'm', messages: [{ role: 'user', content: 'Hé, explain CSV ✨' }] } as const
const chatOf = (openai: OpenAI) => openai.chat.completions.create({ ...asked, messages: [...asked.messages] })

async function streamed(openai: OpenAI): Promise<{ text: string; finish: string | null; tokens: number }> {
  let [text, finish, tokens] = ['', null as string | null, 0]
  const stream = await openai.chat.completions.create({
    ...asked,
    messages: [...asked.messages],
    stream: true,
    stream_options: { include_usage: true },
  })
  for await (const { choices, usage } of stream) {
    text += choices[0]?.delta.content ?? ''
    finish = choices[0]?.finish_reason ?? finish
    tokens = usage?.completion_tokens ?? tokens
  }
  return { text, finish, tokens }
}

describe('chat completions', () => {
  test('are answered, another time otherwise, and again the same for the same seed', async () => {
    const first = await client()
    const [one, two] = [await chatOf(first), await chatOf(first)]
    expect(one.choices[0]?.message.content).toMatch(/^answer [0-9a-f]{24}$/)
    expect(two.choices[0]?.message.content).not.toBe(one.choices[0]?.message.content)
    await server?.close()
    expect(await chatOf(await client())).toEqual(one)
    await server?.close()
    expect((await chatOf(await client({}, { seed: 7 }))).id).not.toBe(one.id)
  })

  test('a stream says the same as a whole answer, with what was used at its end', async () => {
    const content = 'Ein schöner Satz über 漢字 and emoji 👩‍👩‍👧, long enough for several pieces.'
    const script = { answers: [{ contains: 'CSV', content }] }
    expect(await streamed(await client(script))).toEqual({ text: content, finish: 'stop', tokens: 12 })
  })

  test.each(['stream-comments', 'stream-line-ends', 'stream-split'] as const)('%s is unusual and legal', async (kind) => {
    const content = 'Ein schöner Satz über 漢字.'
    const openai = await client({ rules: [{ fault: { kind } }], answers: [{ contains: 'CSV', content }] })
    expect(await streamed(openai)).toMatchObject({ text: content, finish: 'stop' })
  })

  test.each([
    ['stream-cut', { finish: null }],
    ['stream-no-finish', { finish: null }],
  ] as const)('%s ends without a reason', async (kind, expected) => {
    expect(await streamed(await client({ rules: [{ fault: { kind } }] }))).toMatchObject(expected)
  })

  test.each(['stream-error', 'stream-reset'] as const)('%s is an error to whoever reads', async (kind) => {
    const openai = await client({ rules: [{ fault: { kind } }] })
    await expect(streamed(openai)).rejects.toThrow()
    expect(server?.state.ledger.totals).toMatchObject({ requests: 1, answered: 0, faults: { [kind]: 1 }, lost: { requests: 1 } })
  })

  test('what is no request is refused as OpenAI refuses it', async () => {
    const openai = await client()
    await expect(openai.chat.completions.create({ model: 'm' } as never)).rejects.toMatchObject({ status: 400 })
    await expect(openai.post('/chat/nonsense')).rejects.toMatchObject({ status: 404 })
    expect(server?.state.ledger.totals).toMatchObject({ requests: 1, answered: 0, billed: { requests: 0 } })
  })

  test('a plausible voice follows the request and its schema', async () => {
    const openai = await client({}, { talkative: true })
    const schema = { type: 'object', properties: { question: { type: 'string' } }, required: ['question'], additionalProperties: false }
    const { choices } = await openai.chat.completions.create({
      ...asked,
      messages: [...asked.messages],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    })
    expect(Object.keys(JSON.parse(choices[0]?.message.content ?? '') as object)).toEqual(['question'])
  })
})

describe('responses', () => {
  const input = [{ role: 'user', content: [{ type: 'input_text', text: 'Explain CSV' }] }] as OpenAI.Responses.ResponseInput

  test('say what chat completions say, in their own shape', async () => {
    const openai = await client({ answers: [{ contains: 'CSV', content: 'Commas, mostly.' }] })
    const response = await openai.responses.create({ model: 'm', instructions: 'Be short.', input })
    expect([response.status, response.output_text, response.usage?.output_tokens]).toEqual(['completed', 'Commas, mostly.', 12])
    const types: string[] = []
    let text = ''
    for await (const event of await openai.responses.create({ model: 'm', input, stream: true })) {
      if (types.at(-1) !== event.type) types.push(event.type)
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'response.completed') expect(event.response.output_text ?? text).toBe(text)
    }
    expect(text).toBe('Commas, mostly.')
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
  })

  test('are incomplete at their limit, refuse in a part of their own, and may call tools', async () => {
    const meet = async (kind: 'length' | 'refusal' | 'tool-calls') => {
      const openai = await client({ rules: [{ fault: { kind } }] })
      const response = await openai.responses.create({ model: 'm', input })
      await server?.close()
      return response
    }
    const cut = await meet('length')
    expect([cut.status, cut.incomplete_details?.reason]).toEqual(['incomplete', 'max_output_tokens'])
    expect((await meet('refusal')).output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I cannot do that.' }] }])
    expect((await meet('tool-calls')).output).toMatchObject([{ type: 'function_call', name: 'search', call_id: 'call_1' }])
  })
})

describe('embeddings', () => {
  const cosine = (a: readonly number[], b: readonly number[]) => a.reduce((sum, part, i) => sum + part * (b[i] as number), 0)

  test('equal texts are equal, related ones near, others far', async () => {
    const openai = await client()
    const texts = ['how do I read a csv file', 'how do I read a csv file', 'how do I read a json file', 'bake bread with rye flour']
    const { data, usage } = await openai.embeddings.create({ model: 'e', input: texts })
    const [first, same, near, far] = data.map(({ embedding }) => embedding) as [number[], number[], number[], number[]]
    expect([data.length, first.length, usage.prompt_tokens]).toEqual([4, 256, 26])
    expect(same).toEqual(first)
    expect(cosine(first, first)).toBeCloseTo(1, 5)
    expect(cosine(first, near)).toBeGreaterThan(0.7)
    expect(Math.abs(cosine(first, far))).toBeLessThan(0.3)
  })

  test('have as many dimensions as were asked for', () => {
    expect([vectorOf('a b', 3).length, vectorOf('a b', 1000).length]).toEqual([3, 1000])
  })
})

test('latencies, shares and texts follow from the seed and the request, not from the order of arrival', async () => {
  const faults = async (order: readonly number[]) => {
    const openai = await client({ rules: [{ share: 0.3, fault: { kind: 'status', status: 500 } }] }, { seed: 3 })
    const met = new Map<number, boolean>()
    await Promise.all(
      order.map(async (n) => {
        const call = openai.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: `question ${n}` }] })
        met.set(
          n,
          await call.then(
            () => false,
            () => true,
          ),
        )
      }),
    )
    await server?.close()
    return [...met].sort(([a], [b]) => a - b).flatMap(([n, failed]) => (failed ? [n] : []))
  }
  const numbers = Array.from({ length: 60 }, (_, i) => i)
  const first = await faults(numbers)
  expect(first.length).toBeGreaterThan(8)
  expect(first.length).toBeLessThan(30)
  expect(await faults(numbers.toReversed())).toEqual(first)
})
