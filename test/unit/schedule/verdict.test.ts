import { describe, expect, it } from 'vitest'
import type { Config, Example } from '../../../schema/config.ts'
import { STATE } from '../../../src/schedule/board.ts'
import { Judge } from '../../../src/schedule/verdict.ts'
import { shop } from './shop.ts'

const row = (user: string, assistant = `answer to ${user}`): Example => ({
  messages: [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ],
})
const WORDS = new Map(Object.entries(STATE).map(([word, state]) => [state as number, word]))

/** Judges texts for the items of one batch, arriving in the order given, and says what became of each. */
async function judged(checks: Config['checks'], texts: readonly string[], arrival = texts.map((_, i) => i)) {
  const { work, plan } = await shop({ config: { dimensions: { t: texts.map((_, i) => `v${i}`) }, ...(checks ? { checks } : {}) } })
  const judge = new Judge(work)
  for (const index of arrival) judge.row(work.item(index), { example: row(texts[index] as string), used: [], values: {} })
  for (const batch of plan.batches) judge.barrier(batch)
  return { states: Array.from(work.board.state, (state) => WORDS.get(state)), judge, board: work.board }
}

describe('the verdict over a batch', () => {
  it('accepts what nobody objects to', async () => {
    expect((await judged(undefined, ['one', 'one'])).states).toEqual(['accepted', 'accepted'])
  })

  it('rejects by the first row check that says so, and names it', async () => {
    const { states, board } = await judged([{ check: 'forbid', of: 'user', phrases: ['bad'] }], ['good', 'bad'])
    expect(states).toEqual(['accepted', 'rejected'])
    expect(board.problem(1)).toEqual({ code: 'forbid', message: 'the user text has the phrase "bad"' })
  })

  it('only counts what a warning check finds', async () => {
    const { states, judge } = await judged([{ check: 'forbid', of: 'user', phrases: ['bad'], severity: 'warn' }], ['bad one', 'bad two'])
    expect(states).toEqual(['accepted', 'accepted'])
    expect([...judge.warnings]).toEqual([['forbid: the user text has the phrase "bad"', 2]])
  })

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]]])('keeps the first of equal rows in cell order, arriving as %j', async (arrival) => {
    const { states } = await judged([{ check: 'unique', of: 'user' }], ['same', 'other', 'Same '], arrival)
    expect(states).toEqual(['accepted', 'accepted', 'rejected'])
  })

  it('lets a rejected row take nobody else with it', async () => {
    const checks: Config['checks'] = [
      { check: 'length', of: 'user', min: 1, max: 5 },
      { check: 'unique', of: 'assistant' },
    ]
    const { work, plan } = await shop({ config: { dimensions: { t: ['a', 'b'] }, checks } })
    const judge = new Judge(work)
    judge.row(work.item(0), { example: row('too long', 'same'), used: [], values: {} })
    judge.row(work.item(1), { example: row('short', 'same'), used: [], values: {} })
    for (const batch of plan.batches) judge.barrier(batch)
    expect(Array.from(work.board.state, (state) => WORDS.get(state))).toEqual(['rejected', 'accepted'])
  })

  it('leaves items without an example as they are', async () => {
    expect((await judged(undefined, ['one', 'two'], [1])).states).toEqual(['pending', 'accepted'])
  })
})
