/** The simulated provider: always the same for the same call, never the same for another, and shaped by its guides. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Simulate } from '../../../schema/config.ts'
import type { JsonObject } from '../../../schema/json.ts'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import { readEnvelope } from '../../../src/generate/envelope.ts'
import { parseAnswer } from '../../../src/generate/parse.ts'
import type { Call } from '../../../src/generate/provider.ts'
import { createSimulated } from '../../../src/generate/providers/simulated.ts'
import { Pace } from '../../../src/generate/rate/pace.ts'
import { askWithRetry } from '../../../src/generate/retry.ts'
import { type Clock, systemClock } from '../../../src/util/clock.ts'

const IMPERATIVES = new Set(
  'compare demonstrate describe explain fix give help list outline please prepare recommend show sketch suggest take tell turn walk write'.split(
    ' ',
  ),
)
const never = new AbortController().signal
const slept: number[] = []
const clock: Clock = { ...systemClock, sleep: async (ms) => void slept.push(ms) }

function provider(simulate: Simulate = {}) {
  const spec: ModelSpec = {
    name: 's',
    provider: 'simulated',
    model: 'simulated',
    identity: 'simulated',
    params: {},
    structured: 'json_schema',
    timeoutMs: 1_000,
    simulate,
  }
  return createSimulated(spec, { clock })
}

const draw = (ordinal = 0, attempt = 0, epoch = 0): Call['draw'] => ({ ordinal, attempt, epoch })
const user = (content: string, extra: JsonObject = {}): JsonObject => ({
  model: 'simulated',
  messages: [{ role: 'user', content }],
  ...extra,
})

async function raw(body: JsonObject, at = draw(), simulate: Simulate = {}) {
  const reply = await provider(simulate).ask({ body, draw: at }, never)
  if (reply.kind === 'failure') throw new Error(reply.failure.message)
  return reply.raw
}

async function text(body: JsonObject, at = draw(), simulate: Simulate = {}) {
  const envelope = readEnvelope(await raw(body, at, simulate))
  if (envelope.kind !== 'completion') throw new Error(`${envelope.kind} ${envelope.code}`)
  return envelope.content
}

const guides = (cell: Record<string, string>, note = '') =>
  `Write the message that a user would send.\n${Object.entries(cell)
    .map(([dimension, value]) => `- ${dimension}: ${value}`)
    .join('\n')}\n${note}`
const csv = 'csv — read a CSV file and sum a column'

describe('the same call', () => {
  test('gets the same bytes, from every instance', async () => {
    expect(Buffer.compare(await raw(user('Hello?')), await raw(user('Hello?')))).toBe(0)
  })

  test('gets other bytes for another sample, attempt, epoch or seed', async () => {
    const all = await Promise.all([
      text(user('Hi?')),
      text(user('Hi?'), draw(1)),
      text(user('Hi?'), draw(0, 1)),
      text(user('Hi?'), draw(0, 0, 1)),
      text(user('Hi?'), draw(), { seed: 7 }),
    ])
    expect(new Set(all).size).toBe(5)
  })

  test('does not depend on the order of the body', async () => {
    const body = user('Hi?', { temperature: 1 })
    expect(await text(Object.fromEntries(Object.entries(body).reverse()))).toBe(await text(body))
  })

  test('is answered as a server would, and labelled', async () => {
    const body = JSON.parse(Buffer.from(await raw(user('How do I sort a list?'))).toString())
    expect([body.model, body.object, body.choices.length, body.usage.total_tokens]).toEqual([
      'simulated',
      'chat.completion',
      1,
      body.usage.prompt_tokens + body.usage.completion_tokens,
    ])
  })
})

describe('no two cells have the same text', () => {
  test.each<[string, (i: number) => [JsonObject, Call['draw']]]>([
    [
      'user messages of distinct bodies',
      (i) => [user(guides({ scenario: csv, phrasing: 'question', complexity: 'brief' }, `No. ${i}`)), draw()],
    ],
    [
      'user messages of one body',
      (i) => [user(guides({ scenario: 'late — a parcel that is late', phrasing: 'command', context: 'minimal' })), draw(i)],
    ],
    [
      'brief answers to one message',
      (i) => [
        {
          messages: [
            { role: 'system', content: '- complexity: brief — short' },
            { role: 'user', content: 'How do I return a parcel?' },
          ],
        },
        draw(i),
      ],
    ],
    [
      'standard answers to one message',
      (i) => [
        {
          messages: [
            { role: 'system', content: '- complexity: standard' },
            { role: 'user', content: 'How do I sort a list in Python?' },
          ],
        },
        draw(i),
      ],
    ],
  ])('10,000 %s', async (_, make) => {
    const seen = new Set<string>()
    for (let i = 0; i < 10_000; i++) seen.add(await text(...make(i)))
    expect(seen.size).toBe(10_000)
  })

  test('and openings vary: no first three words begin more than a tenth of the messages', async () => {
    const openings = new Map<string, number>()
    for (let i = 0; i < 2_000; i++) {
      const opening = (await text(user(guides({ scenario: csv, phrasing: 'question' })), draw(i))).split(' ').slice(0, 3).join(' ')
      openings.set(opening, (openings.get(opening) ?? 0) + 1)
    }
    expect(Math.max(...openings.values())).toBeLessThanOrEqual(200)
  })
})

describe("the cell's guides are followed", () => {
  const each = async (cell: Record<string, string>, check: (message: string) => void) => {
    for (let i = 0; i < 200; i++) check(await text(user(guides({ scenario: csv, ...cell })), draw(i)))
  }

  test('a question ends with a question mark, whatever the context', async () => {
    for (const context of ['minimal', 'rich', 'error'])
      await each({ phrasing: 'question — ask', context }, (message) => expect(message).toMatch(/\?$/))
  })

  test('a command begins with an imperative and asks nothing', async () => {
    await each({ phrasing: 'command — give an instruction', complexity: 'brief' }, (message) => {
      const first = message.split(' ')[0]?.toLowerCase() ?? ''
      expect([IMPERATIVES.has(first), message.includes('?')], message).toEqual([true, false])
    })
  })

  test('a statement asks nothing and ends with a full stop', async () => {
    await each({ phrasing: 'statement — describe the situation', complexity: 'standard' }, (message) =>
      expect(message).toMatch(/^[^?]*\.$/),
    )
  })

  test('mixed ends with a question after something else', async () => {
    await each({ phrasing: 'mixed' }, (message) => expect(message).toMatch(/\.[\s\S]* [^.]*\?$/))
  })

  test('the topic is named', async () => {
    await each({ phrasing: 'question', expertise: 'expert' }, (message) => expect(message).toMatch(/read(ing)? a CSV file/))
  })

  test('an error is shown in the context of errors only', async () => {
    await each({ phrasing: 'question', context: 'error', language: 'python' }, (message) => expect(message).toContain('```'))
    await each({ phrasing: 'question', context: 'minimal' }, (message) => expect(message).not.toContain('```'))
  })

  test('edge cases change the message', async () => {
    const plain = { scenario: csv, phrasing: 'question', context: 'minimal' }
    const typos = await text(user(guides({ ...plain, edge: 'typos — misspelt words' })))
    const contradiction = await text(user(guides({ ...plain, edge: 'contradictory — cannot both be true' })))
    expect(contradiction).toMatch(/must be finished before|fully automatic|yet leave/)
    expect(typos).toMatch(/\?$/)
  })

  test('expertise changes the words', async () => {
    const words = async (expertise: string) => {
      const all = await Promise.all(
        Array.from({ length: 300 }, (_, i) => text(user(guides({ scenario: csv, phrasing: 'command', expertise })), draw(i))),
      )
      return all.join(' ')
    }
    expect([
      /idempotent|amortised/.test(await words('expert')),
      /idempotent|amortised/.test(await words('beginner')),
      /quite new|basics/.test(await words('beginner')),
    ]).toEqual([true, false, true])
  })

  test('complexity sets the length and form of an answer', async () => {
    const answers = async (complexity: string) =>
      Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          text(
            {
              messages: [
                { role: 'system', content: `You are a Python tutor.\n- complexity: ${complexity}` },
                { role: 'user', content: 'How do I sort a list?' },
              ],
            },
            draw(i),
          ),
        ),
      )
    const [brief, standard, detailed] = await Promise.all(
      ['brief — one or two sentences', 'standard — a paragraph with an example', 'detailed — several approaches'].map(answers),
    )
    for (const answer of brief ?? [])
      expect((answer.replace(/`[^`]*`/g, 'x').match(/[.!?](\s|$)/g) ?? []).length, answer).toBeLessThanOrEqual(2)
    expect(standard?.filter((answer) => answer.includes('```')).length).toBeGreaterThan(40)
    for (const answer of detailed ?? []) expect(answer).toMatch(/Pro: [\s\S]*Con: [\s\S]*Pro: /)
    const mean = (list: readonly string[] = []) => list.reduce((sum, answer) => sum + answer.length, 0) / list.length
    expect([mean(brief) * 2 < mean(standard), mean(standard) * 2 < mean(detailed)]).toEqual([true, true])
  })

  test("an answer takes up the user's topic", async () => {
    for (let i = 0; i < 50; i++) {
      const message = await text(user(guides({ scenario: csv, phrasing: 'question', context: 'minimal' })), draw(i))
      expect(
        await text({
          messages: [
            { role: 'system', content: '- complexity: detailed' },
            { role: 'user', content: message },
          ],
        }),
        message,
      ).toMatch(/read(ing)? a CSV file/)
    }
  })

  test('texts are clean: no slots, no control characters, no double spaces', async () => {
    for (let i = 0; i < 1_000; i++) {
      const cell = {
        scenario: csv,
        phrasing: ['question', 'command', 'statement', 'mixed'][i % 4] ?? '',
        context: ['minimal', 'rich', 'error'][i % 3] ?? '',
        edge: ['happy', 'boundary — empty input', 'error — conflicting parameters', 'special — nulls', 'typos'][i % 5] ?? '',
      }
      const message = await text(user(guides(cell)), draw(i))
      const answer = await text(user(message), draw(i))
      for (const written of [message, answer]) {
        expect(parseAnswer(written)).toEqual({ kind: 'value', value: written })
        expect(written.replace(/```[\s\S]*?```/g, '')).not.toMatch(/\{\w+\}|undefined|NaN|\S {2,}\S|\[object/)
      }
    }
  })
})

describe('a response schema is honoured', () => {
  const format = (schema: JsonObject) => ({ response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } } })
  const schemas: JsonObject[] = [
    {
      type: 'object',
      properties: {
        question: { type: 'string', minLength: 10, maxLength: 60 },
        level: { enum: ['a', 'b'] },
        score: { type: 'integer', minimum: 1, maximum: 5 },
      },
      required: ['question', 'level', 'score'],
      additionalProperties: false,
    },
    { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }, minItems: 2, maxItems: 4 },
    {
      type: 'object',
      properties: {
        id: { type: 'string', pattern: '^[A-Z]{3}-\\d{4}(-(old|new))?$' },
        when: { type: 'string', format: 'date-time' },
        mail: { type: 'string', format: 'email' },
      },
      required: ['id', 'when', 'mail'],
    },
    { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }, { type: 'object', properties: { x: { const: 3 } }, required: ['x'] }] },
    { oneOf: [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, { type: 'boolean' }] },
    {
      type: 'object',
      properties: { tree: { $ref: '#/$defs/tree' } },
      required: ['tree'],
      $defs: {
        tree: {
          type: 'object',
          properties: { value: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
          required: ['value', 'children'],
        },
      },
    },
    { type: ['string', 'null'], minLength: 200 },
    { type: 'array', items: { type: 'integer', minimum: 1, maximum: 6, multipleOf: 2 }, uniqueItems: true, minItems: 3, maxItems: 3 },
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] },
        { properties: { b: { type: 'number', multipleOf: 0.5, minimum: -1, maximum: 1 } }, required: ['b'] },
      ],
    },
    { type: 'array', prefixItems: [{ const: 'x' }, { type: 'integer' }], items: false, minItems: 2 },
  ]
  test.each(schemas.map((schema) => [schema]))('%j', async (schema) => {
    for (let i = 0; i < 30; i++) {
      const parsed = parseAnswer(await text(user('Give me one.', format(schema)), draw(i)), schema)
      expect(parsed.kind, JSON.stringify(parsed)).toBe('value')
    }
  })

  test('also when it is asked for in words', async () => {
    const schema = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] }
    const body = {
      messages: [
        {
          role: 'system',
          content: `Answer with one JSON value that matches this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`,
        },
        { role: 'user', content: 'Hi?' },
      ],
    }
    expect(parseAnswer(await text(body), schema).kind).toBe('value')
  })

  test('a schema that never ends, or refers to nothing, does not break the provider', async () => {
    for (const schema of [
      { $ref: '#' },
      { $ref: '#/$defs/no' },
      { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] },
    ] as JsonObject[]) {
      expect(parseAnswer(await text(user('x', format(schema)))).kind).toBe('value')
    }
  })
})

describe('length, latency and faults', () => {
  test('`tokens` sets the length of answers', async () => {
    for (const tokens of [40, 400, 4_000]) {
      const { usage } = readEnvelope(await raw(user('How do I sort a list?'), draw(), { tokens })) as { usage: { output: number } }
      expect(Math.abs(usage.output - tokens) / tokens, String(tokens)).toBeLessThan(0.6)
    }
  })

  test('a token limit of the request cuts the answer', async () => {
    const envelope = readEnvelope(await raw(user('How do I sort a list?', { max_tokens: 5 })))
    expect(envelope).toMatchObject({ kind: 'rejected', code: 'cut-off', usage: { output: 5 } })
  })

  test('latency varies around what is set, and 0 does not wait', async () => {
    slept.length = 0
    for (let i = 0; i < 100; i++) await raw(user('Hi?'), draw(i), { latencyMs: 100 })
    expect([slept.length, Math.min(...slept) >= 50, Math.max(...slept) < 150, new Set(slept).size > 50]).toEqual([100, true, true, true])
    slept.length = 0
    await raw(user('Hi?'), draw(), { latencyMs: 0 })
    expect(slept).toEqual([])
  })

  test('an abort ends a call', async () => {
    expect(await provider().ask({ body: user('Hi?'), draw: draw() }, AbortSignal.abort())).toMatchObject({
      kind: 'failure',
      failure: { kind: 'aborted' },
    })
  })

  test('faults change no good answer', async () => {
    const before = await Promise.all(Array.from({ length: 100 }, (_, i) => text(user('Hi?'), draw(i))))
    const one = provider({ faults: { 'null-content': 0.3 } })
    for (const [i, content] of before.entries()) {
      const reply = await one.ask({ body: user('Hi?'), draw: draw(i) }, never)
      const envelope = reply.kind === 'response' ? readEnvelope(reply.raw) : undefined
      if (envelope?.kind === 'completion') expect(envelope.content).toBe(content)
    }
  })

  test.each([
    ['rate-limit', 'failure rate-limit'],
    ['server-error', 'failure server-error'],
    ['timeout', 'failure timeout'],
    ['html', 'transient html'],
    ['empty-body', 'transient empty-body'],
    ['no-choices', 'transient no-choices'],
    ['truncated-json', 'transient truncated-json'],
  ] as const)('%s strikes a call once; trying again gets through', async (fault, expected) => {
    const one = provider({ faults: { [fault]: 1 } })
    const call = { body: user('Hi?'), draw: draw() }
    const first = await one.ask(call, never)
    const envelope = first.kind === 'response' ? readEnvelope(first.raw) : undefined
    expect(
      first.kind === 'failure'
        ? `failure ${first.failure.code}`
        : `${envelope?.kind} ${envelope && 'code' in envelope ? envelope.code : ''}`,
    ).toBe(expected)
    let now = 0
    const quick: Clock = {
      ...clock,
      now: () => now,
      sleep: async (ms) => {
        now += ms
      },
    }
    expect(
      await askWithRetry(provider({ faults: { [fault]: 1 } }), call, {
        clock: quick,
        random: Math.random,
        signal: never,
        pace: new Pace(quick),
      }),
    ).toMatchObject({
      kind: 'response',
      tries: 2,
    })
  })

  test.each([
    ['null-content', 'null-content'],
    ['length', 'cut-off'],
    ['refusal', 'refusal'],
  ] as const)('%s is an answer that is rejected', async (fault, code) => {
    expect(readEnvelope(await raw(user('Hi?'), draw(), { faults: { [fault]: 1 } }))).toMatchObject({ kind: 'rejected', code })
  })

  test('ansi and not-json are rejected when they are parsed', async () => {
    expect(parseAnswer(await text(user('Hi?'), draw(), { faults: { ansi: 1 } }))).toMatchObject({ code: 'control-characters' })
    expect(parseAnswer(await text(user('Hi?'), draw(), { faults: { 'not-json': 1 } }), { type: 'object' })).toMatchObject({
      code: 'not-json',
    })
  })

  test('faults come in their shares', async () => {
    let spoilt = 0
    for (let i = 0; i < 2_000; i++)
      if (readEnvelope(await raw(user('Hi?'), draw(i), { faults: { refusal: 0.1, length: 0.1 } })).kind === 'rejected') spoilt++
    expect(Math.abs(spoilt - 400)).toBeLessThan(80)
  })
})

test('any messages get an answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: fc.string() }), { maxLength: 4 }),
      async (messages) => {
        expect((await text({ messages })).length).toBeGreaterThan(0)
      },
    ),
    { numRuns: 200 },
  )
})

describe('tools', () => {
  const parameters = {
    type: 'object',
    properties: { order: { type: 'string', pattern: '^[A-Z]{2}-[0-9]{4}$' }, urgent: { type: 'boolean' } },
    required: ['order', 'urgent'],
    additionalProperties: false,
  }
  const tools = [
    { type: 'function', function: { name: 'find', parameters } },
    { type: 'function', function: { name: 'ping' } },
  ]
  const calls = async (extra: JsonObject, content = 'Where is it?') => {
    const envelope = readEnvelope(await raw(user(content, { tools, ...extra })))
    return 'calls' in envelope ? (envelope.calls as { function: { name: string; arguments: string } }[]) : []
  }

  test('are called with arguments that their schemas accept, one or several at once', async () => {
    const made = await Promise.all(Array.from({ length: 40 }, (_, i) => calls({}, `Where is order ${i}?`)))
    expect(new Set(made.map(({ length }) => length))).toEqual(new Set([1, 2]))
    for (const { function: called } of made.flat())
      expect(parseAnswer(called.arguments, called.name === 'find' ? parameters : { type: 'object', maxProperties: 0 })).toMatchObject({
        kind: 'value',
      })
  })

  test('are not called when they may not be, and one by one when so asked', async () => {
    const each = async (extra: JsonObject) => Promise.all(Array.from({ length: 20 }, (_, i) => calls(extra, `Where is order ${i}?`)))
    expect((await each({ tool_choice: 'none' })).flat()).toEqual([])
    expect((await each({ parallel_tool_calls: false })).map(({ length }) => length)).toEqual(Array(20).fill(1))
  })

  test('are seldom called again after their results', async () => {
    const after = (i: number): JsonObject[] => [
      { role: 'user', content: `Where is order ${i}?` },
      { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'ping', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'a', content: 'pong' },
    ]
    const made = await Promise.all(Array.from({ length: 40 }, (_, i) => calls({ messages: after(i) })))
    const again = made.filter(({ length }) => length > 0).length
    expect(again).toBeGreaterThan(0)
    expect(again).toBeLessThan(20)
  })
})

test('what tells equal questions apart makes another answer; evidence is quoted from the passage', async () => {
  const ask = async (version?: string) => {
    const reply = await provider().ask(
      { body: user('What is a list?'), draw: draw(), ...(version === undefined ? {} : { version }) },
      never,
    )
    return reply.kind === 'response' ? new TextDecoder().decode(reply.raw) : ''
  }
  expect(new Set([await ask(), await ask('candidate-2'), await ask('candidate-3')]).size).toBe(3)
  const schema = {
    type: 'object',
    properties: { evidence: { type: 'array', minItems: 1, items: { type: 'string' } } },
    required: ['evidence'],
  }
  const passage = '# Hours\n\nWe open at nine. We close at six.'
  const body = user(`Quote.\n<passage>\n${passage}\n</passage>`, {
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  })
  const envelope = readEnvelope(await raw(body))
  const { evidence } = JSON.parse(envelope.kind === 'completion' ? envelope.content : '{}') as { evidence: string[] }
  for (const quote of evidence) expect(['We open at nine.', 'We close at six.']).toContain(quote)
})
