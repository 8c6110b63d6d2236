/** Second calls and money: counted, held for, and booked, whatever becomes of them. */
import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import type { Failure, Provider, Reply } from '../../../src/generate/provider.ts'
import { ALONE_FROM_CALLS } from '../../../src/schedule/canary.ts'
import type { LimitOptions } from '../../../src/schedule/limits.ts'
import { createMemoryStore } from '../../rig/memory-store.ts'
import { seeded } from '../../rig/random.ts'
import { VirtualTime } from '../../rig/virtual-clock.ts'
import { shop } from './shop.ts'

const LATE_MS = 1_000
const PRICE = { input: 1_000, output: 2_000 }
const MODELS = { models: { m: { use: 'openai:m', maxTokens: 4_000 } } }

interface Fate {
  readonly ms: number
  readonly reply?: Reply
  /** On its way already when it is called off. */
  readonly deaf?: boolean
}

const HANGS: Fate = { ms: 3_600_000 }
const failing = (failure: Partial<Failure>): Reply => ({
  kind: 'failure',
  failure: { kind: 'transient', code: 'server-error', message: 'x', ...failure },
})

/** Calls in the order they are made; what is not said is answered after 100 ms. */
function server(time: VirtualTime, fates: readonly (Fate | undefined)[]): Provider & { calls: number } {
  return {
    simulated: false,
    calls: 0,
    close: async () => {},
    ask(_, signal) {
      const n = this.calls++
      const { ms, reply, deaf } = fates[n] ?? { ms: 100 }
      const usage = { prompt_tokens: 10, completion_tokens: n + 1 }
      const body = { id: `${n}`, model: 'm', usage, choices: [{ finish_reason: 'stop', message: { content: `answer ${n}` } }] }
      return new Promise((resolve) => {
        const cancel = time.after(ms, () => resolve(reply ?? { kind: 'response', raw: Buffer.from(JSON.stringify(body)) }))
        const off = () => {
          if (deaf) return
          cancel()
          resolve(failing({ kind: 'aborted', code: 'aborted' }))
        }
        if (signal.aborted) off()
        else signal.addEventListener('abort', off, { once: true })
      })
    },
  }
}

/** Two quick answers first, so that one call may be made twice; then what is to be seen. */
async function hedged(fates: readonly (Fate | undefined)[], limits: LimitOptions = {}) {
  const time = new VirtualTime(seeded(1))
  const provider = server(time, [undefined, undefined, ...fates])
  const at = await shop({ clock: time.clock(), provider, price: PRICE, limits, config: MODELS, hedge: { atMost: 0.5, afterMs: LATE_MS } })
  const until = <T>(goal: Promise<T>) => time.until(goal, { events: 1_000, ms: 24 * 3_600_000 })
  await until(at.buy(0))
  await until(at.buy(1))
  const before = at.limits.spentUsd
  const bought = await until(at.buy(2))
  return { ...at, time, until, bought, spentUsd: at.limits.spentUsd - before }
}

const kinds = (events: readonly Event[]) => events.slice(4).map(({ type }) => type)
const ended = (events: readonly Event[]) => events.find((event) => event.type === 'step-hedge-end')
const usd = (input: number, output: number) => (input * PRICE.input + output * PRICE.output) / 1e6

describe('the call that is called off', () => {
  it('is booked as one that may have been billed, at the most it can have cost', async () => {
    const { events, limits, provider, store, bought, spentUsd } = await hedged([HANGS])
    expect(bought).toMatchObject({ kind: 'kept', answer: { value: 'answer 3' } })
    expect([(provider as unknown as { calls: number }).calls, limits.calls, store.responses.length]).toEqual([4, 4, 3])
    expect(kinds(events)).toEqual(['step-start', 'step-hedge', 'step-hedge-end', 'step-end'])
    expect(events.find((event) => event.type === 'step-hedge')).toMatchObject({ at: 1_200, reason: 'no answer after 1.0 s' })
    expect(ended(events)).toEqual({ type: 'step-hedge-end', id: 3, at: 1_300, outcome: 'won' })
    const { lost, hedges, useless } = limits.ledger.costs() ?? {}
    expect(lost?.calls).toBe(1)
    expect(hedges).toEqual({ calls: 1, won: 1, atMostUsd: lost?.atMostUsd })
    expect(useless).toBe(undefined)
    expect(spentUsd).toBeCloseTo((lost?.atMostUsd as number) + usd(10, 4), 12)
  })

  it('so is the second where the first comes after all', async () => {
    const { limits, bought, events } = await hedged([{ ms: 1_050 }, HANGS])
    expect(bought).toMatchObject({ kind: 'kept', answer: { value: 'answer 2' } })
    expect(ended(events)).toMatchObject({ outcome: 'lost' })
    expect(limits.ledger.costs()?.hedges).toMatchObject({ calls: 1, won: 0 })
  })
})

