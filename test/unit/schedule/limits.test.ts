import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Limits } from '../../../src/schedule/limits.ts'

describe('the limit on calls', () => {
  it('admits as many as it says, further tries included', () => {
    const limits = new Limits({ maxCalls: 3 })
    expect([limits.admit(1), limits.admit(0), limits.admit(0), limits.admit(0)]).toEqual(['ok', 'ok', 'ok', 'calls'])
    expect(limits.calls).toBe(3)
  })

  it('is not loosened by calls that end', () => {
    const limits = new Limits({ maxCalls: 1 })
    limits.admit(0)
    limits.settle(0, 0)
    expect(limits.admit(0)).toBe('calls')
  })

  it('forbids everything when it is 0', () => expect(new Limits({ maxCalls: 0 }).admit(0)).toBe('calls'))
})

describe('the budget', () => {
  it('counts what is reserved as if it were spent', () => {
    const limits = new Limits({ budgetUsd: 1 })
    expect([limits.admit(0.6), limits.admit(0.6), limits.admit(0.4)]).toEqual(['ok', 'budget', 'ok'])
    expect(limits.calls).toBe(2)
  })

  it('gives back what a call did not need', () => {
    const limits = new Limits({ budgetUsd: 1 })
    limits.admit(0.9)
    limits.settle(0.9, 0.1)
    expect(limits.spentUsd).toBeCloseTo(0.1)
    expect(limits.admit(0.9)).toBe('ok')
  })

  it('admits calls that cost nothing, even of 0', () => expect(new Limits({ budgetUsd: 0 }).admit(0)).toBe('ok'))

  it('never lets a cost below 0 earn money', () => {
    const limits = new Limits({ budgetUsd: 1 })
    limits.admit(1)
    limits.settle(1, -5)
    expect(limits.spentUsd).toBe(0)
  })

  it('is never exceeded while no call costs more than was reserved for it', () => {
    const call = fc.record({ reserve: fc.double({ min: 0, max: 0.5, noNaN: true }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40 }), fc.nat(5), (calls, inFlight) => {
        const limits = new Limits({ budgetUsd: 1 })
        const open: (typeof calls)[number][] = []
        for (const next of calls) {
          if (limits.admit(next.reserve) === 'ok') open.push(next)
          if (open.length <= inFlight) continue
          const done = open.shift() as (typeof calls)[number]
          limits.settle(done.reserve, done.reserve * done.share)
        }
        for (const { reserve, share } of open) limits.settle(reserve, reserve * share)
        expect(limits.spentUsd).toBeLessThanOrEqual(1 + 1e-9)
      }),
    )
  })
})

it('without limits everything is admitted and counted', () => {
  const limits = new Limits({})
  for (let i = 0; i < 5; i++) expect(limits.admit(1e6)).toBe('ok')
  expect(limits.calls).toBe(5)
})
