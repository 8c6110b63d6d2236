/** What becomes of every HTTP fault, against a real server in a process of its own. */
import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import { readEnvelope } from '../../../src/generate/envelope.ts'
import type { Call, Provider, Reply } from '../../../src/generate/provider.ts'
import { createOpenAI } from '../../../src/generate/providers/openai.ts'
import { MAX_BODY_BYTES } from '../../../src/generate/providers/transport.ts'
import { keyed } from '../../rig/credentials.ts'
import { type Fault, startServer, type TestServer } from '../../rig/server.ts'

const KEY = 'sk-canary-0123456789abcdef0123456789'
let server: TestServer
let elsewhere: TestServer
const open: Provider[] = []

beforeAll(async () => {
  ;[server, elsewhere] = await Promise.all([startServer(), startServer()])
})
afterAll(async () => {
  await Promise.all(open.map((provider) => provider.close()))
  await Promise.all([server.close(), elsewhere.close()])
})
beforeEach(() => server.reset())

function spec(changes: Partial<ModelSpec> = {}): ModelSpec {
  return {
    name: 'm',
    provider: 'openai',
    model: 'test-model',
    baseUrl: server.url,
    identity: 'x',
    params: {},
    structured: 'json_schema',
    timeoutMs: 5_000,
    ...changes,
  }
}

function provider(changes: Partial<ModelSpec> = {}, apiKey: string | undefined = KEY): Provider {
  const made = createOpenAI(spec(changes), { credentials: keyed(apiKey), connections: 8 })
  open.push(made)
  return made
}

const call: Call = {
  body: { model: 'test-model', messages: [{ role: 'user', content: 'hello' }], temperature: 0.5 },
  draw: { ordinal: 0, attempt: 0, epoch: 0 },
}
const never = new AbortController().signal

async function meet(fault: Fault, changes: Partial<ModelSpec> = {}): Promise<Reply> {
  await server.script({ rules: [{ fault }] })
  const reply = await provider(changes).ask(call, never)
  expect((await server.requests()).length, 'exactly one request').toBe(1)
  return reply
}

async function meetFailure(fault: Fault, changes: Partial<ModelSpec> = {}) {
  const reply = await meet(fault, changes)
  if (reply.kind !== 'failure') throw new Error('expected a failure')
  expect(reply.failure.message).not.toContain(KEY)
  expect(reply.failure.message.length).toBeLessThanOrEqual(200)
  return reply.failure
}

const status = (code: number, error: unknown, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
  body: JSON.stringify({ error }),
})

describe('headers of one’s own', () => {
  test('go out with every request, beside the key, and those that are secret are taken out of what comes back', async () => {
    const hidden = 'hidden-in-a-header-0123'
    const credentials = keyed(KEY, { 'x-gateway': hidden })
    const made = createOpenAI(spec(), {
      credentials: { ...credentials, headers: { ...credentials.headers, 'x-title': 'mine' } },
      connections: 1,
    })
    open.push(made)
    await server.script({
      rules: [
        { fault: status(400, { message: `who is ${hidden}?` }), nth: [0] },
        { fault: { kind: 'content', content: `you are ${hidden}` }, nth: [1] },
      ],
    })
    const replies = [await made.ask(call, never), await made.ask(call, never)]
    expect(replies.map((reply) => reply.kind === 'failure' && [reply.failure.code, reply.failure.message])).toEqual([
      ['bad-request', `127.0.0.1:${server.port} answered 400: who is ***?`],
      ['echoed-key', expect.not.stringContaining(hidden)],
    ])
    for (const { headers, authorization } of await server.requests())
      expect([headers['x-gateway'], headers['x-title'], authorization]).toEqual([hidden, 'mine', `Bearer ${KEY}`])
  })
})

