import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import type { Trail } from '../../../src/schedule/work.ts'
import type { KeyedTrace } from '../../../src/store/store.ts'
import { diskFull } from '../../rig/memory-store.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { asking } from '../plan/plans.ts'
import { shop } from './shop.ts'

const kinds = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type)
const calls = (provider: unknown) => (provider as ScriptedProvider).calls.length
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a purchase', () => {
  it('announces, asks, keeps and settles', async () => {
    const { buy, store, events, work } = await shop()
    const bought = await buy(0)
    expect(bought).toMatchObject({ kind: 'kept' })
    // What is handed on is what the store would say.
    const { key } = work.trail(work.item(0))[0] as Trail
    const { raw: _, key: __, ...kept } = store.get(key) as KeyedTrace
    expect(bought.kind === 'kept' && bought.answer?.kind === 'value' && bought.answer.kept).toEqual(kept)
    expect(
      store.responses.map(({ step, ordinal, attempt, epoch, sample, run }) => ({ step, ordinal, attempt, epoch, sample, run })),
    ).toEqual([{ step: 'said', ordinal: 0, attempt: 0, epoch: 0, sample: 0, run: 'run-1' }])
    expect(store.intents.size).toBe(0)
    expect(kinds(events)).toEqual(['step-start', 'step-end'])
    expect(events[0]).toMatchObject({ cell: 'a', step: 'said', model: 'm', attempt: 1, reason: 'new' })
    expect(events[1]).toMatchObject({ outcome: 'ok', usage: { inputTokens: 10, outputTokens: 5, estimated: false } })
    expect(work.resolve(work.item(0)).kind).toBe('example')
  })

  it('has a durable intent before the call goes out', async () => {
    const seen: number[] = []
    const provider = new ScriptedProvider()
    const { buy, store } = await shop({ provider })
    const ask = provider.ask.bind(provider)
    provider.ask = (call, signal) => {
      seen.push(store.intents.size)
      return ask(call, signal)
    }
    await buy(0)
    expect(seen).toEqual([1])
  })

  it('is one for equal keys in flight, and another once it has ended', async () => {
    const provider = new ScriptedProvider({ delay: () => 3, fate: (n) => (n < 2 ? 'refused' : 'answer') })
    const { purchases, work, wanted } = await shop({ provider })
    const [item, want] = [work.item(0), wanted(work.item(0))]
    const [one, two] = await Promise.all([purchases.buy(item, want), purchases.buy(item, want)])
    expect(one).toBe(two)
    expect(provider.calls).toHaveLength(1)
    await purchases.buy(item, want)
    expect(provider.calls).toHaveLength(2)
  })

  it('keeps an answer that cannot be used: it was paid for', async () => {
    const { buy, store, events, work } = await shop({ provider: new ScriptedProvider({ fate: () => 'refusal' }) })
    expect(await buy(0)).toMatchObject({ kind: 'kept' })
    expect(store.responses).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ outcome: 'rejected', code: 'refusal' })
    expect(work.resolve(work.item(0))).toMatchObject({ kind: 'wanted', draw: { attempt: 1 }, afterRejection: 'refusal' })
  })

  it('gives the reason of a further attempt', async () => {
    const { buy, events } = await shop({ provider: new ScriptedProvider({ fate: () => 'refusal' }) })
    await buy(0)
    await buy(0)
    expect(events.flatMap((event) => (event.type === 'step-start' ? [[event.attempt, event.reason]] : []))).toEqual([
      [1, 'new'],
      [2, 'attempt 2 of step "said" after refusal'],
    ])
  })

  it('books unknown prices as unknown, never as free', async () => {
    const { buy, store, limits } = await shop()
    await buy(0)
    expect(store.responses[0]?.usd).toBeNull()
    expect(limits.ledger.total()).toEqual({ inputTokens: 10, outputTokens: 5, estimated: false })
  })

  it('books what the provider reports at the price that is known', async () => {
    const { buy, store, limits } = await shop({ price: { input: 100_000, output: 200_000 } })
    await buy(0)
    expect(store.responses[0]?.usd).toBeCloseTo(2)
    expect(limits.ledger.total().usd).toBeCloseTo(2)
  })
})

