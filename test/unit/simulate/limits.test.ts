/** Limits in the manner of each provider, read by the client that has to live with them. */
import { describe, expect, test } from 'vitest'
import { failureOfStatus } from '../../../src/generate/failure.ts'
import { readServerLimits } from '../../../src/generate/rate/server-limits.ts'
import { Buckets } from '../../../src/simulate/buckets.ts'
import { goDuration, MANNERS, STYLES, type Style } from '../../../src/simulate/styles.ts'
import { mostWithin } from '../generate/rate/traffic.ts'

const DATE = new Date('2026-11-27T00:00:00Z')

describe('a bucket', () => {
  test('lets a minute’s worth through at once, then as fast as it fills', () => {
    const buckets = new Buckets({ requestsPerMinute: 60 })
    const through: number[] = []
    for (let now = 0; now < 180_000; now += 100) if (!buckets.admit(now, 0)) through.push(now)
    expect(through.length).toBe(60 + 179)
    expect(
      mostWithin(
        through.filter((now) => now > 60_000),
        60_000,
      ),
    ).toBeLessThanOrEqual(61)
  })

  test('that looks at ten seconds lets a sixth through at once', () => {
    const buckets = new Buckets({ requestsPerMinute: 60 }, 10_000)
    const admitted = Array.from({ length: 20 }, () => buckets.admit(0, 0) === undefined)
    expect(admitted.filter(Boolean).length).toBe(10)
  })

  test('a refused request takes nothing, and is told when to come back', () => {
    const buckets = new Buckets({ requestsPerMinute: 60, tokensPerMinute: 1_000 })
    expect(buckets.admit(0, 900)).toBeUndefined()
    expect(buckets.admit(0, 500)).toEqual({ of: 'tokens', limit: 1_000, used: 900, requested: 500, retryInMs: 24_000 })
    expect(buckets.levels(0)).toMatchObject({ requests: { remaining: 59 }, tokens: { remaining: 100 } })
    expect(buckets.admit(23_000, 500)).toBeDefined()
    expect(buckets.admit(24_000, 500)).toBeUndefined()
  })

  test('what is larger than the whole limit never fits', () => {
    expect(new Buckets({ tokensPerMinute: 1_000 }).admit(0, 1_001)?.retryInMs).toBe(Number.POSITIVE_INFINITY)
  })

  test('an answer that took less than was counted gives the rest back', () => {
    const buckets = new Buckets({ tokensPerMinute: 1_000 })
    buckets.admit(0, 1_000)
    buckets.correct(-600)
    expect(buckets.admit(0, 600)).toBeUndefined()
    expect(buckets.admit(0, 1)).toBeDefined()
  })
})

test.each([
  [0, '0ms'],
  [12, '12ms'],
  [1_000, '1s'],
  [7_660, '7.66s'],
  [360_000, '6m0s'],
  [3_603_500, '1h0m3.5s'],
])('%s ms are %s to Go', (ms, text) => {
  expect(goDuration(ms)).toBe(text)
})

/** What datagen understands of a style: while there is something left, and when there is not. */
function understood(style: Style) {
  const manner = MANNERS[style]
  const buckets = new Buckets({ requestsPerMinute: 60 }, manner.periodMs)
  buckets.admit(0, 0)
  const date = { date: DATE.toUTCString() }
  const left: Record<string, string> = { ...date, ...manner.headers(buckets.levels(0), DATE) }
  let refusal = buckets.admit(0, 0)
  while (!refusal) refusal = buckets.admit(0, 0)
  const gone: Record<string, string> = { ...date, ...manner.headers(buckets.levels(0), DATE), ...manner.refusedHeaders(refusal, DATE) }
  const failure = failureOfStatus({
    status: 429,
    body: JSON.parse(JSON.stringify(manner.refusedBody(refusal, 'm'))),
    header: (name) => gone[name],
    host: 'h',
    redact: (text) => text,
  })
  return {
    limit: readServerLimits((name) => left[name])?.requests?.perMinute,
    kind: failure.kind,
    code: failure.code,
    waitMs: failure.retryAfterMs,
  }
}

test.each<[Style, number | undefined, number | undefined]>([
  ['openai', 60, 1_000],
  ['azure', 60, 1_000],
  ['anthropic', 60, 1_000],
  // They do not say, or not of the minute: then the pace is found by trying.
  ['together', undefined, undefined],
  ['openrouter', undefined, 1_000],
  ['groq', undefined, 1_000],
])('%s: a limit of %s a minute is read, and a 429 waits %s ms', (style, limit, waitMs) => {
  expect(understood(style)).toEqual({ limit, kind: 'transient', code: 'rate-limit', waitMs })
})

test('every style is tried', () => {
  expect(STYLES.length).toBe(6)
})