describe('a good answer', () => {
  test('comes back byte for byte, and the body goes out exactly as given, with the key and nothing of the environment', async () => {
    process.env['OPENAI_ORG_ID'] = 'org-from-environment'
    process.env['OPENAI_CUSTOM_HEADERS'] = 'x-secret: 1'
    try {
      await server.script({
        rules: [{ fault: { kind: 'body', body: ' {"choices":[{"message":{"content":"h\\u00e9"},"finish_reason":"stop"}]}\n' } }],
      })
      const reply = await provider().ask(call, never)
      expect(reply.kind === 'response' && Buffer.from(reply.raw).toString()).toBe(
        ' {"choices":[{"message":{"content":"h\\u00e9"},"finish_reason":"stop"}]}\n',
      )
      const [request] = await server.requests()
      expect(request?.body).toBe(JSON.stringify(call.body))
      expect(request?.authorization).toBe(`Bearer ${KEY}`)
      expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
        'accept',
        'accept-encoding',
        'authorization',
        'connection',
        'content-length',
        'content-type',
        'host',
        'user-agent',
      ])
    } finally {
      delete process.env['OPENAI_ORG_ID']
      delete process.env['OPENAI_CUSTOM_HEADERS']
    }
  })

  test('needs no key where none is given', async () => {
    const made = createOpenAI(spec(), { connections: 1 })
    open.push(made)
    const reply = await made.ask(call, never)
    expect(reply.kind).toBe('response')
    expect((await server.requests())[0]?.authorization).toBe(null)
  })

  test('is unpacked when the server compresses although it was asked not to', async () => {
    const reply = await meet({ kind: 'gzip' })
    expect(reply.kind === 'response' && readEnvelope(reply.raw).kind).toBe('completion')
  })

  test('many at once all arrive over a bounded number of sockets', async () => {
    const one = provider()
    const replies = await Promise.all(Array.from({ length: 100 }, () => one.ask(call, never)))
    expect(replies.filter((reply) => reply.kind === 'response').length).toBe(100)
  })
})

