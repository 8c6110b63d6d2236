/** Virtual time: only what is next happens, in an order the seed decides. */
import { expect, it } from 'vitest'
import { seeded } from '../rig/random.ts'
import { Stuck, VirtualTime } from '../rig/virtual-clock.ts'

const MOST = { events: 1_000, ms: 1_000_000 }

async function order(seed: number): Promise<string> {
  const time = new VirtualTime(seeded(seed))
  const seen: string[] = []
  const sleeper = async (name: string) => {
    for (let turn = 0; turn < 3; turn++) {
      await time.clock().sleep(10)
      seen.push(`${name}${time.now()}`)
    }
  }
  await time.until(Promise.all(['a', 'b', 'c', 'd'].map(sleeper)), MOST)
  return seen.join(' ')
}

it('fires by time, and at one time in an order that follows from the seed', async () => {
  const one = await order(1)
  expect(await order(1)).toBe(one)
  expect(one.match(/\d+/g)).toEqual([...Array(4).fill('10'), ...Array(4).fill('20'), ...Array(4).fill('30')])
  expect(new Set(await Promise.all([1, 2, 3, 4, 5].map(order))).size).toBeGreaterThan(2)
})

it('lets everything come to rest before time moves', async () => {
  const time = new VirtualTime(seeded(1))
  let turns = 0
  const busy = async () => {
    await time.clock().sleep(5)
    for (; turns < 100; turns++) await null
  }
  time.after(6, () => expect(turns).toBe(100))
  await time.until(Promise.all([busy(), time.clock().sleep(7)]), MOST)
  expect(time.now()).toBe(7)
})

it('ends a sleep when its signal aborts, and forgets its timer', async () => {
  const time = new VirtualTime(seeded(1))
  const stop = new AbortController()
  time.after(3, () => stop.abort())
  await time.until(time.clock().sleep(100, stop.signal), MOST)
  expect(time.now()).toBe(3)
  await time.until(time.clock().sleep(1, stop.signal), MOST)
  expect([time.now(), time.events]).toEqual([3, 1])
})

it('is stuck when nothing can happen, when too much does, and when it takes too long', async () => {
  const time = new VirtualTime(seeded(1))
  await expect(time.until(new Promise(() => {}), MOST)).rejects.toThrow(Stuck)
  const again = () => void time.after(1, again)
  again()
  await expect(time.until(new Promise(() => {}), MOST)).rejects.toThrow('after 1000 events')
  time.clear()
  await expect(time.until(time.clock().sleep(2_000_000), MOST)).rejects.toThrow('1000 seconds')
})

it('wakes nobody who has died, and moves only the date when the wall clock is set', async () => {
  const time = new VirtualTime(seeded(1))
  let alive = true
  let woke = false
  void time
    .clock((run) => {
      if (alive) run()
    })
    .sleep(5)
    .then(() => {
      woke = true
    })
  time.after(1, () => {
    alive = false
    time.jumpWall(-3_600_000)
  })
  await time.until(time.clock().sleep(10), MOST)
  expect([woke, time.now(), time.clock().date().toISOString()]).toEqual([false, 10, '2025-12-31T23:00:00.010Z'])
})
