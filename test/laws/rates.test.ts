/** Laws of pace, on virtual time: against a server that counts, one that hangs now and then, and one that goes away for a minute. */
import { describe, expect, test } from 'vitest'
import { failureOfStatus } from '../../src/generate/failure.ts'
import type { Provider, Reply } from '../../src/generate/provider.ts'
import { Pace } from '../../src/generate/rate/pace.ts'
import { readServerLimits } from '../../src/generate/rate/server-limits.ts'
import { askWithRetry } from '../../src/generate/retry.ts'
import { Buckets } from '../../src/simulate/buckets.ts'
import { MANNERS, type Style } from '../../src/simulate/styles.ts'
import type { Clock } from '../../src/util/clock.ts'
import { seeded } from '../rig/random.ts'
import { VirtualTime } from '../rig/virtual-clock.ts'
import { mostWithin, perMinute } from '../unit/generate/rate/traffic.ts'

const GOOD = Buffer.from(
  '{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":80,"completion_tokens":120}}',
)

/** What a call meets: `n` counts them from 0. */
type Meet = (clock: Clock, n: number) => Promise<Reply>

interface Call {
  readonly askedAt: number
  readonly endedAt: number
  readonly tries: number
  readonly failed: string | undefined
}

interface Seen {
  readonly calls: readonly Call[]
  readonly began: readonly number[]
  readonly retries: number
  readonly endedAt: number
}

/** So many calls, so many at once, as fast as their pace allows. */
async function ask(meet: Meet, { calls, atOnce, seed }: { calls: number; atOnce: number; seed: number }): Promise<Seen> {
  const random = seeded(seed)
  const time = new VirtualTime(random)
  const clock = time.clock()
  const pace = new Pace(clock)
  const began: number[] = []
  const done: Call[] = []
  let retries = 0
  let asked = 0
  const provider: Provider = {
    simulated: false,
    ask: () => meet(clock, began.push(clock.now()) - 1),
    close: async () => {},
  }
  const slot = async () => {
    while (asked++ < calls) {
      const askedAt = clock.now()
      const result = await askWithRetry(
        provider,
        { body: {}, draw: { ordinal: 0, attempt: 0, epoch: 0 } },
        { clock, random, pace, signal: new AbortController().signal, onRetry: () => retries++ },
      )
      const failed = result.kind === 'failure' ? result.failure.code : undefined
      done.push({ askedAt, endedAt: clock.now(), tries: result.tries, failed })
    }
  }
  await time.until(Promise.all(Array.from({ length: atOnce }, slot)), { events: 5_000_000, ms: 3_600_000 })
  return { calls: done, began, retries, endedAt: time.now() }
}

/** A provider that counts in a provider's manner, and refuses a share of what it would let through besides. */
function counting(style: Style, limit: number, noise: number, seed: number): { meet: Meet; seen: { refused: number } } {
  const manner = MANNERS[style]
  const buckets = new Buckets({ requestsPerMinute: limit }, manner.periodMs)
  const random = seeded(seed)
  const seen = { refused: 0 }
  const meet: Meet = async (clock) => {
    const refusal =
      buckets.admit(clock.now(), 0) ??
      (random() < noise ? ({ of: 'requests', limit, used: limit, requested: 1, retryInMs: 1_000 } as const) : undefined)
    const headers: Record<string, string> = {
      ...manner.headers(buckets.levels(clock.now()), clock.date()),
      date: clock.date().toUTCString(),
    }
    if (refusal) Object.assign(headers, manner.refusedHeaders(refusal, clock.date()))
    const header = (name: string) => headers[name]
    const limits = readServerLimits(header)
    const said = limits ? { limits } : {}
    if (!refusal) {
      await clock.sleep(800 * (0.5 + random()))
      return { kind: 'response', raw: GOOD, ...said }
    }
    seen.refused++
    await clock.sleep(20)
    const body = JSON.parse(JSON.stringify(manner.refusedBody(refusal, 'm')))
    return { kind: 'failure', failure: failureOfStatus({ status: 429, body, header, host: 'h', redact: (text) => text }), ...said }
  }
  return { meet, seen }
}

describe.each([
  { limit: 1_000, atOnce: 60, calls: 2_400, styles: ['openai', 'anthropic'] as const },
  { limit: 30_000, atOnce: 1_000, calls: 24_000, styles: ['openai'] as const },
])('at $limit requests a minute, with a fifth of all refused besides', ({ limit, atOnce, calls, styles }) => {
  test.each<Style>(styles)(
    '%s: nine tenths of what is allowed are asked, more than it in no window, and no refusal costs two tries',
    async (style) => {
      const { meet, seen } = counting(style, limit, 0.2, 11)
      const { calls: done, began, retries, endedAt } = await ask(meet, { calls, atOnce, seed: 11 })
      // A fifth six times over, by chance.
      expect(done.filter(({ failed }) => failed !== undefined).length).toBeLessThanOrEqual(0.001 * calls)
      // The ramp: until the first answers have said what is allowed.
      const [from, to] = [5_000, endedAt - 5_000]
      const later = began.filter((at) => at >= from)
      expect(to - from).toBeGreaterThan(40_000)
      for (const ms of [1_000, 10_000, 30_000])
        expect(mostWithin(later, ms), `in ${ms} ms`).toBeLessThanOrEqual(Math.ceil((1.05 * limit * ms) / 60_000))
      expect(perMinute(began, from, to)).toBeGreaterThanOrEqual(0.9 * limit)
      expect(
        perMinute(
          done.map((call) => call.endedAt),
          from,
          to,
        ),
      ).toBeGreaterThanOrEqual(0.9 * 0.8 * limit)
      expect(retries).toBeLessThanOrEqual(1.3 * seen.refused)
    },
  )
})

