/** What all recorded runs of a dataset have spent, added up: what is kept says nothing of calls that brought no answer. */
import type { CostOf, RunCosts, Spending } from '../events/event.ts'
import type { StatusCosts } from '../report/status-text.ts'
import type { PastRun } from '../store/run-history.ts'

type Sums = { -readonly [K in keyof Spending]: Spending[K] }

/** Runs that were killed have no end: what they spent stands in the store alone. */
export function spendingOf(runs: readonly PastRun[]): Omit<StatusCosts, 'models'> {
  const ends = runs.flatMap(({ end }) => (end ? [end] : []))
  const costs = ends.flatMap((end) => (end.costs ? [end.costs] : []))
  const sum = <Name extends 'batch' | 'model' | 'step'>(name: Name, of: (one: RunCosts) => readonly CostOf<Name>[]) => {
    const sums = new Map<string, Sums>()
    for (const row of costs.flatMap(of)) {
      const before = sums.get(row[name])
      if (before) add(before, row)
      else sums.set(row[name], { ...row })
    }
    return [...sums].map(([value, all]) => ({ ...all, [name]: value }) as CostOf<Name>)
  }
  const useless = costs.flatMap((one) => (one.useless ? [one.useless] : []))
  const lost = costs.flatMap((one) => (one.lost ? [one.lost] : []))
  const hedges = costs.flatMap((one) => (one.hedges ? [one.hedges] : []))
  return {
    runs: runs.length,
    killed: runs.length - ends.length,
    usd: ends.reduce((total, { usage }) => total + (usage.usd ?? 0), 0),
    estimated: ends.some(({ usage }) => usage.estimated),
    savedUsd: ends.reduce((total, { savedUsd = 0 }) => total + savedUsd, 0),
    costs: {
      byBatch: sum('batch', ({ byBatch }) => byBatch),
      byModel: sum('model', ({ byModel }) => byModel),
      byStep: sum('step', ({ byStep }) => byStep),
      ...(useless.length > 0 ? { useless: useless.reduce((total: Sums, one) => add(total, one), { ...NOTHING }) } : {}),
      ...(lost.length > 0
        ? {
            lost: {
              calls: lost.reduce((n, { calls }) => n + calls, 0),
              atMostUsd: lost.reduce((n, { atMostUsd }) => n + atMostUsd, 0),
            },
          }
        : {}),
      ...(hedges.length > 0
        ? {
            hedges: {
              calls: hedges.reduce((n, { calls }) => n + calls, 0),
              won: hedges.reduce((n, { won }) => n + won, 0),
              atMostUsd: hedges.reduce((n, { atMostUsd }) => n + atMostUsd, 0),
            },
          }
        : {}),
    },
  }
}

const NOTHING: Spending = { calls: 0, inputTokens: 0, outputTokens: 0, usd: 0, unpriced: 0 }

function add(
  sums: Sums,
  { calls, inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens, usd, unpriced }: Spending,
): Sums {
  sums.calls += calls
  sums.inputTokens += inputTokens
  sums.outputTokens += outputTokens
  if (cachedTokens) sums.cachedTokens = (sums.cachedTokens ?? 0) + cachedTokens
  if (cacheWriteTokens) sums.cacheWriteTokens = (sums.cacheWriteTokens ?? 0) + cacheWriteTokens
  if (reasoningTokens) sums.reasoningTokens = (sums.reasoningTokens ?? 0) + reasoningTokens
  sums.usd += usd
  sums.unpriced += unpriced
  return sums
}