describe('a purchase that fails', () => {
  it('tries transient failures again, and says so', async () => {
    const { buy, events, provider } = await shop({ provider: new ScriptedProvider({ fate: (n) => (n === 0 ? 'transient' : 'answer') }) })
    expect(await buy(0)).toMatchObject({ kind: 'kept' })
    expect(kinds(events)).toEqual(['step-start', 'step-retry', 'step-end'])
    // Screens count down from it.
    expect(events[1]).toMatchObject({ at: expect.any(Number), waitMs: expect.any(Number) })
    expect(calls(provider)).toBe(2)
  })

  it('leaves neither a response nor an intent', async () => {
    const { buy, store, events, halt } = await shop({ provider: new ScriptedProvider({ fate: () => 'transient' }) })
    expect(await buy(0)).toMatchObject({ kind: 'failed', code: 'transient' })
    expect([store.responses.length, store.intents.size]).toEqual([0, 0])
    expect(events.at(-1)).toMatchObject({ type: 'step-end', outcome: 'failed', code: 'transient' })
    expect(halt.stopping).toBe(false)
  })

  it('ends the build after ten in a row, and a success begins the row anew', async () => {
    let good = false
    const provider = new ScriptedProvider({ fate: () => (good ? 'answer' : 'transient') })
    const ids = Array.from({ length: 30 }, (_, i) => `v${i}`)
    const { buy, halt } = await shop({ provider, config: { dimensions: { t: ids } } })
    for (let i = 0; i < 9; i++) await buy(i)
    good = true
    await buy(9)
    good = false
    for (let i = 10; i < 19; i++) await buy(i)
    expect(halt.stopping).toBe(false)
    await buy(19)
    expect(halt.exitCode).toBe(3)
  })

  it('does not end the build when a request is refused, however often', async () => {
    const ids = Array.from({ length: 15 }, (_, i) => `v${i}`)
    const { buy, halt } = await shop({ provider: new ScriptedProvider({ fate: () => 'refused' }), config: { dimensions: { t: ids } } })
    for (let i = 0; i < 15; i++) expect(await buy(i)).toMatchObject({ kind: 'failed', code: 'refused' })
    expect(halt.stopping).toBe(false)
  })

  it('ends the build at once when no request can succeed', async () => {
    const provider = {
      simulated: false,
      ask: async () => ({ kind: 'failure', failure: { kind: 'fatal', code: 'auth', message: 'no such key' } }) as const,
      close: async () => {},
    }
    const { buy, halt } = await shop({ provider })
    const events: Event[] = []
    halt.report({ emit: (event) => events.push(event) })
    expect(await buy(0)).toEqual({ kind: 'failed', code: 'auth', message: 'no such key' })
    expect(halt.exitCode).toBe(3)
    expect(events).toEqual([
      { type: 'stopping', why: 'fatal', message: 'no such key', hint: 'put a key that is valid there into OPENAI_API_KEY' },
    ])
  })
})

describe('limits', () => {
  it('leave the item as it was when the next call would break them', async () => {
    const { buy, store, halt, provider } = await shop({ limits: { maxCalls: 1 } })
    expect(await buy(0)).toMatchObject({ kind: 'kept' })
    expect(await buy(1)).toEqual({ kind: 'stopped' })
    expect([calls(provider), store.intents.size, halt.exitCode]).toEqual([1, 0, 4])
  })

  it('count every try', async () => {
    const { buy, limits, provider } = await shop({ limits: { maxCalls: 1 }, provider: new ScriptedProvider({ fate: () => 'transient' }) })
    expect(await buy(0)).toEqual({ kind: 'stopped' })
    expect([calls(provider), limits.calls]).toEqual([1, 1])
  })

  it('reserve the most an answer can cost, and give back what it did not', async () => {
    // 1,000 output tokens at a dollar each; the answer takes five.
    const config = { models: { m: { use: 'openai:m', maxTokens: 1000 } }, recipe: asking('about {{ cell.t }}') }
    const price = { input: 0, output: 1_000_000 }
    const small = await shop({ config, price, limits: { budgetUsd: 999 } })
    expect([await small.buy(0), calls(small.provider)]).toEqual([{ kind: 'stopped' }, 0])
    const large = await shop({ config, price, limits: { budgetUsd: 1006 } })
    expect([await large.buy(0), await large.buy(1)]).toMatchObject([{ kind: 'kept' }, { kind: 'kept' }])
    expect(large.limits.spentUsd).toBe(10)
    expect(await large.buy(2)).toEqual({ kind: 'stopped' })
  })
})

describe('a build that is ending', () => {
  it('finishes and keeps the call in flight', async () => {
    const { buy, halt, store } = await shop({ provider: new ScriptedProvider({ delay: () => 4 }) })
    const buying = buy(0)
    await turn()
    halt.interrupt()
    expect(await buying).toMatchObject({ kind: 'kept' })
    expect(store.responses).toHaveLength(1)
  })

  it('does not try again what failed meanwhile: the item stays pending', async () => {
    const { buy, halt, provider, events } = await shop({ provider: new ScriptedProvider({ delay: () => 4, fate: () => 'transient' }) })
    const buying = buy(0)
    await turn()
    halt.interrupt()
    expect(await buying).toEqual({ kind: 'stopped' })
    expect(calls(provider)).toBe(1)
    expect(events.at(-1)).toMatchObject({ type: 'step-end', outcome: 'aborted' })
  })

  it('cuts calls off when it is aborted, and leaves no intent', async () => {
    const { buy, halt, store } = await shop({ provider: new ScriptedProvider({ delay: () => 4 }) })
    const buying = buy(0)
    await turn()
    halt.abort()
    expect(await buying).toEqual({ kind: 'stopped' })
    expect([store.responses.length, store.intents.size]).toEqual([0, 0])
  })
})

describe('a full disk', () => {
  it('before the call keeps it from going out', async () => {
    const { buy, halt, provider } = await shop({ storeOptions: { fail: (write) => (write === 'claim' ? diskFull() : undefined) } })
    expect(await buy(0)).toEqual({ kind: 'stopped' })
    expect([calls(provider), halt.exitCode]).toEqual([0, 6])
  })

  it('after the call ends the build and leaves the intent, so that the loss is known', async () => {
    const fail = (write: string) => (write === 'put' ? diskFull() : undefined)
    const { buy, halt, store, events } = await shop({ storeOptions: { fail, rescues: false } })
    expect(await buy(0)).toEqual({ kind: 'stopped' })
    expect([halt.exitCode, store.intents.size, store.reopen().orphans().length]).toEqual([6, 1, 1])
    expect(events.at(-1)).toMatchObject({ type: 'step-end', outcome: 'failed', code: 'store' })
  })
})