const p99 = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] as number

test('one request in a thousand that hangs for ever: the others take as long as ever, and all is done a second after its deadline', async () => {
  const DEADLINE_MS = 60_000
  const HANGS = 900
  const latencies = seeded(5)
  const lasts = Array.from({ length: 4_000 }, () => 800 * (0.5 + latencies()))
  const meet =
    (hangs: boolean): Meet =>
    async (clock, n) => {
      if (hangs && n % 1_000 === HANGS) {
        await clock.sleep(DEADLINE_MS)
        return { kind: 'failure', failure: { kind: 'transient', code: 'timeout', message: 'no answer' } }
      }
      await clock.sleep(lasts[n % lasts.length] as number)
      return { kind: 'response', raw: GOOD }
    }
  const options = { calls: 4_000, atOnce: 64, seed: 5 }
  const well = await ask(meet(false), options)
  const hung = await ask(meet(true), options)
  const took = ({ calls }: Seen) => calls.filter(({ tries }) => tries === 1).map(({ askedAt, endedAt }) => endedAt - askedAt)
  expect([hung.calls.length, hung.calls.filter(({ tries }) => tries > 1).length, hung.retries]).toEqual([4_000, 4, 4])
  expect(Math.abs(p99(took(hung)) / p99(took(well)) - 1)).toBeLessThanOrEqual(0.01)
  const hangsAt = hung.began.filter((_, n) => n % 1_000 === HANGS)
  // The wait before the second try, and that try itself.
  expect(hung.endedAt).toBeLessThanOrEqual(Math.max(...hangsAt) + DEADLINE_MS + 1_000 + 1_200)
})

describe('a server that goes away for a minute', () => {
  const [AWAY, BACK] = [30_000, 90_000]
  const meet =
    (code: string): Meet =>
    async (clock) => {
      if (clock.now() >= AWAY && clock.now() < BACK) {
        await clock.sleep(20)
        return { kind: 'failure', failure: { kind: 'transient', code, message: 'gone' } }
      }
      await clock.sleep(400)
      return { kind: 'response', raw: GOOD }
    }

  test.each(['server-error', 'overloaded', 'connection-refused'])(
    '%s: it is asked once a second, no call fails, and all go on when it is back',
    async (code) => {
      const { calls, began, retries } = await ask(meet(code), { calls: 8_000, atOnce: 40, seed: 9 })
      expect([calls.length, calls.filter(({ failed }) => failed !== undefined)]).toEqual([8_000, []])
      const away = began.filter((at) => at >= AWAY + 1_000 && at < BACK)
      expect(away.length).toBeGreaterThan(50)
      expect(mostWithin(away, 1_000 - 1)).toBe(1)
      expect(began.filter((at) => at >= BACK && at < BACK + 3_000).length).toBeGreaterThan(40)
      // Of all calls, far less than a fifth.
      expect(retries).toBeLessThanOrEqual(0.2 * calls.length)
    },
  )

  test('one that stays away ends the build after two minutes, and says so', async () => {
    const gone: Meet = async (clock) => {
      await clock.sleep(20)
      if (clock.now() < AWAY) return { kind: 'response', raw: GOOD }
      return { kind: 'failure', failure: { kind: 'transient', code: 'server-error', message: 'gone' } }
    }
    const { calls } = await ask(gone, { calls: 60_040, atOnce: 40, seed: 9 })
    const failed = calls.filter((call) => call.failed !== undefined)
    expect([...new Set(failed.map((call) => call.failed))]).toContain('server-down')
    const first = Math.min(...failed.map(({ endedAt }) => endedAt))
    expect(first).toBeGreaterThan(AWAY + 120_000)
    expect(first).toBeLessThan(AWAY + 123_000)
  })

  test('one request that it cannot stomach is no outage', async () => {
    const poison: Meet = async (clock, n) => {
      await clock.sleep(100)
      // The first answers; then one call alone is tried and tried.
      return n < 5
        ? { kind: 'response', raw: GOOD }
        : { kind: 'failure', failure: { kind: 'transient', code: 'server-error', message: 'no' } }
    }
    const { calls } = await ask(poison, { calls: 6, atOnce: 1, seed: 9 })
    expect(calls.map(({ tries, failed }) => [tries, failed])).toEqual([...Array(5).fill([1, undefined]), [6, 'server-error']])
  })
})
