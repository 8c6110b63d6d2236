/** What a plan would buy: calls, tokens and money, by model. */
import { count, list, money, plural, tokens } from './format.ts'
import { cell, type Line } from './line.ts'
import type { PlanView, PlanViewPurchase, UsdRange } from './plan-text.ts'
import { priceDates } from './price-text.ts'

/** Models, total, and a line for each model's calls. */
export function purchaseLines({ buy, models }: PlanView): Line[] {
  const simulated = models.filter((model) => model.simulated)
  const chosen = models.flatMap(({ use, why }): Line[] => (why ? [[['model ', 'dim'], use, [`: ${why}`, 'dim']]] : []))
  const label: Line[] = simulated.length > 0 ? [[['simulated answers: not for training', 'yellow']]] : []
  const { provisional = 0, controls = 0 } = buy
  if (buy.items + provisional + controls === 0) return [...chosen, ...label, [['Nothing to buy.', 'bold']]]
  const calls = buy.calls.reduce((sum, row) => sum + row.calls, 0)
  const real = simulated.length < models.length
  const price = buy.totalUsd === undefined ? (real ? ': price unknown' : '') : `: ≈ ${money(buy.totalUsd)}${rangeText(buy.totalUsdRange)}`
  const total: Line = [
    [buy.items + provisional === 0 ? 'Would ask judges about their controls' : `Would generate ${plural(buy.items, 'example')}`, 'bold'],
    [provisional > 0 ? `, and at most ${count(provisional)} more that depend on them,` : '', 'bold'],
    [` with ${provisional > 0 ? 'at most ' : ''}${plural(calls, 'call')}`, 'bold'],
    [price, 'bold'],
  ]
  const ofThese: Line[] =
    controls > 0 && buy.items + provisional > 0
      ? [['  ', [`at most ${plural(controls, 'call')} of these ask judges about controls`, 'dim']]]
      : []
  return [...chosen, ...label, total, ...callLines(buy), ...ofThese, ...grounds(buy, models).map((text): Line => [[`  ${text}`, 'dim']])]
}

/** ` ($0.02 to $0.05)`; nothing where both ends look the same. */
function rangeText(range: UsdRange | undefined): string {
  if (!range) return ''
  const [low, high] = [money(range.low), money(range.high)]
  return low === high ? '' : ` (${low} to ${high})`
}

/** What the sum rests on. Where nothing costs anything, that is of no interest. */
function grounds({ totalUsd = 0, basis = [] }: PlanViewPurchase, models: PlanView['models']): string[] {
  const dates = priceDates(models)
  if (totalUsd === 0 || dates === undefined) return []
  const measured = basis
    .filter(({ answers }) => answers > 0)
    .map(({ step, answers }) => `${plural(answers, 'earlier answer')} of "${step}"`)
  const assumed = basis.filter(({ answers }) => answers === 0).map(({ step }) => `"${step}"`)
  const from = [
    ...(measured.length > 0 ? [`estimated from ${list(measured)}`] : []),
    ...(assumed.length > 0
      ? [`no earlier answers of ${list(assumed)}: prompts are counted, answers taken to be a sentence to a page`]
      : []),
  ]
  return [...from, dates]
}

function callLines({ calls }: PlanViewPurchase): Line[] {
  const use = Math.max(0, ...calls.map((row) => row.use.length))
  const digits = Math.max(0, ...calls.map((row) => plural(row.calls, 'call').length))
  return calls.map((row): Line => {
    const later = row.followUps > 0 ? `${row.followUps === row.calls ? 'all' : count(row.followUps)} follow-ups` : ''
    const parts = [
      `≈ ${tokens(row.inputTokens)} tokens in, ${tokens(row.outputTokens)} out`,
      ...(row.usd === undefined ? [] : [`≈ ${money(row.usd)}`]),
      ...(row.batch ? [`through the Batch API${row.online === undefined ? '' : `, ${count(row.online)} online`}`] : []),
      ...(later ? [later] : []),
    ]
    return ['  ', cell(row.use, use), `  ${plural(row.calls, 'call').padStart(digits)}  `, [parts.join(' · '), 'dim']]
  })
}
