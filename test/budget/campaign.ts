/** `npm run campaign:budget [-- --builds 10000 --from 1]`: whole builds with budgets; ends with 1 when one spends more than it may. */
import { parseArgs } from 'node:util'
import { runBudget } from './build.ts'
import { broken } from './law.ts'

const { values } = parseArgs({ options: { builds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } } })
const [builds, from] = [Number(values.builds), Number(values.from)]

const sums = { calls: 0, stopped: 0, closest: 0, used: 0, open: 0, hedges: 0 }
const failures: string[] = []
for (let seed = from; seed < from + builds; seed++) {
  const ended = await runBudget(seed)
  const why = broken(ended)
  if (why !== undefined) failures.push(why)
  sums.calls += ended.calls
  sums.hedges += ended.hedges
  sums.open += ended.open ? 1 : 0
  sums.closest = Math.max(sums.closest, ended.billedUsd / ended.budgetUsd)
  if (ended.stopped) {
    sums.stopped++
    sums.used += ended.billedUsd / ended.budgetUsd
  }
}
for (const why of failures.slice(0, 20)) console.error(why)
const percent = (share: number) => `${(100 * share).toFixed(2)} %`
console.log(
  `${builds} builds, ${sums.calls} calls, ${sums.hedges} of them beside slow ones: ${failures.length} broke a law. ${sums.stopped} were stopped by their budget, having spent ${percent(sums.used / Math.max(1, sums.stopped))} of the ` +
    `budget on average; the closest came to ${percent(sums.closest)}. In ${sums.open} everything billed was told, and the bills were equal.`,
)
process.exitCode = failures.length > 0 ? 1 : 0
