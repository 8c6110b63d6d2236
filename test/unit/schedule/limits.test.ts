import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Limits } from '../../../src/schedule/limits.ts'

describe('the limit on calls', () => {
  it('admits as many as it says, further tries included', async () => {
    const limits = new Limits({ maxCalls: 3 })
    expect([await limits.admit(1), limits.retry(), await limits.admit(0), await limits.admit(0), limits.retry()]).toEqual([
      'ok',
      true,
      'ok',
      'calls',
      false,
    ])
    expect(limits.calls).toBe(3)
  })

  it('is not loosened by calls that end', async () => {
    const limits = new Limits({ maxCalls: 1 })
    await limits.admit(0)
    limits.settle(0, 0)
    expect(await limits.admit(0)).toBe('calls')
  })

  it('forbids everything when it is 0', async () => expect(await new Limits({ maxCalls: 0 }).admit(0)).toBe('calls'))
})

describe('the budget', () => {
  it('waits for calls under way when only their reservations stand against it', async () => {
    const limits = new Limits({ budgetUsd: 1 })
    expect(await limits.admit(0.6)).toBe('ok')
    let second: string | undefined
    let held = 0
    const waiting = limits
      .admit(0.6, undefined, () => held++)
      .then((admission) => {
        second = admission
      })
    await new Promise((resolve) => setImmediate(resolve))
    expect([second, held]).toEqual([undefined, 1])
    limits.settle(0.6, 0.1)
    await waiting
    expect([second, limits.calls]).toEqual(['ok', 2])
  })

  it('forbids what does not fit beside what is spent', async () => {
    const limits = new Limits({ budgetUsd: 1 })
    await limits.admit(0.9)
    limits.settle(0.9, 0.5)
    expect(await limits.admit(0.6)).toBe('budget')
    expect(await limits.admit(0.5)).toBe('ok')
    expect(await new Limits({ budgetUsd: 1 }).admit(1.1)).toBe('budget')
  })

  it('admits calls that cost nothing, even of 0', async () => expect(await new Limits({ budgetUsd: 0 }).admit(0)).toBe('ok'))

  it('never lets a cost below 0 earn money', async () => {
    const limits = new Limits({ budgetUsd: 1 })
    await limits.admit(1)
    limits.settle(1, -5)
    expect(limits.spentUsd).toBe(0)
  })

  it('is never exceeded while no call costs more than was reserved for it, and every caller gets an answer', async () => {
    const call = fc.record({ reserve: fc.double({ min: 0, max: 0.5, noNaN: true }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), async (calls, slots) => {
        const limits = new Limits({ budgetUsd: 1 })
        let at = 0
        let answered = 0
        const slot = async () => {
          for (let next = calls[at++]; next; next = calls[at++]) {
            const admission = await limits.admit(next.reserve)
            answered++
            if (admission !== 'ok') continue
            await new Promise((resolve) => setImmediate(resolve))
            limits.settle(next.reserve, next.reserve * next.share)
          }
        }
        await Promise.all(Array.from({ length: slots }, slot))
        expect(limits.spentUsd).toBeLessThanOrEqual(1 + 1e-9)
        expect(answered).toBe(calls.length)
      }),
      { numRuns: 2_000 },
    )
  })
})

it('without limits everything is admitted and counted', async () => {
  const limits = new Limits({})
  for (let i = 0; i < 5; i++) expect(await limits.admit(1e6)).toBe('ok')
  expect(limits.calls).toBe(5)
})
