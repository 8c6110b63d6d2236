/** Every shape of a 200, and what it is worth (H12–H14, T1–T4, T6, T7). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keeps, readEnvelope, unstreamed } from '../../../src/generate/envelope.ts'

const bytes = (text: string) => Buffer.from(text)
const completion = (changes: Record<string, unknown> = {}, choice: Record<string, unknown> = {}, message: Record<string, unknown> = {}) =>
  bytes(
    JSON.stringify({
      id: 'c1',
      model: 'm-1',
      choices: [{ message: { role: 'assistant', content: 'hi', ...message }, finish_reason: 'stop', ...choice }],
      ...changes,
    }),
  )
const verdict = (raw: Uint8Array) => {
  const envelope = readEnvelope(raw)
  return envelope.kind === 'completion' ? 'completion' : `${envelope.kind} ${envelope.code}`
}

test('a whole answer', () => {
  expect(
    readEnvelope(completion({ usage: { prompt_tokens: 9, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } } })),
  ).toEqual({
    kind: 'completion',
    content: 'hi',
    finish: 'stop',
    model: 'm-1',
    id: 'c1',
    usage: { input: 9, output: 2, cachedInput: 4 },
  })
})

test.each<[string, Uint8Array, string]>([
  ['an empty body', bytes(''), 'transient empty-body'],
  ['only spaces', bytes(' \n'), 'transient empty-body'],
  ['a web page', bytes('<!doctype html><title>Login</title>'), 'transient html'],
  ['null', bytes('null'), 'transient no-choices'],
  ['an array', bytes('[]'), 'transient no-choices'],
  ['a number', bytes('3'), 'transient no-choices'],
  ['truncated JSON', completion().subarray(0, 40), 'transient truncated-json'],
  ['trailing garbage', Buffer.concat([completion(), bytes('x')]), 'transient truncated-json'],
  ['two documents', Buffer.concat([completion(), completion()]), 'transient truncated-json'],
  ['invalid UTF-8', Buffer.concat([bytes('{"a":"'), Buffer.from([0xff, 0xc0, 0xaf]), bytes('"}')]), 'transient invalid-utf8'],
  ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), completion()]), 'completion'],
  ['no choices', bytes('{}'), 'transient no-choices'],
  ['choices: []', completion({ choices: [] }), 'transient no-choices'],
  ['choices: null', completion({ choices: null }), 'transient no-choices'],
  ['choices: [null]', completion({ choices: [null] }), 'transient no-choices'],
  ['a choice without a message', completion({ choices: [{ finish_reason: 'stop' }] }), 'transient no-choices'],
  ['content: null', completion({}, {}, { content: null }), 'rejected null-content'],
  ['no content', bytes('{"choices":[{"message":{},"finish_reason":"stop"}]}'), 'rejected null-content'],
  ['content: ""', completion({}, {}, { content: '' }), 'rejected empty-content'],
  ['content of spaces', completion({}, {}, { content: ' \n' }), 'rejected empty-content'],
  ['content as parts', completion({}, {}, { content: [{ type: 'text', text: 'x' }] }), 'completion'],
  [
    'thoughts beside it',
    completion(
      {},
      {},
      {
        content: [
          { type: 'thinking', thinking: [] },
          { type: 'text', text: 'x' },
        ],
      },
    ),
    'completion',
  ],
  ['thoughts only', completion({}, {}, { content: [{ type: 'thinking', thinking: [] }] }), 'rejected not-text'],
  ['an image among the parts', completion({}, {}, { content: [{ type: 'text', text: 'x' }, { type: 'image_url' }] }), 'rejected not-text'],
  ['a refusal', completion({}, {}, { content: null, refusal: 'no' }), 'rejected refusal'],
  ['tool calls only', completion({}, { finish_reason: 'tool_calls' }, { content: null, tool_calls: [{}] }), 'rejected tool-calls'],
  ['finish_reason length', completion({}, { finish_reason: 'length' }), 'rejected cut-off'],
  ['finish_reason length without content', completion({}, { finish_reason: 'length' }, { content: null }), 'rejected cut-off'],
  ['finish_reason content_filter', completion({}, { finish_reason: 'content_filter' }), 'rejected content-filter'],
  ['finish_reason null', completion({}, { finish_reason: null }), 'rejected no-finish'],
  ['an unknown finish_reason', completion({}, { finish_reason: 'banana' }), 'rejected unknown-finish'],
  ['finish_reason eos', completion({}, { finish_reason: 'eos' }), 'completion'],
  ['finish_reason error', completion({}, { finish_reason: 'error' }), 'transient error-in-body'],
  ['an error inside a choice', completion({}, { error: { code: 502, message: 'x' } }), 'transient server-error'],
  ['error: null beside choices', completion({ error: null }), 'completion'],
  ['an error with a status', bytes('{"error":{"code":429,"message":"slow"}}'), 'transient rate-limit'],
  ['an error about money', bytes('{"error":{"code":"insufficient_quota"}}'), 'fatal quota'],
  ['an error about the key', bytes('{"error":{"code":401,"message":"no auth"}}'), 'fatal auth'],
  ['an error about the request', bytes('{"error":{"code":400}}'), 'refused bad-request'],
  ['an error of no known kind', bytes('{"error":{"message":"hm"}}'), 'transient error-in-body'],
  ['an error in vLLM’s own shape', bytes('{"object":"error","message":"no","type":"BadRequestError","code":400}'), 'refused bad-request'],
  ['an error that is a text', bytes('{"error":"upstream"}'), 'transient error-in-body'],
  [
    'keys that mean something to JavaScript',
    bytes('{"__proto__":{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]},"constructor":1}'),
    'transient no-choices',
  ],
  ['nesting 100,000 deep', bytes(`{"choices":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'transient no-choices'],
])('%s', (_, raw, expected) => {
  expect(verdict(raw)).toBe(expected)
  expect((Object.prototype as Record<string, unknown>)['choices']).toBe(undefined)
})

test('what was billed is kept, and nothing else', () => {
  expect(keeps(readEnvelope(completion()))).toBe(true)
  expect(keeps(readEnvelope(completion({}, { finish_reason: 'length' })))).toBe(true)
  expect(keeps(readEnvelope(bytes('<html>')))).toBe(false)
  expect(keeps(readEnvelope(bytes('{"error":{"code":401}}')))).toBe(false)
})

test('the title of a captive portal is shown without its escapes', () => {
  expect(readEnvelope(bytes('<html><title>Log\u001b[31min\u202e now</title>'))).toMatchObject({
    message: 'the server answered with a web page, not JSON: "Log in now"',
  })
})

describe('an answer that is none still took what it says', () => {
  const cut = (message: object, more: object = {}) =>
    readEnvelope(Buffer.from(JSON.stringify({ id: 'c1', model: 'm', choices: [{ finish_reason: 'length', message }], ...more })))

  test('its words are handed on for an estimate where the server counts nothing, and only there', () => {
    expect(cut({ content: 'a long text' })).toMatchObject({ kind: 'rejected', code: 'cut-off', said: 'a long text' })
    expect(cut({ content: null, refusal: 'No.' })).toMatchObject({ said: 'No.' })
    expect(cut({ content: 'x' }, { usage: { prompt_tokens: 9, completion_tokens: 2 } })).not.toHaveProperty('said')
  })

  test('of a stream that an error breaks off it is known whether it had begun', () => {
    const piece = 'data: {"choices":[{"index":0,"delta":{"content":"Hal"}}]}\n\n'
    const error = 'data: {"error":{"message":"no"}}\n\n'
    expect(readEnvelope(Buffer.from(piece + error))).toMatchObject({ kind: 'transient', begun: true })
    expect(readEnvelope(unstreamed(Buffer.from(piece + error)))).toMatchObject({ kind: 'transient', begun: true })
    expect(readEnvelope(Buffer.from(error))).not.toHaveProperty('begun')
  })
})

describe('usage that cannot be true counts as missing (T3)', () => {
  test.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['zero', { prompt_tokens: 0, completion_tokens: 0 }],
    ['nothing for an answer', { prompt_tokens: 5, completion_tokens: 0 }],
    ['negative', { prompt_tokens: -5, completion_tokens: 3 }],
    ['texts', { prompt_tokens: '5', completion_tokens: '3' }],
    ['huge', { prompt_tokens: 1e12, completion_tokens: 3 }],
    ['fractions', { prompt_tokens: 1.5, completion_tokens: 3 }],
    ['half', { prompt_tokens: 5 }],
  ])('%s', (_, usage) => {
    expect(readEnvelope(completion({ usage }))).toEqual({ kind: 'completion', content: 'hi', finish: 'stop', model: 'm-1', id: 'c1' })
  })

  test('more cached than sent is all that was sent', () => {
    expect(
      readEnvelope(completion({ usage: { prompt_tokens: 5, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 50 } } })),
    ).toMatchObject({
      usage: { input: 5, output: 3, cachedInput: 5 },
    })
  })
})

describe('usage, in all its parts', () => {
  const usageOf = (usage: unknown) => {
    const envelope = readEnvelope(completion({ usage }))
    return envelope.usage
  }
  test('what was cached, written into the cache and thought', () => {
    expect(
      usageOf({
        prompt_tokens: 2_000,
        completion_tokens: 300,
        total_tokens: 2_300,
        prompt_tokens_details: { cached_tokens: 1_024, cache_write_tokens: 512 },
        completion_tokens_details: { reasoning_tokens: 250 },
      }),
    ).toEqual({ input: 2_000, output: 300, cachedInput: 1_024, cacheWrite: 512, reasoning: 250 })
  })
  test('in the words of the Responses API', () => {
    expect(
      usageOf({
        input_tokens: 20,
        output_tokens: 30,
        input_tokens_details: { cached_tokens: 5 },
        output_tokens_details: { reasoning_tokens: 10 },
      }),
    ).toEqual({ input: 20, output: 30, cachedInput: 5, reasoning: 10 })
  })
  test('what was thought counts where only the total has it (Gemini, xAI)', () => {
    expect(usageOf({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 215 })).toEqual({
      input: 10,
      output: 205,
      cachedInput: 0,
      reasoning: 200,
    })
    expect(
      usageOf({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 215, completion_tokens_details: { reasoning_tokens: 200 } }),
    ).toEqual({ input: 10, output: 205, cachedInput: 0, reasoning: 200 })
  })
  test('parts are never more than the whole', () => {
    expect(
      usageOf({
        prompt_tokens: 10,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 8 },
        completion_tokens_details: { reasoning_tokens: 99 },
      }),
    ).toEqual({ input: 10, output: 5, cachedInput: 8, cacheWrite: 2, reasoning: 5 })
  })
})

describe('a 200 that is no answer may have been billed', () => {
  const usage = { prompt_tokens: 7, completion_tokens: 3 }
  const took = { input: 7, output: 3, cachedInput: 0 }
  const early = `{"id":"c","usage":${JSON.stringify(usage)},"choices":[{"message":{"content":"and then`
  const said = `{"choices":[{"message":{"content":"\\"usage\\":{\\"prompt_tokens\\":9999,\\"completion_tokens\\":1} and "usage": {}`
  test.each<[string, Uint8Array, unknown]>([
    ['no choices', bytes(JSON.stringify({ choices: [], usage })), took],
    ['an error after it began', completion({ usage }, { finish_reason: 'error' }), took],
    ['an error in its place', bytes(JSON.stringify({ error: { code: 502, message: 'upstream' }, usage })), took],
    ['cut off behind its usage', bytes(early), took],
    ['something behind it', Buffer.concat([completion({ usage }), bytes('}')]), took],
    ['cut off within its usage', bytes(early.slice(0, 40)), undefined],
    ['usage that the model wrote about', bytes(said), undefined],
    ['usage further inside', bytes(`{"choices":[{"usage":${JSON.stringify(usage)}}], "x`), undefined],
    ['a web page', bytes('<html>'), undefined],
    ['an answer that says nothing of it', bytes('{}'), undefined],
  ])('%s', (_, raw, expected) => {
    const envelope = readEnvelope(raw)
    expect(keeps(envelope)).toBe(false)
    expect(envelope.usage).toEqual(expected)
  })
})

test('the tier that answered is told', () => {
  expect(readEnvelope(completion({ service_tier: 'flex' }))).toMatchObject({ serviceTier: 'flex' })
  expect(readEnvelope(completion({ service_tier: 7 }))).not.toHaveProperty('serviceTier')
})

test('any bytes are read without a throw, and only a stop is a completion', () => {
  const json = fc.json().map(bytes)
  const near = fc
    .record({
      finish_reason: fc.constantFrom('stop', 'length', null, 'x', 3),
      content: fc.oneof(fc.string(), fc.constant(null), fc.jsonValue()),
      refusal: fc.option(fc.string()),
    })
    .map(({ finish_reason, ...message }) => bytes(JSON.stringify({ choices: [{ message, finish_reason }], usage: {} })))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), json, near), (raw) => {
      const envelope = readEnvelope(raw)
      if (envelope.kind === 'completion') expect([envelope.finish, envelope.content.trim() !== '']).toEqual(['stop', true])
      else expect(envelope.message.length).toBeLessThanOrEqual(200)
    }),
    { numRuns: 500 },
  )
})