it('of two answers the second is billed for nothing, and never a row', async () => {
  const { events, limits, store, bought, spentUsd } = await hedged([
    { ms: 1_100, deaf: true },
    { ms: 100, deaf: true },
  ])
  const kept = bought.kind === 'kept' && bought.answer && 'value' in bought.answer ? bought.answer.value : undefined
  const [mine, other] = kept === 'answer 2' ? [3, 4] : [4, 3]
  expect(store.responses.map(({ raw }) => JSON.parse(Buffer.from(raw).toString()).choices[0].message.content)).toEqual([
    'answer 0',
    'answer 1',
    kept,
  ])
  const costs = limits.ledger.costs()
  expect(costs?.useless).toMatchObject({ calls: 1, inputTokens: 10, outputTokens: other, usd: expect.closeTo(usd(10, other), 12) })
  expect(costs?.hedges).toEqual({ calls: 1, won: mine === 4 ? 1 : 0, atMostUsd: expect.closeTo(usd(10, other), 12) })
  expect(costs?.lost).toBe(undefined)
  expect(ended(events)).toMatchObject({ usage: { outputTokens: other } })
  expect(spentUsd).toBeCloseTo(usd(10, mine) + usd(10, other), 12)
  // The live sum is the last one.
  const live = events.reduce((sum, event) => sum + ('usage' in event ? (event.usage?.usd ?? 0) : 0), 0)
  expect(live).toBeCloseTo(limits.ledger.total().usd as number, 12)
})

it('where both fail and both were billed, both are told, and it is one failure', async () => {
  const counted = { input: 10, output: 7, cachedInput: 0 }
  const reply = failing({ code: 'no-choices', usage: counted })
  const { events, limits, bought, spentUsd } = await hedged([
    { ms: 1_050, reply },
    { ms: 100, reply },
  ])
  expect(bought).toMatchObject({ kind: 'kept', answer: { value: 'answer 4' } })
  expect(kinds(events)).toEqual(['step-start', 'step-hedge', 'step-hedge-end', 'step-retry', 'step-end'])
  expect(limits.ledger.costs()?.useless).toMatchObject({ calls: 2, outputTokens: 14 })
  expect(limits.ledger.costs()?.hedges).toEqual({ calls: 1, won: 0, atMostUsd: expect.closeTo(usd(10, 7), 12) })
  const live = events.reduce((sum, event) => sum + ('usage' in event ? (event.usage?.usd ?? 0) : 0), 0)
  expect(live).toBeCloseTo(limits.ledger.total().usd as number, 12)
  expect(spentUsd).toBeCloseTo(2 * usd(10, 7) + usd(10, 5), 12)
})

describe('limits', () => {
  it('count a second call, and forbid it where it would be one too many', async () => {
    const { limits, events } = await hedged([{ ms: 9_000 }], { maxCalls: 3 })
    expect(limits.calls).toBe(3)
    expect(kinds(events)).toEqual(['step-start', 'step-end'])
    expect((await hedged([{ ms: 9_000 }], { maxCalls: 4 })).limits.calls).toBe(4)
  })

  it('hold its worst price before it is made', async () => {
    const most = (await hedged([HANGS])).limits.ledger.costs()?.hedges?.atMostUsd as number
    const spent = usd(10, 1) + usd(10, 2)
    const enough = await hedged([{ ms: 9_000 }], { budgetUsd: spent + 2 * most })
    expect(kinds(enough.events)).toContain('step-hedge')
    expect(enough.limits.spentUsd).toBeLessThanOrEqual(spent + 2 * most)
    const less = await hedged([{ ms: 9_000 }], { budgetUsd: spent + 1.99 * most })
    expect(kinds(less.events)).toEqual(['step-start', 'step-end'])
    expect(less.halt.stopping).toBe(false)
  })

  it('hold the price of the second call for as long as it is under way, also when the first has failed', async () => {
    const most = (await hedged([HANGS])).limits.ledger.costs()?.hedges?.atMostUsd as number
    const time = new VirtualTime(seeded(1))
    const provider = server(time, [undefined, undefined, { ms: 1_050, reply: failing({ code: 'timeout' }) }, { ms: 3_000 }])
    const budgetUsd = usd(10, 1) + usd(10, 2) + 2 * most
    const at = await shop({
      clock: time.clock(),
      provider,
      price: PRICE,
      limits: { budgetUsd },
      config: MODELS,
      hedge: { atMost: 0.5, afterMs: LATE_MS },
    })
    const until = <T>(goal: Promise<T>) => time.until(goal, { events: 1_000, ms: 3_600_000 })
    for (const index of [0, 1]) await until(at.buy(index))
    const free: boolean[] = []
    for (const ms of [1_500, 3_500]) time.after(ms, () => free.push(at.limits.spare(most / 1_000)))
    await until(at.buy(2))
    free.push(at.limits.spare(most / 1_000))
    expect(free).toEqual([false, false, true])
    expect(at.limits.ledger.costs()).toMatchObject({ lost: { calls: 1 }, hedges: { calls: 1, won: 1 } })
  })

  it('let nobody wait for its sake', async () => {
    const most = (await hedged([HANGS])).limits.ledger.costs()?.hedges?.atMostUsd as number
    const time = new VirtualTime(seeded(1))
    const provider = server(time, [undefined, { ms: 5_000 }, undefined])
    const at = await shop({
      clock: time.clock(),
      provider,
      price: PRICE,
      config: { ...MODELS, dimensions: { t: ['a', 'b', 'c'.repeat(1_500)] } },
      limits: { budgetUsd: usd(10, 1) + 2.1 * most },
      hedge: { atMost: 0.5, afterMs: LATE_MS },
    })
    const until = <T>(goal: Promise<T>) => time.until(goal, { events: 1_000, ms: 3_600_000 })
    await until(at.buy(0))
    // The third is dearer: it waits until it is known what the second came to. A second call of that would fit.
    await until(Promise.all([at.buy(1), at.buy(2)]))
    expect([at.limits.calls, at.limits.ledger.costs()?.hedges]).toEqual([3, undefined])
  })
})

