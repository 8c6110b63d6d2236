/** What a plan would buy: calls, tokens and money, by model. */
import { count, money, plural, tokens } from './format.ts'
import { cell, type Line } from './line.ts'
import type { PlanView, PlanViewPurchase } from './plan-text.ts'

/** Models, total, and a line for each model's calls. */
export function purchaseLines({ buy, models }: PlanView): Line[] {
  const simulated = models.filter((model) => model.simulated)
  const chosen = models.flatMap(({ use, why }): Line[] => (why ? [[['model ', 'dim'], use, [`: ${why}`, 'dim']]] : []))
  const label: Line[] = simulated.length > 0 ? [[['simulated answers: not for training', 'yellow']]] : []
  const { provisional = 0 } = buy
  if (buy.items + provisional === 0) return [...chosen, ...label, [['Nothing to buy.', 'bold']]]
  const calls = buy.calls.reduce((sum, row) => sum + row.calls, 0)
  const real = simulated.length < models.length
  const price = buy.totalUsd === undefined ? (real ? ': price unknown' : '') : `: ≈ ${money(buy.totalUsd)}`
  const total: Line = [
    ['Would generate ', 'bold'],
    [plural(buy.items, 'example'), 'bold'],
    [provisional > 0 ? `, and at most ${count(provisional)} more that depend on them,` : '', 'bold'],
    [` with ${provisional > 0 ? 'at most ' : ''}${plural(calls, 'call')}`, 'bold'],
    [price, 'bold'],
  ]
  return [...chosen, ...label, total, ...callLines(buy), ...(buy.priceNote ? [[[`  ${buy.priceNote}`, 'dim']] as Line] : [])]
}

function callLines({ calls }: PlanViewPurchase): Line[] {
  const use = Math.max(0, ...calls.map((row) => row.use.length))
  const digits = Math.max(0, ...calls.map((row) => plural(row.calls, 'call').length))
  return calls.map((row): Line => {
    const later = row.followUps > 0 ? `${row.followUps === row.calls ? 'all' : count(row.followUps)} follow-ups` : ''
    const parts = [
      `≈ ${tokens(row.inputTokens)} tokens in, ${tokens(row.outputTokens)} out`,
      ...(row.usd === undefined ? [] : [`≈ ${money(row.usd)}`]),
      ...(later ? [later] : []),
    ]
    return ['  ', cell(row.use, use), `  ${plural(row.calls, 'call').padStart(digits)}  `, [parts.join(' · '), 'dim']]
  })
}
