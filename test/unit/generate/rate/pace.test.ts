/** How fast it goes: as fast as allowed and no faster, whoever says what is allowed. */

import { describe, expect, test } from 'vitest'
import type { Hold } from '../../../../src/events/event.ts'
import { Pace, type Turn } from '../../../../src/generate/rate/pace.ts'
import { Slots } from '../../../../src/generate/rate/slots.ts'
import { seeded } from '../../../rig/random.ts'
import { VirtualTime } from '../../../rig/virtual-clock.ts'
import { mostWithin, perMinute, run } from './traffic.ts'

describe.each([
  { limit: 1_000, crowd: 40, minutes: 3 },
  { limit: 30_000, crowd: 800, minutes: 0.5 },
])('at $limit requests a minute', ({ limit, crowd, minutes }) => {
  const end = minutes * 60_000
  const windows = [1_000, 10_000, end / 2]

  test.each([0, 0.2])('with %s of all refused for no reason, it is kept to 90 % and never passed by 5 % in any window', async (noise) => {
    const seen = await run({ pace: { requestsPerMinute: limit }, noise, retryAfterMs: 1_000, crowd, minutes, seed: 1 })
    for (const ms of windows) expect(mostWithin(seen.began, ms)).toBeLessThanOrEqual(Math.ceil((1.05 * limit * ms) / 60_000))
    expect(perMinute(seen.began, 10_000, end)).toBeGreaterThanOrEqual(0.9 * limit)
    expect(perMinute(seen.answered, 10_000, end)).toBeGreaterThanOrEqual(0.9 * (1 - noise) * limit)
    expect(seen.retries).toBeLessThanOrEqual(1.3 * seen.refused)
  })

  test('it is learnt from the headers of the first answers', async () => {
    const seen = await run({
      says: { requests: { perMinute: limit } },
      noise: 0.2,
      retryAfterMs: 1_000,
      crowd: crowd / 4,
      latencyMs: 200,
      minutes,
      seed: 2,
    })
    const later = seen.began.filter((at) => at > 2_000)
    for (const ms of windows) expect(mostWithin(later, ms)).toBeLessThanOrEqual(Math.ceil((1.05 * limit * ms) / 60_000))
    expect(perMinute(seen.began, 10_000, end)).toBeGreaterThanOrEqual(0.9 * limit)
  })
})

test.each([1_000, 6_000])('where nobody says, %s a minute are found: nine tenths get through, and few are refused', async (limit) => {
  const seen = await run({ limit, depth: limit / 60, retryAfterMs: 1_000, crowd: limit / 30, minutes: 4, seed: 3 })
  expect(perMinute(seen.answered, 60_000, 240_000)).toBeGreaterThanOrEqual(0.9 * limit)
  expect(
    mostWithin(
      seen.began.filter((at) => at > 60_000),
      60_000,
    ),
  ).toBeLessThanOrEqual(1.05 * limit)
  expect(seen.refused / seen.began.length).toBeLessThan(0.05)
  expect(seen.retries).toBeLessThanOrEqual(1.3 * seen.refused)
})

describe('refusals by chance, where nobody says what the limit is', () => {
  const flow = (noise: number) => run({ noise, retryAfterMs: 1_000, crowd: 60, minutes: 3, seed: 5 })
  const got = async (noise: number) => perMinute((await flow(noise)).answered, 30_000, 180_000)

  test('one in a hundred costs no more than it takes to ask again', async () => {
    const undisturbed = await got(0)
    expect(await got(0.001)).toBeGreaterThanOrEqual(0.98 * undisturbed)
    expect(await got(0.01)).toBeGreaterThanOrEqual(0.95 * undisturbed)
  })

  test.each([1_000, 6_000])('beside a limit of %s they do not hide it', async (limit) => {
    const seen = await run({ limit, noise: 0.01, depth: limit / 60, retryAfterMs: 1_000, crowd: limit / 30, minutes: 4, seed: 3 })
    expect(perMinute(seen.answered, 60_000, 240_000)).toBeGreaterThanOrEqual(0.9 * limit)
    const later = seen.began.filter((at) => at > 60_000)
    expect(mostWithin(later, 60_000)).toBeLessThanOrEqual(1.05 * limit)
    expect(seen.refused / seen.began.length).toBeLessThan(0.05)
  })
})

