/** Second calls and the common pace, against a server that counts: never over the rate, and nobody waits for their sake. */
import { expect, test } from 'vitest'
import { mostWithin, run } from '../rate/traffic.ts'

const PER_MINUTE = 300
const pace = { requestsPerMinute: PER_MINUTE }
// Answers take 400 to 1,200 ms.
const hedge = { atMost: 0.5, afterMs: 700 }

test('with room to spare they are made, and at the pace of all others', async () => {
  const { began, hedges, refused } = await run({ pace, hedge, limit: PER_MINUTE, depth: 2, crowd: 2, minutes: 2, seed: 1 })
  expect(hedges).toBeGreaterThan(60)
  expect(refused).toBe(0)
  for (const ms of [1_000, 10_000, 60_000]) expect(mostWithin(began, ms)).toBeLessThanOrEqual(Math.ceil((1.05 * PER_MINUTE * ms) / 60_000))
})

test('where all that is allowed is asked for, none is made, and as much is answered as without', async () => {
  const traffic = { pace, crowd: 30, minutes: 2, seed: 2 }
  const [without, beside] = [await run(traffic), await run({ ...traffic, hedge })]
  const during = ({ began }: typeof beside) => began.filter((at) => at < 118_000).length
  expect(during(beside)).toBe(during(without))
  // Only those who are left at the end, when nobody waits any more.
  expect(beside.hedges).toBeLessThanOrEqual(30)
})

test('a server that says "too many" now and then is asked nothing twice', async () => {
  const { hedges, refused } = await run({ hedge, noise: 0.05, retryAfterMs: 100, crowd: 8, minutes: 2, seed: 3 })
  expect(refused).toBeGreaterThan(20)
  // Before the first of them.
  expect(hedges).toBeLessThan(10)
})
