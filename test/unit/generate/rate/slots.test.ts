/** How many calls at once a server of one's own gets: within a tenth of the best it can do, whatever it is like. */
import { describe, expect, test } from 'vitest'
import { Slots } from '../../../../src/generate/rate/slots.ts'
import { collapsesAbove, kneeAt, type Load, load, oneAtATime } from './own-servers.ts'

const SEEDS = [1, 2]
const middle = (limits: readonly number[]) => [...limits].sort((a, b) => a - b)[limits.length >> 1] as number

const CASES: readonly (readonly [what: string, load: Omit<Load, 'seed'>, best: number, limits: readonly [number, number]])[] = [
  ['answers one at a time (Ollama by default)', { machine: oneAtATime, fifo: true, ceiling: 64, seconds: 900 }, 40, [1, 3]],
  ['makes use of 64 (vLLM)', { machine: kneeAt(64), ceiling: 512, seconds: 500 }, 40 * 64, [58, 80]],
  ['has no room for more than 32', { machine: collapsesAbove(32), ceiling: 256, seconds: 700 }, 40 * 32, [29, 33]],
  [
    'has no room for more than 24, which is no power of two',
    { machine: collapsesAbove(24), ceiling: 256, seconds: 700 },
    40 * 24,
    [22, 25],
  ],
  ['gives all that the config allows', { machine: kneeAt(64), ceiling: 20, seconds: 400 }, 40 * 20, [20, 20]],
]

describe.each(CASES)('a server that %s', (_, machine, best, [fewest, most]) => {
  test.each(SEEDS)('ends within a tenth of its best (seed %i)', async (seed) => {
    const course = await load({ ...machine, seed })
    expect(course.perSecond).toBeGreaterThanOrEqual(0.9 * best)
    expect(middle(course.limits)).toBeGreaterThanOrEqual(fewest)
    expect(middle(course.limits)).toBeLessThanOrEqual(most)
    expect(course.most).toBeLessThanOrEqual(machine.ceiling)
  })
})

test.each(SEEDS)('a server that changes is found out again, upwards and downwards (seed %i)', async (seed) => {
  const grows = await load({ machine: kneeAt(8), later: { atSeconds: 300, machine: kneeAt(64) }, ceiling: 256, seconds: 1_500, seed })
  expect(grows.perSecond).toBeGreaterThanOrEqual(0.9 * 40 * 64)
  const shrinks = await load({
    machine: collapsesAbove(64),
    later: { atSeconds: 200, machine: collapsesAbove(16) },
    ceiling: 256,
    seconds: 1_500,
    seed,
  })
  expect(shrinks.perSecond).toBeGreaterThanOrEqual(0.9 * 40 * 16)
})

test('nothing is learnt while fewer ask than may', () => {
  const slots = new Slots(64)
  for (let i = 0; i < 1_000; i++) slots.ended({ generation: slots.generation, ms: 100, tokens: 50 }, false)
  expect(slots.limit).toBe(2)
})

test('a server that refuses at once is no faster for it', () => {
  const slots = new Slots(64)
  // With more than eight at once, all but eight are turned away within a millisecond.
  for (let i = 0; i < 20_000; i++) {
    const refused = i % slots.limit >= 8
    slots.ended({ generation: slots.generation, ms: refused ? 1 : 1_000, tokens: refused ? 0 : 100 }, true)
  }
  expect(slots.limit).toBeLessThanOrEqual(12)
})