test('the same seed gives the same calls at the same times', async () => {
  const once = () => run({ limit: 600, depth: 10, noise: 0.1, crowd: 20, minutes: 1, seed: 7 })
  expect(await once()).toEqual(await once())
})

test('the smaller limit holds, of config and server', async () => {
  for (const [requestsPerMinute, said] of [
    [600, 1_000],
    [1_000, 600],
  ] as const) {
    const seen = await run({ pace: { requestsPerMinute }, says: { requests: { perMinute: said } }, crowd: 30, minutes: 1, seed: 4 })
    expect(Math.round(perMinute(seen.began, 5_000, 60_000) / 30) * 30).toBe(600)
  }
})

describe('tokens', () => {
  test('are kept to 90 % and never passed by 5 %, though answers are only known when they come', async () => {
    const seen = await run({
      pace: { tokensPerMinute: 60_000 },
      size: { input: 80, most: 4_000 },
      crowd: 60,
      minutes: 4,
      seed: 5,
    })
    // 200 tokens each: 300 calls.
    expect(perMinute(seen.answered, 60_000, 240_000)).toBeGreaterThanOrEqual(0.9 * 300)
    expect(mostWithin(seen.answered, 60_000)).toBeLessThanOrEqual(1.05 * 300)
  })

  test('where the server counts what an answer may take, so do we', async () => {
    const seen = await run({
      pace: { tokensPerMinute: 60_000, countsMost: true },
      size: { input: 80, most: 520 },
      crowd: 60,
      minutes: 2,
      seed: 6,
    })
    // 600 each, though 200 come back.
    expect([seen.began.length >= 198, seen.began.length <= 202]).toEqual([true, true])
  })

  test('a prompt larger than a minute’s allowance is asked all the same, and paid off afterwards', async () => {
    const seen = await run({
      pace: { tokensPerMinute: 600 },
      size: { input: 80, most: 1_000 },
      crowd: 1,
      minutes: 10,
      seed: 8,
      latencyMs: 1,
    })
    expect(seen.answered.length).toBeGreaterThanOrEqual(27)
    expect(seen.answered.length).toBeLessThanOrEqual(31)
  })
})

