/** Cohen's kappa against worked examples, and the interval that resampling gives. */
import { describe, expect, it } from 'vitest'
import { agreementOf, kappaInterval } from '../../../src/measure/agreement.ts'

/** Pairs from a table of counts: a row for each level of the first. */
function pairs(...table: readonly (readonly number[])[]): [number, number][] {
  return table.flatMap((row, a) => row.flatMap((count, b) => Array.from({ length: count }, (): [number, number] => [a, b])))
}

describe('kappa', () => {
  it('is what the textbooks have', () => {
    // 50 grant proposals, read by two people: 0.7 observed, 0.5 by chance.
    const two = agreementOf(pairs([20, 5], [10, 15]), 2)
    expect([two.n, two.observed]).toEqual([50, 0.7])
    expect(two.kappa).toBeCloseTo(0.4, 12)
    // Equal agreement, unequal margins: kappa tells them apart.
    expect(agreementOf(pairs([45, 15], [25, 15]), 2).kappa).toBeCloseTo(0.130435, 6)
    expect(agreementOf(pairs([25, 35], [5, 35]), 2).kappa).toBeCloseTo(0.259259, 6)
  })

  it('counts a near miss less where levels have an order', () => {
    const near = pairs([10, 4, 0], [0, 10, 4], [0, 0, 10])
    const far = pairs([10, 0, 4], [4, 10, 0], [0, 0, 10])
    expect(agreementOf(near, 3).observed).toBe(agreementOf(far, 3).observed)
    expect(agreementOf(near, 3, 'quadratic').kappa).toBeGreaterThan((agreementOf(far, 3, 'quadratic').kappa as number) + 0.2)
  })

  it('says nothing where both always say the same one thing', () => {
    expect(agreementOf(pairs([9, 0], [0, 0]), 2)).toEqual({ n: 9, observed: 1, kappa: undefined })
    expect(kappaInterval(pairs([9, 0], [0, 0]), 2)).toBeUndefined()
    expect(kappaInterval([], 2)).toBeUndefined()
  })
})

describe('the interval', () => {
  it('is near the large-sample one, is narrower for more rows, and is the same each time', () => {
    const table = [
      [20, 5],
      [10, 15],
    ] as const
    const few = kappaInterval(pairs(...table), 2) as { low: number; high: number }
    expect(kappaInterval(pairs(...table), 2)).toEqual(few)
    // Fleiss, Cohen and Everitt (1969): 0.4 ± 1.96 × 0.127.
    expect(few.low).toBeGreaterThan(0.05)
    expect(few.low).toBeLessThan(0.25)
    expect(few.high).toBeGreaterThan(0.55)
    expect(few.high).toBeLessThan(0.75)
    const many = kappaInterval(pairs(...table.map((row) => row.map((n) => 10 * n))), 2) as { low: number; high: number }
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 2)
  })
})
