/** A small dataset over a store in memory, with everything a purchase needs. */
import type { Config } from '../../../schema/config.ts'
import type { HedgeSpec } from '../../../src/config/dataset.ts'
import type { Event } from '../../../src/events/event.ts'
import { Hedges } from '../../../src/generate/hedge/hedges.ts'
import type { Provider } from '../../../src/generate/provider.ts'
import { Pace } from '../../../src/generate/rate/pace.ts'
import type { Item } from '../../../src/plan/plan.ts'
import type { Wanted } from '../../../src/plan/resolve.ts'
import { Halt } from '../../../src/schedule/halt.ts'
import { type LimitOptions, Limits } from '../../../src/schedule/limits.ts'
import { Purchases } from '../../../src/schedule/purchase.ts'
import { Work } from '../../../src/schedule/work.ts'
import type { Clock } from '../../../src/util/clock.ts'
import { instantClock } from '../../rig/instant-clock.ts'
import { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from '../../rig/memory-store.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { asking, planFor } from '../plan/plans.ts'

export interface ShopOptions {
  readonly config?: Partial<Config>
  readonly provider?: Provider
  readonly limits?: LimitOptions
  readonly price?: { readonly input: number; readonly output: number }
  readonly store?: MemoryStore
  readonly storeOptions?: MemoryStoreOptions
  readonly run?: string
  readonly clock?: Clock
  /** Slow calls are made a second time. */
  readonly hedge?: HedgeSpec
}

export async function shop(options: ShopOptions = {}) {
  const plan = await planFor({ dimensions: { t: ['a', 'b', 'c'] }, recipe: asking('about {{ cell.t }}'), ...options.config })
  const store = options.store ?? createMemoryStore(options.storeOptions)
  const work = new Work(plan, store)
  const provider = options.provider ?? new ScriptedProvider({ fresh: false })
  const events: Event[] = []
  const sink = { emit: (event: Event) => void events.push(event) }
  const halt = new Halt()
  halt.report(sink)
  const limits = new Limits(options.limits ?? {})
  const clock = options.clock ?? instantClock()
  const pace = new Pace(clock)
  const hedges = options.hedge && new Hedges(clock, options.hedge)
  const purchases = new Purchases({
    work,
    sellers: () => ({
      provider,
      pace,
      ...(options.price ? { price: { ...options.price, source: 'config' as const } } : {}),
      ...(hedges ? { hedges } : {}),
    }),
    sink,
    halt,
    limits,
    clock,
    random: () => 0.5,
    run: options.run ?? 'run-1',
    root: '/nowhere',
    environment: {},
    maxTries: 2,
  })
  /** What an item wants now. */
  const wanted = (item: Item): Wanted => {
    const resolution = work.resolve(item)
    if (resolution.kind !== 'wanted') throw new Error(`item ${item.index} resolves to ${resolution.kind}`)
    return resolution
  }
  const buy = (index: number) => purchases.buy(work.item(index), wanted(work.item(index)))
  return { plan, store, work, provider, events, halt, limits, purchases, wanted, buy }
}
