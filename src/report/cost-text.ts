/** What a run cost and on what, in lines: the sum, its parts where there are several, and what brought nothing. */
import type { CostOf, RunCosts, RunEnd, Spending, Usage, UsedModel } from '../events/event.ts'
import { count, money, plural, tokens } from './format.ts'
import type { Line, Span } from './line.ts'
import { priceDates } from './price-text.ts'

/** Parts of one line: spent, saved, tokens. Nothing of money where every answer is simulated. */
export function spendParts({ usage, costs, savedUsd }: RunEnd, models: readonly UsedModel[]): Span[] {
  const about = usage.estimated ? '≈ ' : ''
  const real = models.some(({ simulated }) => !simulated)
  const asked = usage.inputTokens + usage.outputTokens > 0
  const parts: Span[] = []
  if (real && asked) {
    const known = (costs?.byModel ?? []).reduce((sum, { usd }) => sum + usd, 0)
    const unpriced = (costs?.byModel ?? []).reduce((sum, row) => sum + row.unpriced, 0)
    if (usage.usd !== undefined) parts.push([`${about}${money(usage.usd)} spent`, 'bold'])
    else if (known === 0) parts.push('price unknown')
    else parts.push([`${about}${money(known)} spent, and ${plural(unpriced, 'call')} of unknown price`, 'bold'])
  }
  if (real && savedUsd !== undefined && savedUsd > 0) parts.push(`≈ ${money(savedUsd)} saved`)
  if (asked)
    parts.push([
      `${about}${tokens(usage.inputTokens)} tokens in${cached(usage)}, ${tokens(usage.outputTokens)} out${thought(usage)}`,
      'dim',
    ])
  return parts
}

type Parts = Pick<Spending, 'cachedTokens' | 'cacheWriteTokens' | 'reasoningTokens'>

function cached({ cachedTokens = 0, cacheWriteTokens = 0 }: Parts): string {
  const parts = [
    ...(cachedTokens > 0 ? [`${tokens(cachedTokens)} cached`] : []),
    ...(cacheWriteTokens > 0 ? [`${tokens(cacheWriteTokens)} into the cache`] : []),
  ]
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}

function thought({ reasoningTokens = 0 }: Parts): string {
  return reasoningTokens > 0 ? ` (${tokens(reasoningTokens)} thought)` : ''
}

export interface SpentOn {
  readonly usage: Pick<Usage, 'usd'>
  readonly costs?: RunCosts
}

/** Further lines, where there is more to say than the sum. */
export function costLines({ usage, costs }: SpentOn, models: readonly UsedModel[], indent: string): Line[] {
  if (!costs) return []
  const dates = priceDates(models)
  const paid = (usage.usd ?? costs.byModel.reduce((sum, { usd }) => sum + usd, 0)) > 0
  const texts = [
    ...(paid ? [by('model', costs.byModel), alike(costs) ? undefined : by('step', costs.byStep), by('batch', costs.byBatch)] : []),
    useless(costs, paid),
    lost(costs),
    hedged(costs),
    ...(paid ? [dates] : []),
  ]
  return texts.flatMap((text): Line[] => (text === undefined ? [] : [[indent, [text, 'dim']]]))
}

/** Each model is asked by one step: saying both would be saying it twice. */
function alike({ byModel, byStep }: RunCosts): boolean {
  const sums = (rows: readonly Spending[]) => JSON.stringify(rows.map(({ usd }) => usd))
  return sums(byModel) === sums(byStep)
}

const MOST_PARTS = 6

/** Undefined where there is nothing to compare; dearest first. */
function by<Name extends 'batch' | 'model' | 'step'>(name: Name, rows: readonly CostOf<Name>[]): string | undefined {
  if (rows.length < 2) return undefined
  const sorted = [...rows].sort((a, b) => b.usd - a.usd)
  const shown = sorted
    .slice(0, MOST_PARTS)
    .map((row) => `${row[name] as string} ${row.unpriced === row.calls ? 'unknown' : money(row.usd)}`)
  const rest = sorted.slice(MOST_PARTS)
  const more = rest.length > 0 ? [`${count(rest.length)} more ${money(rest.reduce((sum, { usd }) => sum + usd, 0))}`] : []
  return `by ${name}: ${[...shown, ...more].join(', ')}`
}

function useless({ useless: spent }: RunCosts, paid: boolean): string | undefined {
  if (!spent) return undefined
  const what = `${plural(spent.calls, 'call')} brought no answer and ${spent.calls === 1 ? 'was' : 'were'} billed all the same`
  return paid ? `${what}: ${money(spent.usd)} of it` : what
}

function lost({ lost: calls, hedges }: RunCosts): string | undefined {
  if (!calls) return undefined
  const what = `${plural(calls.calls, 'answer')} ${calls.calls === 1 ? 'was' : 'were'} lost on the way${hedges ? ' or called off' : ''}`
  return calls.atMostUsd > 0 ? `${what}: at most ${money(calls.atMostUsd)} more may have been billed` : `${what}, and may have been billed`
}

/** Whether it is worth it, a person can tell from both numbers. */
function hedged({ hedges }: RunCosts): string | undefined {
  if (!hedges) return undefined
  const { calls, won, atMostUsd } = hedges
  const twice = `${plural(calls, 'slow call')} ${calls === 1 ? 'was' : 'were'} made twice`
  const first = `the second came first ${won === 1 ? 'once' : `${count(won)} times`}`
  return `${twice}, and ${first}${atMostUsd > 0 ? `: ${money(atMostUsd)} at most for the others` : ''}`
}
