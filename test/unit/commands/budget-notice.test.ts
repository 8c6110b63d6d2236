/** What a build with a budget says beforehand of models whose answers nothing bounds. */
import { expect, it } from 'vitest'
import { noticeUnbounded } from '../../../src/commands/run-notices.ts'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import type { Event } from '../../../src/events/event.ts'
import type { KnownPrice } from '../../../src/generate/price.ts'

const said = (...models: (readonly [params: object, price: Omit<KnownPrice, 'source'>])[]) => {
  const events: Event[] = []
  const prices = models.map(
    ([params, price], i) => [{ name: `m${i}`, params } as unknown as ModelSpec, { ...price, source: 'config' } as const] as const,
  )
  noticeUnbounded(new Map(prices), { emit: (event) => events.push(event) })
  return events.map((event) => (event.type === 'notice' ? [event.diagnostic.headline, event.diagnostic.facts] : []))
}

it('names each of them with what is held for a call, by the room a model has, and nobody else', () => {
  const bounded = [{ max_completion_tokens: 100 }, { input: 1, output: 10 }] as const
  expect(said(bounded, [{}, { input: 0, output: 0 }])).toEqual([])
  expect(said(bounded, [{}, { input: 1, output: 10 }], [{}, { input: 1, output: 10, window: 8_000 }])).toEqual([
    [
      'nothing bounds the answers of "m1" and "m2": the budget holds the most they may cost for each call',
      [
        ['m1', '$1.31 a call'],
        ['m2', '$0.08 a call'],
      ],
    ],
  ])
})
