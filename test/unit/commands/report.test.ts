/** What a report sums up: scores of any shape, and costs in which a shared answer counts once. */
import { describe, expect, it } from 'vitest'
import type { Source } from '../../../src/assemble/provenance.ts'
import { Costs } from '../../../src/commands/report/costs.ts'
import { Judges } from '../../../src/commands/report/judges.ts'

describe('scores', () => {
  it('every number of a verdict is a score, by batch and in windows from first to last', () => {
    const judges = new Judges()
    for (let i = 0; i < 40; i++)
      judges.add(i < 20 ? 'one' : 'two', [
        { judge: 'quality', value: { reasoning: 'fine', clarity: i < 20 ? 5 : 3, scores: { right: i % 2 === 0 } } },
      ])
    judges.add('two', [{ judge: 'quality', value: 'unreadable' }])
    expect(judges.report()).toEqual([
      {
        judge: 'quality',
        score: 'clarity',
        rows: 40,
        mean: 4,
        min: 3,
        max: 5,
        byBatch: [
          { batch: 'one', rows: 20, mean: 5 },
          { batch: 'two', rows: 20, mean: 3 },
        ],
        windows: [...Array(10).fill(5), ...Array(10).fill(3)],
        histogram: [
          { score: 3, rows: 20 },
          { score: 5, rows: 20 },
        ],
      },
      expect.objectContaining({ score: 'scores.right', mean: 0.5, min: 0, max: 1 }),
    ])
  })

  it('scores that are no levels are rounded until they are few', () => {
    const judges = new Judges()
    for (let i = 0; i < 1000; i++) judges.add('one', [{ judge: 'q', value: i / 1000 }])
    const [judge] = judges.report()
    expect(judge?.histogram.length).toBeLessThanOrEqual(20)
    expect(judge?.histogram.reduce((sum, { rows }) => sum + rows, 0)).toBe(1000)
  })
})

describe('costs', () => {
  const source = (more: Partial<Source>): Source =>
    ({ step: 'answer', key: 'k', model: 'm', inputTokens: 10, outputTokens: 5, usd: 0.5, ...more }) as Source

  it('sum up to the same by model, step and batch; a shared answer counts once', () => {
    const costs = new Costs(new Set(['outline']))
    costs.add('one', [source({ key: 'a' as never }), source({ step: 'outline', key: 's' as never, usd: 1 })])
    costs.add('two', [source({ key: 'b' as never, model: 'n', usd: null }), source({ step: 'outline', key: 's' as never, usd: 1 })])
    const cost = costs.cost({ responses: 4, usd: 2, unpriced: 1 })
    const rows = { answers: 3, inputTokens: 30, outputTokens: 15, usd: 1.5, unpriced: 1 }
    expect(cost.rows).toEqual(rows)
    expect(cost.kept).toEqual({ answers: 4, usd: 2, unpriced: 1 })
    for (const parts of [cost.byModel, cost.byStep, cost.byBatch])
      for (const key of ['answers', 'inputTokens', 'outputTokens', 'usd', 'unpriced'] as const)
        expect(parts.reduce((sum, part) => sum + part[key], 0)).toBe(rows[key])
    expect(cost.byModel.map(({ model }) => model)).toEqual(['m', 'n'])
    expect(costs.tokens().map(({ step, of, lengths }) => [step, of, lengths.p50])).toEqual([
      ['answer', 'input', 10],
      ['answer', 'output', 5],
      ['outline', 'input', 10],
      ['outline', 'output', 5],
    ])
  })
})