describe('status codes (H2, H6, H7, H8)', () => {
  const cases: [Fault, 'transient' | 'refused' | 'fatal', string][] = [
    [status(429, { code: 'rate_limit_exceeded', type: 'requests' }), 'transient', 'rate-limit'],
    [status(429, { code: 'slow_down', type: 'rate_limit_error' }), 'transient', 'rate-limit'],
    [
      status(429, { code: 'rate_limit_exceeded', type: 'tokens', message: 'Limit 30000, Used 0, Requested 40000' }),
      'refused',
      'over-limit',
    ],
    [status(429, { code: 'insufficient_quota', type: 'insufficient_quota' }), 'fatal', 'quota'],
    [status(429, { code: 'credit_balance_exhausted', type: 'insufficient_quota' }), 'fatal', 'quota'],
    [status(429, { code: 'some_new_code', type: 'insufficient_quota' }), 'fatal', 'quota'],
    [status(402, { code: 402, message: 'no credits' }), 'fatal', 'quota'],
    [status(402, { code: 402, metadata: { limit_source: 'openrouter_in_flight_budget' } }), 'transient', 'rate-limit'],
    [status(400, { code: 'context_length_exceeded', type: 'invalid_request_error' }), 'refused', 'context-length'],
    [status(400, { code: null, message: 'no' }), 'refused', 'bad-request'],
    [status(400, { code: 'unsupported_value', message: 'Only the default (1) value is supported' }), 'fatal', 'unsupported-parameter'],
    [status(413, {}), 'refused', 'too-large'],
    [status(422, {}), 'refused', 'bad-request'],
    [status(401, { code: 'invalid_api_key' }), 'fatal', 'auth'],
    [status(403, {}), 'fatal', 'auth'],
    [status(404, { code: 'model_not_found' }), 'fatal', 'unknown-model'],
    [status(404, 'model "x" not found, try pulling it first'), 'fatal', 'not-found'],
    [status(408, {}), 'transient', 'timeout'],
    [status(409, {}), 'transient', 'server-error'],
    [status(425, {}), 'transient', 'server-error'],
    [status(500, {}), 'transient', 'server-error'],
    [{ kind: 'status', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>bad gateway' }, 'transient', 'server-error'],
    [status(503, { code: 'server_is_overloaded' }), 'transient', 'overloaded'],
    [status(529, { type: 'overloaded_error' }), 'transient', 'overloaded'],
    [
      {
        kind: 'status',
        status: 400,
        body: '[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]',
      },
      'fatal',
      'auth',
    ],
    [{ kind: 'status', status: 503, headers: { 'x-should-retry': 'true' }, body: '' }, 'transient', 'server-error'],
  ]
  test.each(cases)('%j', async (fault, kind, code) => {
    const failure = await meetFailure(fault)
    expect([failure.kind, failure.code]).toEqual([kind, code])
  })

  test.each<[string, Fault, RegExp]>([
    ['Azure’s', status(400, { code: 'content_filter', message: 'no' }), /through: no$/],
    [
      'one that only its status tells',
      status(403, { message: 'no', metadata: { reasons: ['hate'] } }),
      /through: 127\.0\.0\.1:\d+ answered 403: no$/,
    ],
    ['one in a list', { kind: 'status', status: 400, body: '[{"error":{"code":"content_filter","message":"no"}}]' }, /answered 400: no$/],
    ['one that echoes the key', status(400, { code: 'content_filter', message: `no ${KEY}` }), /answered 400: no \*\*\*$/],
    ['one that is long', status(400, { code: 'content_filter', message: 'no', prompt: 'x'.repeat(100_000) }), /answered 400: no$/],
  ])('a filter’s no is an answer that says the same when it is read again (H8): %s', async (_, fault, says) => {
    const reply = await meet(fault)
    const raw = reply.kind === 'response' ? reply.raw : Buffer.from('')
    expect(readEnvelope(raw)).toMatchObject({ kind: 'rejected', code: 'prompt-filtered', final: true, usage: { input: 0, output: 0 } })
    expect((readEnvelope(raw) as { message: string }).message).toMatch(says)
    expect(Buffer.from(raw).includes(KEY)).toBe(false)
    expect(raw.length).toBeLessThan(1_000)
  })

  test('the message of the server is shown, without escapes and without the key it echoes', async () => {
    const failure = await meetFailure(
      status(401, { message: `Incorrect API key \u001b[31m${KEY}\u0007 provided: sk-ab***xyz99. Authorization: Bearer ${KEY}` }),
    )
    expect(failure.message).toBe(`127.0.0.1:${server.port} answered 401: Incorrect API key *** provided: *** Authorization: ***`)
  })

  test('a key that the cut would halve is gone all the same', async () => {
    const made = createOpenAI(spec(), { credentials: keyed('unusualkey0123456789'), connections: 1 })
    open.push(made)
    await server.script({ rules: [{ fault: status(500, { message: `${'x'.repeat(150)} unusualkey0123456789` }) }] })
    const reply = await made.ask(call, never)
    expect(reply.kind === 'failure' && reply.failure.message.endsWith('x ***')).toBe(true)
  })

  test('a long message is cut', async () => {
    expect((await meetFailure(status(500, { message: 'x'.repeat(10_000) }))).message.length).toBe(200)
  })
})

describe('when to ask again (H3, H4)', () => {
  const rate = (headers: Record<string, string>) => status(429, { code: 'rate_limit_exceeded' }, headers)
  test.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after': '900' }, 900_000],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:10 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 10_000],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, undefined],
    [{ 'retry-after': 'NaN' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '1e309' }, undefined],
    [{ 'retry-after': '0' }, undefined],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s', 'x-ratelimit-reset-requests': '12ms' }, 7_660],
    [{ 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': '0' }, undefined],
    [{ 'x-ratelimit-remaining-requests': '59', 'x-ratelimit-reset-requests': '1s' }, undefined],
    [{}, undefined],
  ])('%j is %s ms', async (headers, expected) => {
    expect((await meetFailure(rate(headers))).retryAfterMs).toBe(expected)
  })
})

test.each([
  ['86400', 'fatal', 'long-wait', /answered 429 and asks to come back in 24 hours: slow/],
  ['901', 'fatal', 'long-wait', /in 15 minutes/],
  ['99999999999', 'transient', 'rate-limit', /answered 429: slow/],
])('Retry-After: %s is %s', async (wait, kind, code, message) => {
  const failure = await meetFailure(status(429, { code: 'rate_limit_exceeded', message: 'slow' }, { 'retry-after': wait }))
  expect([failure.kind, failure.code]).toEqual([kind, code])
  expect(failure.message).toMatch(message)
})

describe('the connection breaks (H9)', () => {
  test.each(['before-headers', 'after-headers', 'mid-body'] as const)('reset %s', async (when) => {
    const failure = await meetFailure({ kind: 'reset', when })
    expect(failure).toEqual({
      kind: 'transient',
      code: 'connection-lost',
      message: `127.0.0.1:${server.port} closed the connection before the answer was complete`,
    })
  })

  test('a body that is shorter than its content-length is lost', async () => {
    expect((await meetFailure({ kind: 'short-body' })).code).toBe('connection-lost')
  })

  test('nobody listens', async () => {
    const probe = createServer()
    const port = await new Promise<number>((resolve) =>
      probe.listen(0, '127.0.0.1', () => resolve((probe.address() as { port: number }).port)),
    )
    await new Promise((resolve) => probe.close(resolve))
    const reply = await provider({ baseUrl: `http://127.0.0.1:${port}/v1` }).ask(call, never)
    expect(reply).toEqual({
      kind: 'failure',
      failure: { kind: 'transient', code: 'connection-refused', message: `nothing listens on 127.0.0.1:${port}` },
    })
  })

  test('a host without an address is named', async () => {
    const reply = await provider({ baseUrl: 'http://no-such-host.invalid:81/v1' }).ask(call, never)
    expect(reply.kind === 'failure' && [reply.failure.kind, /no-such-host\.invalid:81/.test(reply.failure.message)]).toEqual([
      'transient',
      true,
    ])
  })

  test('a server that does not speak TLS is fatal for an https address', async () => {
    const reply = await provider({ baseUrl: `https://127.0.0.1:${server.port}/v1` }).ask(call, never)
    expect(reply.kind === 'failure' && [reply.failure.kind, reply.failure.code]).toEqual(['fatal', 'tls'])
  })

  test('a base URL that is none is fatal', async () => {
    const reply = await provider({ baseUrl: 'not a url' }).ask(call, never)
    expect(reply.kind === 'failure' && [reply.failure.kind, reply.failure.code]).toEqual(['fatal', 'bad-url'])
  })
})

describe('deadlines (H10, H11)', () => {
  test('silence ends at the deadline', async () => {
    const began = performance.now()
    const failure = await meetFailure({ kind: 'hang' }, { timeoutMs: 80 })
    expect([failure.kind, failure.code, failure.message]).toEqual([
      'transient',
      'timeout',
      `127.0.0.1:${server.port} did not answer within 0.08 s`,
    ])
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('a body that drips ends at the same deadline', async () => {
    expect((await meetFailure({ kind: 'drip', everyMs: 10 }, { timeoutMs: 80 })).code).toBe('timeout')
  })

  test('an abort ends the call at once, and leaves no listener behind', async () => {
    await server.script({ rules: [{ fault: { kind: 'hang' } }] })
    const { signal, listeners, abort } = countingSignal()
    const asking = provider().ask(call, signal)
    setTimeout(abort, 30)
    expect(await asking).toEqual({ kind: 'failure', failure: { kind: 'aborted', code: 'aborted', message: 'the call was aborted' } })
    expect(listeners()).toBe(0)
  })

  test('a thousand calls leave no listener on a shared signal', async () => {
    const { signal, listeners } = countingSignal()
    const one = provider()
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, () => one.ask(call, signal)))
    expect(listeners()).toBe(0)
  })
})

/** A signal that knows how many listeners it has. */
function countingSignal() {
  const controller = new AbortController()
  const { signal } = controller
  let count = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = ((...args: Parameters<typeof add>) => {
    count++
    add(...args)
  }) as typeof signal.addEventListener
  signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
    count--
    remove(...args)
  }) as typeof signal.removeEventListener
  return { signal, listeners: () => count, abort: () => controller.abort() }
}

