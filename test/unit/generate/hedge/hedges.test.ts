/** Which calls are looked at and when, and how many of them may be made twice. */
import { expect, test } from 'vitest'
import type { HedgeSpec } from '../../../../src/config/dataset.ts'
import { Hedges } from '../../../../src/generate/hedge/hedges.ts'
import { seeded } from '../../../rig/random.ts'
import { VirtualTime } from '../../../rig/virtual-clock.ts'

/** So many calls of a lane, one after the other or `atOnce`, that take as long as they are told to. */
function traffic(spec: HedgeSpec) {
  const time = new VirtualTime(seeded(3))
  const clock = time.clock()
  const hedges = new Hedges(clock, spec)
  const twice: { readonly lane: string; readonly waitedMs: number; readonly at: number }[] = []
  const call = async (ms: number, lane = '', may: () => boolean = () => true) => {
    const flight = hedges.watch(lane, clock.now(), (waitedMs) => {
      const yes = may()
      if (yes) twice.push({ lane, waitedMs, at: clock.now() })
      return yes
    })
    await clock.sleep(ms)
    hedges.ended(flight, true)
  }
  const all = (calls: readonly Promise<void>[]) => time.until(Promise.all(calls), { events: 100_000, ms: 3_600_000 })
  return { time, clock, hedges, twice, call, all }
}

test('nothing is made twice before forty answers were measured; then also calls that began before', async () => {
  const { twice, call, all } = traffic({ atMost: 0.05 })
  const slow = call(10_000)
  await all([slow, ...Array.from({ length: 39 }, (_, i) => call(100 + i))])
  expect(twice).toEqual([])

  const other = traffic({ atMost: 0.05 })
  const hung = other.call(10_000)
  const quick = Array.from({ length: 40 }, (_, i) => other.call(100 + i))
  await other.all([hung, ...quick])
  expect(twice).toEqual([])
  // Twice as long as the middle one.
  expect(other.twice).toEqual([{ lane: '', waitedMs: 2 * 119, at: 2 * 119 }])
})

test('each step is measured by itself: answers that are long are not late', async () => {
  const { twice, call, all } = traffic({ atMost: 0.05 })
  for (let i = 0; i < 60; i++) await all([call(100, 'verdict'), call(5_000, 'write')])
  await all([call(6_000, 'write'), call(220, 'verdict')])
  expect(twice.map(({ lane, waitedMs }) => [lane, waitedMs])).toEqual([['verdict', 200]])
})

test('no more than the share of all calls, ever', async () => {
  for (const atMost of [0.01, 0.05, 0.2, 0.5]) {
    const { twice, call, all } = traffic({ atMost, afterMs: 1 })
    for (let made = 1; made <= 400; made++) {
      await all([call(10)])
      expect(twice.length).toBeLessThanOrEqual(atMost * made + 1e-6)
    }
    // All of it is used: every call is late.
    expect(twice.length).toBe(400 * atMost)
  }
})

test('what was not used is saved up for a while only: a server that stalls is not asked everything twice', async () => {
  const { twice, call, all } = traffic({ atMost: 0.05, afterMs: 1_000 })
  for (let i = 0; i < 5_000; i++) await all([call(1)])
  await all(Array.from({ length: 64 }, () => call(60_000)))
  expect(twice.length).toBe(10)
})

test('where the share is used up, what becomes free of it goes to the call that has taken longest', async () => {
  const { twice, clock, call, all } = traffic({ atMost: 0.05, afterMs: 100 })
  const slow = [call(10_000, 'oldest'), clock.sleep(50).then(() => call(10_000, 'older'))]
  const quick = async () => {
    for (let i = 0; i < 40; i++) await call(50, 'quick')
  }
  await all([...slow, quick()])
  // With the 20th call of all, and with the 40th.
  expect(twice.map(({ lane, at }) => [lane, at])).toEqual([
    ['oldest', 850],
    ['older', 1_850],
  ])
})

test('a call that may not be made twice is looked at again each time that it has taken twice as long', async () => {
  const { twice, clock, call, all } = traffic({ atMost: 0.5, afterMs: 1_000 })
  await all([call(1)])
  const asked: number[] = []
  await all([
    call(20_000, '', () => {
      asked.push(clock.now() - 1)
      return false
    }),
  ])
  expect([asked, twice]).toEqual([[1_000, 2_000, 4_000, 8_000, 16_000], []])
})

test('who knows a shorter wait than the others is looked at in time', async () => {
  const { twice, call, all, clock } = traffic({ atMost: 0.1 })
  for (let i = 0; i < 20; i++) await all([call(10, 'quick'), call(10_000, 'slow')])
  const from = clock.now()
  await all([call(10_000, 'slow'), call(1_000, 'quick')])
  expect(twice.map(({ lane, at }) => [lane, at - from])).toEqual([['quick', 20]])
})