it('keys and draws are those of the call: the store has one answer for each, as without', async () => {
  const [slow, quick] = [await hedged([HANGS]), await hedged([undefined])]
  const facts = ({ store }: typeof slow) =>
    store.responses.map(({ key, request, ordinal, attempt, epoch }) => [key, request, ordinal, attempt, epoch])
  expect(facts(slow)).toEqual(facts(quick))
})

it('a claim counts both calls: a build that is killed in the middle of them can have cost so much', async () => {
  const claims: (number | null)[] = []
  const reserved = async (hedge: boolean) => {
    const time = new VirtualTime(seeded(1))
    const store = createMemoryStore()
    const claim = store.claim.bind(store)
    store.claim = (one) => {
      claims.push(one.reservedUsd)
      return claim(one)
    }
    const at = await shop({
      clock: time.clock(),
      provider: server(time, []),
      price: PRICE,
      store,
      ...(hedge ? { hedge: { atMost: 0.5, afterMs: LATE_MS } } : {}),
    })
    await time.until(at.buy(0), { events: 100, ms: 60_000 })
  }
  await reserved(false)
  await reserved(true)
  expect(claims).toEqual([expect.any(Number), 2 * (claims[0] as number)])
})

it('vectors are asked for once: they take no time', async () => {
  const time = new VirtualTime(seeded(1))
  const slow = { ms: 9_000 }
  const embedding = { data: [{ index: 0, embedding: [1, 0] }], usage: { prompt_tokens: 7 }, model: 'v' }
  const vector: Fate = { ...slow, reply: { kind: 'response', raw: Buffer.from(JSON.stringify(embedding)) } }
  const at = await shop({
    clock: time.clock(),
    provider: server(time, [undefined, undefined, slow, undefined, vector]),
    config: {
      models: { m: { use: 'openai:m' }, v: { use: 'openai:v' } },
      checks: [{ check: 'semantic-duplicates', model: 'v' }],
    },
    hedge: { atMost: 0.5, afterMs: LATE_MS },
  })
  const until = <T>(goal: Promise<T>) => time.until(goal, { events: 1_000, ms: 60_000 })
  for (const index of [0, 1, 2, 2]) await until(at.buy(index))
  const starts = at.events.flatMap((event) => (event.type === 'step-start' ? [event.step] : []))
  expect(starts.map((step) => step.startsWith('embed:'))).toEqual([false, false, false, true])
  expect(at.events.flatMap((event) => (event.type === 'step-hedge' ? [event.id] : []))).toEqual([3])
  expect(at.limits.calls).toBe(5)
})

it('the call that goes alone before all others is made once', async () => {
  const time = new VirtualTime(seeded(1))
  const ids = Array.from({ length: ALONE_FROM_CALLS }, (_, i) => `v${i}`)
  const provider = server(time, [undefined, undefined, { ms: 9_000 }, { ms: 9_000 }])
  const at = await shop({ clock: time.clock(), provider, config: { dimensions: { t: ids } }, hedge: { atMost: 0.5, afterMs: LATE_MS } })
  const until = <T>(goal: Promise<T>) => time.until(goal, { events: 1_000, ms: 60_000 })
  // A second call is saved up for before it is known that many are to come.
  for (const index of [0, 1]) await until(at.buy(index))
  const [step] = at.plan.dataset.recipe.steps
  if (step?.kind !== 'ask') throw new Error('the recipe asks')
  at.purchases.canary.expect(step, ALONE_FROM_CALLS)
  await until(Promise.all([at.buy(2), at.buy(3)]))
  expect(at.events.flatMap((event) => (event.type === 'step-hedge' ? [event.id] : []))).toEqual([4])
})
