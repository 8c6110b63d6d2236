/** Trying again, on a clock that only moves when everyone waits. */
import { describe, expect, test } from 'vitest'
import type { Call, Failure, Provider, Reply } from '../../../src/generate/provider.ts'
import { Pace } from '../../../src/generate/rate/pace.ts'
import { askWithRetry, type RetryOptions } from '../../../src/generate/retry.ts'
import type { Clock } from '../../../src/util/clock.ts'

const call: Call = { body: { model: 'm' }, draw: { ordinal: 0, attempt: 0, epoch: 0 } }
const good = Buffer.from('{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}')
const transient = (changes: Partial<Failure> = {}): Reply => ({
  kind: 'failure',
  failure: { kind: 'transient', code: 'server-error', message: 'x', ...changes },
})
const response = (raw: Uint8Array): Reply => ({ kind: 'response', raw })

/** Sleeps end in the order of their times, one after another, as soon as nothing else can run. */
function virtualClock() {
  let time = 0
  const sleeping = new Set<{ until: number; wake: () => void }>()
  const slept: number[] = []
  let scheduled = false
  const tick = () => {
    scheduled = false
    const next = [...sleeping].sort((a, b) => a.until - b.until)[0]
    if (!next) return
    time = Math.max(time, next.until)
    next.wake()
    schedule()
  }
  const schedule = () => {
    if (scheduled) return
    scheduled = true
    setImmediate(tick)
  }
  const clock: Clock = {
    now: () => time,
    date: () => new Date(0),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        slept.push(ms)
        const sleeper = {
          until: time + ms,
          wake: () => {
            sleeping.delete(sleeper)
            resolve()
          },
        }
        if (signal?.aborted) return resolve()
        signal?.addEventListener('abort', sleeper.wake, { once: true })
        sleeping.add(sleeper)
        schedule()
      }),
  }
  return { clock, slept }
}

/** Answers from a list, then with the last of it, and notes when it was asked. */
function scripted(clock: Clock, replies: readonly Reply[]): Provider & { readonly asked: number[] } {
  const asked: number[] = []
  return {
    simulated: false,
    asked,
    async ask(_, signal) {
      asked.push(clock.now())
      if (signal.aborted) return { kind: 'failure', failure: { kind: 'aborted', code: 'aborted', message: 'x' } }
      return replies[Math.min(asked.length, replies.length) - 1] as Reply
    },
    close: async () => {},
  }
}

function set(replies: readonly Reply[], changes: Partial<RetryOptions> = {}) {
  const { clock, slept } = virtualClock()
  const provider = scripted(clock, replies)
  const pace = new Pace(clock)
  const retries: [string, number][] = []
  const options: RetryOptions = {
    clock,
    random: () => 1,
    signal: new AbortController().signal,
    pace,
    onRetry: (failure, waitMs) => retries.push([failure.code, waitMs]),
    ...changes,
  }
  return { clock, slept, provider, pace, retries, options, ask: () => askWithRetry(provider, call, options) }
}

test('a good answer takes one call', async () => {
  const { ask, pace, retries } = set([response(good)])
  expect(await ask()).toMatchObject({ kind: 'response', raw: good, tries: 1, envelope: { kind: 'completion', content: 'hi' } })
  expect([pace.calls, retries]).toEqual([1, []])
})

test('transient failures are tried again, waiting twice as long each time up to 30 s, and six times in all', async () => {
  const { ask, provider, retries, pace } = set([transient()])
  expect(await ask()).toEqual({ kind: 'failure', failure: { kind: 'transient', code: 'server-error', message: 'x' }, tries: 6 })
  expect(retries.map(([, ms]) => ms)).toEqual([500, 1000, 2000, 4000, 8000])
  expect([provider.asked, pace.calls]).toEqual([[0, 500, 1500, 3500, 7500, 15500], 6])
})

test('waits are jittered in full, and capped', async () => {
  const { ask, retries } = set([transient()], { random: () => 0.5, maxTries: 9 })
  await ask()
  expect(retries.map(([, ms]) => ms)).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000])
})

test('exactly as many calls as tries are allowed', async () => {
  for (const maxTries of [1, 2, 3, 7]) {
    const { ask, provider } = set([transient()], { maxTries })
    await ask()
    expect(provider.asked.length).toBe(maxTries)
  }
})

test('the server is waited for as long as it asks', async () => {
  const { ask, provider } = set([transient({ code: 'server-error', retryAfterMs: 7_000 }), response(good)])
  expect((await ask()).kind).toBe('response')
  expect(provider.asked).toEqual([0, 7_000])
})