// Twice the limit, and what a test run takes by itself.
const MOST_GROWTH_BYTES = 2 * MAX_BODY_BYTES + 32 * 1024 * 1024

describe('bodies that are too much (H18)', () => {
  test('a gzip bomb is not unpacked beyond the limit', async () => {
    const before = process.memoryUsage().rss
    const failure = await meetFailure({ kind: 'gzip', bytes: 200 * 1024 * 1024 }, { timeoutMs: 60_000 })
    expect([failure.kind, failure.code]).toEqual(['refused', 'answer-too-large'])
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES)
  })

  test('a body without end is cut off at the limit', async () => {
    const before = process.memoryUsage().rss
    expect((await meetFailure({ kind: 'endless' })).code).toBe('answer-too-large')
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES)
  })
})

describe('redirects (H19)', () => {
  test.each([301, 302, 307, 308])('%s is not followed: neither key nor prompt reach the other host', async (code) => {
    await elsewhere.reset()
    const failure = await meetFailure({ kind: 'redirect', status: code, location: `${elsewhere.url}/chat/completions?token=secret` })
    expect(failure).toEqual({
      kind: 'fatal',
      code: 'redirect',
      message: `127.0.0.1:${server.port} answered ${code}, a redirect to 127.0.0.1:${elsewhere.port}; redirects are not followed, so correct the base URL`,
    })
    expect(await elsewhere.requests()).toEqual([])
  })
})

test('an answer that contains the key is not kept', async () => {
  const failure = await meetFailure({ kind: 'content', content: `your key is ${KEY}` })
  expect([failure.kind, failure.code]).toEqual(['fatal', 'echoed-key'])
})
