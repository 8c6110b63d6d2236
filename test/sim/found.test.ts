/** What histories have found in the engine, each as the shortest course of events that shows it. */
import { expect, it } from 'vitest'
import type { Event } from '../../src/events/event.ts'
import type { Model } from '../laws/model.ts'
import { type BuildPlan, type Built, runSimulated } from './build.ts'
import { loadedOf } from './models.ts'
import { SimProcess } from './process.ts'
import { SimStore } from './store.ts'
import { Trace } from './trace.ts'
import { World } from './world.ts'

const MODEL: Model = {
  dimensions: [{ name: 'topic', values: Array.from({ length: 6 }, (_, i) => ({ id: `v${i}`, guide: `guide ${i}` })) }],
  system: 'system',
  writer: 'writer-0',
  tutor: 'tutor-0',
  temperature: 0,
  samples: 1,
  batches: ['all'],
  holdout: 0,
  output: 'train',
  server: 'here',
  after: false,
  unique: false,
  forbid: undefined,
  short: false,
  house: false,
  polish: 'none',
}
const MOST = { events: 10_000, ms: 3_600_000 }

function worldOf(manners: Partial<World['shop']['manners']> = {}): World {
  return new World(1, { nonces: true, echoes: false, useless: 0, ...manners }, new Trace())
}

async function run(world: World, plan: Partial<BuildPlan> = {}, model = MODEL): Promise<Built> {
  const whole: BuildPlan = { name: `b${world.accounts.size}`, seed: 5, concurrency: 3, slowest: 100, ...plan }
  const built = await world.time.until(
    loadedOf(model).then((loaded) => runSimulated(world, loaded, whole)),
    MOST,
  )
  if (world.broken) throw world.broken
  return built
}

const ofType = <T extends Event['type']>(events: readonly Event[], type: T) =>
  events.filter((event): event is Extract<Event, { type: T }> => event.type === type)

it('calls that were admitted and never made are not counted', async () => {
  const world = worldOf()
  // It is told to stop while its first claims wait for their group.
  const { result, account } = await run(world, { blows: new Map([[1, { what: 'interrupt' }]]), seed: 3 })
  expect(result?.exitCode).toBe(130)
  expect([account.calls, result?.end.calls]).toEqual([0, 0])
})

it('a claim that cannot be stored ends no step, for none was begun', async () => {
  const world = worldOf()
  world.disk.badCommits.add(1)
  const { result, events } = await run(world)
  expect(result?.exitCode).toBe(6)
  expect([ofType(events, 'step-start'), ofType(events, 'step-end')]).toEqual([[], []])
  expect(ofType(events, 'stopping')).toHaveLength(1)
})

it('a further try asks nothing when the answer is kept meanwhile', async () => {
  const world = worldOf()
  const first = await run(world)
  const kept = [...world.disk.byKey.values()].find(({ step }) => step === 'user')
  if (!kept) throw new Error('nothing was kept')
  // As another build leaves it that could not store it: in the rescue file, while this one has begun to ask.
  world.disk.setAside(kept)
  const late = new SimStore({ disk: world.disk, process: new SimProcess('late'), time: world.time, groupMs: () => 0 })
  const before = world.shop.sales.length
  const again = run(world, { faults: 1, slowest: 1, concurrency: 1 })
  world.time.after(30, () => void late.put(kept))
  const { account, events } = await again
  expect(first.account.calls).toBe(12)
  const asked = world.shop.sales.slice(before).filter(({ key }) => key === kept.key)
  expect(asked).toHaveLength(1)
  expect(ofType(events, 'step-retry')).toHaveLength(1)
  expect(ofType(events, 'step-end').map(({ outcome, code }) => [outcome, code])).toContainEqual(['aborted', 'found'])
  expect(account.calls).toBe(1)
})

it('a call that had to wait for its server is not made when its answer is kept meanwhile', async () => {
  const world = worldOf({ nonces: false })
  await run(world)
  const users = [...world.disk.byKey.values()].filter(({ step }) => step === 'user')
  for (const user of users) world.disk.setAside(user)
  const kept = users.find(({ requestText }) => requestText.includes('guide 1'))
  if (!kept) throw new Error('nothing was kept')
  const late = new SimStore({ disk: world.disk, process: new SimProcess('late'), time: world.time, groupMs: () => 0 })
  const before = world.shop.sales.length
  const { onEnd } = world.shop
  world.shop.onEnd = (sale, ...rest) => {
    onEnd(sale, ...rest)
    // The first item has failed; the second is claimed and waits, because nobody may ask before the pause is over.
    if (sale.n === before + 2) world.time.after(60, () => void late.put(kept))
  }
  const { account, events } = await run(world, { script: ['rate-limit', 'rate-limit', 'rate-limit'], concurrency: 1, seed: 1 })
  expect(world.shop.sales.slice(before).filter(({ key }) => key === kept.key)).toEqual([])
  expect(ofType(events, 'step-end').filter(({ code }) => code === 'found')).toHaveLength(1)
  expect(account.calls).toBe(3 + 4)
})

it('an answer that is found to be gone while draws are chosen for a retry is asked again, and no verdict of old stays', async () => {
  const world = worldOf({ useless: 0.7 })
  const first = await run(world)
  expect(first.result?.end.counts.rejected).toBeGreaterThan(0)
  for (const { id } of world.disk.byId.values()) world.disk.rotten.add(id)
  const { result, store, account } = await run(world, { retry: true })
  expect(store.damaged.length).toBeGreaterThan(0)
  expect(account.calls).toBeGreaterThan(0)
  expect(result?.settled).toBe(true)
  const next = await run(world)
  expect(next.account.calls).toBe(0)
  expect(next.result?.end.counts).toEqual(result?.end.counts)
})

it('lost outputs are brought back with their sidecars first', async () => {
  const world = worldOf()
  await run(world)
  const before = new Map(world.files.content)
  world.files.content.clear()
  const order: string[] = []
  world.files.onRename = (path) => void order.push(path.replace('/simulated/data/', ''))
  const { account } = await run(world)
  expect(order).toEqual(['train.meta.jsonl', 'train.jsonl'])
  expect(world.files.content).toEqual(before)
  expect(account.calls).toBe(0)
})