test.each(['', '<html>', 'null', '{"choices":[]}', '{"choices":[{"mess', '{"error":{"code":503}}'])(
  'a 200 that is no answer is tried again: %j',
  async (text) => {
    const { ask, provider } = set([response(Buffer.from(text)), response(good)])
    expect((await ask()).kind).toBe('response')
    expect(provider.asked.length).toBe(2)
  },
)

test('an answer that was billed but is no use is returned, not asked for again', async () => {
  const { ask } = set([response(Buffer.from('{"choices":[{"message":{"content":"hi"},"finish_reason":"length"}]}'))])
  expect(await ask()).toMatchObject({ kind: 'response', tries: 1, envelope: { kind: 'rejected', code: 'cut-off' } })
})

test.each(['fatal', 'refused', 'aborted'] as const)('%s ends it at once', async (kind) => {
  const { ask } = set([transient({ kind })])
  expect(await ask()).toMatchObject({ kind: 'failure', failure: { kind }, tries: 1 })
})

test('a 200 with an error about money is fatal', async () => {
  const { ask } = set([response(Buffer.from('{"error":{"code":"insufficient_quota"}}'))])
  expect(await ask()).toMatchObject({ kind: 'failure', failure: { kind: 'fatal', code: 'quota' }, tries: 1 })
})

describe('one rate limit pauses everyone (R8)', () => {
  test('others wait until the pause is over, spread by at most a second', async () => {
    const { clock, provider, pace, options, ask } = set([transient({ code: 'rate-limit', retryAfterMs: 10_000 }), response(good)])
    const first = ask()
    await Promise.resolve()
    await Promise.resolve()
    const others = Array.from({ length: 5 }, (_, i) => askWithRetry(provider, call, { ...options, random: () => i / 5 }))
    const all = await Promise.all([first, ...others])
    expect(all.map((asked) => asked.kind)).toEqual(Array.from({ length: 6 }, () => 'response'))
    const again = provider.asked.filter((time) => time > 0)
    expect([provider.asked.length - again.length, Math.min(...again), Math.max(...again) <= 11_000, pace.calls]).toEqual([
      1,
      10_000,
      true,
      7,
    ])
    expect(clock.now()).toBeLessThanOrEqual(11_000)
  })

  test('without a hint the pause is at least half of the backoff', async () => {
    const { ask, retries } = set([transient({ code: 'rate-limit' }), response(good)], { random: () => 0 })
    await ask()
    expect(retries).toEqual([['rate-limit', 250]])
  })

  test('other failures pause nobody else', async () => {
    const { ask, pace } = set([transient({ retryAfterMs: 9_000 }), response(good)])
    await ask()
    expect(pace.pausedUntil).toBeLessThanOrEqual(0)
  })
})

describe('ending early', () => {
  test('an abort ends a wait at once', async () => {
    const abort = new AbortController()
    const { ask, provider, clock } = set([transient({ retryAfterMs: 900_000 })], {
      signal: abort.signal,
      onRetry: () => queueMicrotask(() => abort.abort()),
    })
    expect(await ask()).toMatchObject({ kind: 'failure', failure: { kind: 'aborted', code: 'aborted' }, tries: 1 })
    expect([provider.asked.length, clock.now()]).toEqual([1, 0])
  })

  test('a stop ends a wait too, and lets a call in flight finish', async () => {
    const stop = new AbortController()
    const waiting = set([transient({ retryAfterMs: 900_000 })], { stop: stop.signal, onRetry: () => queueMicrotask(() => stop.abort()) })
    expect(await waiting.ask()).toMatchObject({ failure: { kind: 'aborted', code: 'stopped' }, tries: 1 })

    const later = new AbortController()
    const flying = set([], { stop: later.signal })
    const provider: Provider = {
      simulated: false,
      async ask() {
        later.abort()
        return response(good)
      },
      close: async () => {},
    }
    expect((await askWithRetry(provider, call, flying.options)).kind).toBe('response')
  })

  test('before the first call nothing is asked', async () => {
    const { ask, provider } = set([response(good)], { signal: AbortSignal.abort() })
    expect(await ask()).toMatchObject({ failure: { kind: 'aborted' }, tries: 0 })
    expect(provider.asked).toEqual([])
  })

  test('every single call passes the gate', async () => {
    let left = 2
    const limit: Failure = { kind: 'fatal', code: 'calls', message: 'the call limit is reached' }
    const { ask, provider } = set([transient()], { gate: () => (left-- > 0 ? undefined : limit) })
    expect(await ask()).toEqual({ kind: 'failure', failure: limit, tries: 2 })
    expect(provider.asked.length).toBe(2)
  })

  test('waits leave no listeners on the signals', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }) as typeof signal.addEventListener
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }) as typeof signal.removeEventListener
    const { ask } = set([transient(), transient(), response(good)], { signal })
    await ask()
    expect(listeners).toBe(0)
  })
})