describe('turns', () => {
  function waiting(options: ConstructorParameters<typeof Pace>[1]) {
    const time = new VirtualTime(seeded(1))
    const pace = new Pace(time.clock(), options)
    const went: [string, number][] = []
    const ask = (lane: string, quit = new AbortController()) => {
      const turn = pace.turn({ lane }, [quit.signal])
      const note = (given: Turn | undefined) => void went.push([given ? lane : `${lane} left`, Math.round(time.now())])
      if (turn instanceof Promise) return turn.then(note)
      note(turn)
      return Promise.resolve()
    }
    return { time, pace, went, ask }
  }
  const MOST = { events: 1_000, ms: 600_000 }

  test('lanes take turns: one verdict does not wait for a hundred answers', async () => {
    const { time, went, ask } = waiting({ requestsPerMinute: 60 })
    await time.until(Promise.all([ask('write'), ask('write'), ask('write'), ask('write'), ask('judge'), ask('judge')]), MOST)
    expect(went.map(([lane]) => lane)).toEqual(['write', 'write', 'judge', 'write', 'judge', 'write'])
  })

  test('the first goes at once, the others as the rate allows', async () => {
    const { time, went, ask } = waiting({ requestsPerMinute: 60 })
    const all = Promise.all([ask('a'), ask('a'), ask('a')])
    expect(went).toEqual([['a', 0]])
    await time.until(all, MOST)
    expect(went.map(([, at]) => at)).toEqual([0, 960, 1960])
  })

  test('who leaves takes no turn, and holds nobody up', async () => {
    const { time, went, ask } = waiting({ requestsPerMinute: 60 })
    const quit = new AbortController()
    const all = Promise.all([ask('a'), ask('b', quit), ask('c')])
    quit.abort()
    await time.until(all, MOST)
    expect(went).toEqual([
      ['a', 0],
      ['b left', 0],
      ['c', 960],
    ])
  })

  test('what is used up is waited for, whoever is told', async () => {
    const { time, pace, went, ask } = waiting({})
    const first = pace.turn({ lane: 'a' }, []) as Turn
    pace.ended(first, { limits: { requests: { usedUpForMs: 5_000 } } }, 0)
    await time.until(Promise.all([ask('a'), ask('b')]), MOST)
    expect(went.map(([, at]) => at)).toEqual([5_000, 5_460])
  })

  describe('who waits is told why', () => {
    const kept = (options: ConstructorParameters<typeof Pace>[1], begin: (pace: Pace) => void) => {
      const { pace } = waiting(options)
      const told: Hold[] = []
      const wish = { lane: 'a', held: (hold: Hold) => void told.push(hold) }
      begin(pace)
      void pace.turn(wish, [])
      return told
    }
    const taken = (pace: Pace) => pace.turn({ lane: 'a', size: () => ({ input: 10, most: 90 }) }, []) as Turn

    test('the rate, and whether the config, the server or experience says so', () => {
      expect(kept({ requestsPerMinute: 60 }, taken)).toEqual([{ why: 'requests', perMinute: 60, by: 'config' }])
      const said = (perMinute: number) => (pace: Pace) => {
        pace.ended(taken(pace), { limits: { requests: { perMinute } } }, 0)
        taken(pace)
      }
      expect(kept({}, said(30))).toEqual([{ why: 'requests', perMinute: 30, by: 'server' }])
      expect(kept({ requestsPerMinute: 90_000 }, said(30))).toEqual([{ why: 'requests', perMinute: 30, by: 'server' }])
      expect(kept({ tokensPerMinute: 600 }, taken)).toEqual([{ why: 'tokens', perMinute: 600, by: 'config' }])
      const found = kept({ requestsPerMinute: 60 }, (pace) => {
        pace.ended(taken(pace), { failure: { kind: 'transient', code: 'overloaded', message: '' } }, 0)
      })
      expect(found).toEqual([{ why: 'requests', perMinute: 30, by: 'trial' }])
    })

    test('a pause that the server asked for, and no slot', () => {
      expect(kept({}, (pace) => pace.ended(taken(pace), { limits: { requests: { usedUpForMs: 5_000 } } }, 0))).toEqual([
        { why: 'pause', ms: 5_000 },
      ])
      expect(kept({ slots: new Slots(1) }, taken)).toEqual([{ why: 'slots', calls: 1 }])
    })

    test('a server that answers nobody any more', () => {
      const lost = { failure: { kind: 'transient', code: 'connection-lost', message: '' } } as const
      const told = kept({}, (pace) => {
        const calls = Array.from({ length: 5 }, (_, i) => pace.turn({ lane: `${i}` }, []) as Turn)
        pace.ended(taken(pace), {}, 0)
        for (const call of calls) pace.ended(call, lost, 0)
      })
      expect(told).toEqual([{ why: 'outage', ms: 0 }])
    })
  })

  test('an overloaded server is asked half as often, and soon as often as before', async () => {
    const { time, pace } = waiting({})
    for (let i = 0; i < 300; i++) {
      const turn = pace.turn({ lane: 'a' }, []) as Turn
      await time.until(time.clock().sleep(100), MOST)
      pace.ended(turn, {}, 0)
    }
    const turn = pace.turn({ lane: 'a' }, []) as Turn
    pace.ended(turn, { failure: { kind: 'transient', code: 'overloaded', message: '' } }, 500)
    expect(Math.round((pace.perMinute ?? 0) / 10) * 10).toBe(300)
    expect(pace.pausedUntil).toBeLessThan(time.now())
  })
})
