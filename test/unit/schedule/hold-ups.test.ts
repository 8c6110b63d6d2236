import { expect, test } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import { HoldUps } from '../../../src/schedule/hold-ups.ts'
import { FrozenClock } from '../../rig/frozen-clock.ts'

const USE = 'openai:m'

async function told(...what: readonly (readonly [number, Parameters<HoldUps['tell']>[1]])[]) {
  const clock = new FrozenClock()
  const events: Event[] = []
  const holdUps = new HoldUps({ emit: (event) => events.push(event) }, clock)
  for (const [at, hold] of what) {
    await clock.advanceTo(at)
    holdUps.tell(USE, hold)
  }
  return events.map((event) => (event.type === 'hold-up' ? event.at : event.type))
}

const rate = (perMinute: number) => ({ why: 'requests', perMinute, by: 'trial' }) as const

test('a thousand calls that wait for the same are told of once, and again while it lasts', async () => {
  expect(await told([1, rate(60)], [2, rate(60)], [4_000, rate(61)], [5_001, rate(61)], [5_002, rate(61)])).toEqual([1, 5_001])
})

test('another reason is told at once: a rate that has changed, a pause that is longer', async () => {
  expect(await told([1, rate(60)], [2, rate(50)], [3, { why: 'slots', calls: 2 }])).toEqual([1, 2, 3])
  const pause = (ms: number) => ({ why: 'pause', ms }) as const
  expect(await told([0, pause(9_000)], [1_000, pause(8_000)], [2_000, pause(60_000)])).toEqual([0, 2_000])
})
