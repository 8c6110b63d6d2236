/** The store's running totals by step, as they lie there. */
import type { Database } from '../node-sqlite.ts'
import type { Sum } from './sums.ts'

/** Money includes what was paid for spare answers. */
export function totalsOf(database: Database): (Sum & { readonly step: string })[] {
  const rows = database.prepare('SELECT * FROM total ORDER BY step').all() as unknown as {
    step: string
    responses: number
    bytes: number
    usd: number
    unpriced: number
    input_tokens: number
    output_tokens: number
  }[]
  return rows.map(({ step, responses, bytes, usd, unpriced, input_tokens, output_tokens }) => ({
    step,
    answers: responses,
    bytes,
    usd,
    unpriced,
    inputTokens: input_tokens,
    outputTokens: output_tokens,
  }))
}
