import { expect, it } from 'vitest'
import type { AskSpec } from '../../../src/config/dataset.ts'
import type { Event } from '../../../src/events/event.ts'
import type { Bought } from '../../../src/schedule/bought.ts'
import { ALONE_FROM_CALLS, Canary } from '../../../src/schedule/canary.ts'
import { Halt } from '../../../src/schedule/halt.ts'
import type { Clock } from '../../../src/util/clock.ts'
import { seeded } from '../../rig/random.ts'
import { VirtualTime } from '../../rig/virtual-clock.ts'

const step = (name = 'answer', params = {}) =>
  ({
    kind: 'ask',
    name,
    model: { name: 'w', provider: 'openai', model: 'm', identity: 'i', params, structured: 'prompt' },
  }) as unknown as AskSpec

function nest(calls = ALONE_FROM_CALLS) {
  const time = new VirtualTime(seeded(1))
  const events: Event[] = []
  const halt = new Halt()
  const clock: Clock = time.clock()
  const canary = new Canary({ sink: { emit: (event) => events.push(event) }, halt, clock, locate: () => undefined })
  const ask = step()
  canary.expect(ask, calls)
  const ends: ((bought: Bought) => void)[] = []
  const buy = () => new Promise<Bought>((resolve) => ends.push(resolve))
  return { time, events, halt, canary, ask, ends, buy }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

it('others wait for the first call, and go when it has an answer', async () => {
  const { canary, ask, ends, buy, events } = nest()
  for (let i = 0; i < 5; i++) void canary.first(ask, buy)
  await settle()
  expect(ends.length).toBe(1)
  expect(events).toEqual([{ type: 'hold-up', use: 'openai:m', at: 0, hold: { why: 'first-call' } }])
  ends[0]?.({ kind: 'kept' })
  await settle()
  expect(ends.length).toBe(5)
})

it('a first call that makes none leaves its place to the next', async () => {
  const { canary, ask, ends, buy } = nest()
  for (let i = 0; i < 4; i++) void canary.first(ask, buy)
  await settle()
  ends[0]?.({ kind: 'found' })
  await settle()
  expect(ends.length).toBe(2)
  ends[1]?.({ kind: 'held' })
  await settle()
  expect(ends.length).toBe(3)
  ends[2]?.({ kind: 'kept' })
  await settle()
  expect(ends.length).toBe(4)
})

it('a first call that hangs holds nobody up for longer than half a minute', async () => {
  const { canary, ask, ends, buy, time } = nest()
  void canary.first(ask, buy)
  const other = canary.first(ask, async () => ({ kind: 'kept' }))
  await time.until(other, { events: 10, ms: 60_000 })
  expect([time.now(), ends.length]).toEqual([30_000, 1])
})

it('who waits when the build ends is not asked any more', async () => {
  const { canary, ask, ends, buy, halt } = nest()
  void canary.first(ask, buy)
  const other = canary.first(ask, buy)
  await settle()
  halt.stop('fatal', 'no')
  ends[0]?.({ kind: 'failed', code: 'auth', message: 'no' })
  expect(await other).toEqual({ kind: 'stopped' })
  expect(ends.length).toBe(1)
})

it('steps that ask alike share the first call; another parameter is another use', async () => {
  const { canary, ask, ends, buy } = nest(ALONE_FROM_CALLS / 2)
  const alike = step('second')
  const unlike = step('third', { seed: 1 })
  canary.expect(alike, ALONE_FROM_CALLS / 2)
  canary.expect(unlike, ALONE_FROM_CALLS)
  for (const one of [ask, alike, unlike, unlike]) void canary.first(one, buy)
  await settle()
  expect(ends.length).toBe(2)
})

it('a refusal that blames a field is believed only of a call that goes alone', async () => {
  const { canary, ask, buy, ends, events } = nest()
  const refused = { kind: 'refused', code: 'bad-request', message: 'h answered 400: no', parameter: 'top_k' } as const
  expect(canary.failed(ask, refused)).toBe(undefined)
  void canary.first(ask, buy)
  expect(canary.failed(ask, refused)).toBe('h answered 400: no')
  expect(canary.failed(ask, refused)).toBe('h answered 400: no')
  expect(events.map((event) => event.type === 'notice' && event.diagnostic.headline)).toEqual(['openai:m refuses `top_k`'])
  ends[0]?.({ kind: 'kept' })
})
