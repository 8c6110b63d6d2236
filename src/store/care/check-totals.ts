/** The running totals and the next numbers against the rows they speak of. */
import type { Database } from '../node-sqlite.ts'
import type { Seen } from './check-answers.ts'
import type { Finding } from './finding.ts'
import { NO_SUM, type Sum } from './sums.ts'
import { totalsOf } from './totals.ts'

/** Sums of money depend on the order they are added in, by less than this share. */
const ROUNDING = 1e-6

/** Sound only when nothing was written between counting and this. */
export function* checkTotals(database: Database, seen: Seen): Generator<Finding> {
  const totals = new Map(totalsOf(database).map(({ step, ...sum }) => [step, sum]))
  for (const step of new Set([...totals.keys(), ...seen.answers.keys(), ...seen.spare.keys()])) {
    const answers = seen.answers.get(step) ?? NO_SUM
    const spare = seen.spare.get(step) ?? NO_SUM
    // All that was paid counts as money; only what is in use counts as answers.
    const counted = { ...answers, usd: answers.usd + spare.usd, unpriced: answers.unpriced + spare.unpriced }
    const wrong = difference(totals.get(step) ?? NO_SUM, counted)
    if (wrong) yield { what: 'totals', where: `totals of step ${JSON.stringify(step)}`, why: wrong, repair: { by: 'recount' } }
  }
  const { next } = database.prepare('SELECT next FROM meta').get() as { next: number }
  if (next <= seen.highestId) {
    const why = `the next id is ${next}, but ${seen.highestId} is taken`
    yield { what: 'numbering', where: 'meta', why, repair: { by: 'renumber' } }
  }
}

function difference(total: Sum, counted: Sum): string | undefined {
  for (const field of ['answers', 'bytes', 'unpriced', 'inputTokens', 'outputTokens'] as const) {
    if (total[field] !== counted[field]) return `${field} is ${total[field]}, but the rows have ${counted[field]}`
  }
  const most = Math.max(Math.abs(total.usd), Math.abs(counted.usd), 1e-6)
  return Math.abs(total.usd - counted.usd) <= most * ROUNDING ? undefined : `usd is ${total.usd}, but the rows have ${counted.usd}`
}
