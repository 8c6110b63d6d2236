/** What the store is asked beside single responses: draws, history, orphans, totals. */
import type { Digest, Key } from '../util/brand.ts'
import { digestBytes, hex, lengthened, shortened, unseal } from './codec.ts'
import type { Database } from './node-sqlite.ts'
import type { Store } from './store.ts'

interface DrawRow {
  readonly ordinal: number
  readonly cell: string | Uint8Array
  readonly sample: number
}

interface RequestRow {
  readonly digest: Uint8Array
  readonly value: Uint8Array
  readonly run: string
}

interface EpochRow {
  readonly request: Uint8Array
  readonly ordinal: number
  readonly epoch: number
}

/** One draw of a request, as a name for maps. */
export function epochName(request: Digest, ordinal: number): string {
  return `${ordinal}\n${request}`
}

// Attempts and epochs of one draw are one draw; the oldest row decides the order.
const DRAW_GROUP = 'GROUP BY request, ordinal, cell, sample ORDER BY ordinal, min(response.id)'

export class Questions {
  readonly #draws
  readonly #displaced
  readonly #last
  readonly #intents
  readonly #totals
  readonly #typical
  readonly #epochs

  constructor(database: Database) {
    this.#draws = database.prepare(
      `SELECT ordinal, cell, sample FROM response WHERE request = (SELECT id FROM request WHERE digest = ?) ${DRAW_GROUP}`,
    )
    this.#displaced = database.prepare(
      `SELECT digest, ordinal, cell, sample FROM response JOIN request ON request.id = request WHERE ordinal <> sample ${DRAW_GROUP}`,
    )
    this.#last = database.prepare(
      'SELECT digest, request.value, run.name AS run FROM response ' +
        'JOIN request ON request.id = request JOIN run ON run.id = run ' +
        'WHERE substr(cell, 1, 8) = substr(?1, 1, 8) AND sample = ?2 AND step = ?3 AND cell = ?1 ORDER BY response.id DESC LIMIT 1',
    )
    this.#intents = database.prepare('SELECT key, run.name AS run FROM intent JOIN run ON run.id = run ORDER BY key')
    this.#totals = database.prepare(
      'SELECT coalesce(sum(responses), 0) AS responses, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(usd), 0) AS usd, ' +
        'coalesce(sum(unpriced), 0) AS unpriced FROM total',
    )
    this.#typical = database.prepare('SELECT responses, input_tokens AS input, output_tokens AS output FROM total WHERE step = ?')
    this.#epochs = database.prepare('SELECT request, ordinal, epoch FROM epoch')
  }

  draws(request: Digest): ReturnType<Store['draws']> {
    return (this.#draws.all(digestBytes(request)) as unknown as DrawRow[]).map(drawOf)
  }

  displaced(): ReturnType<Store['displaced']> {
    const rows = this.#displaced.all() as unknown as (DrawRow & { readonly digest: Uint8Array })[]
    return rows.map((row) => ({ request: hex(row.digest) as Digest, ...drawOf(row) }))
  }

  /** A request text that is not as it was written counts as unknown. */
  lastRequest(cell: string, sample: number, step: string): ReturnType<Store['lastRequest']> {
    const row = this.#last.get(shortened(cell), sample, step) as unknown as RequestRow | undefined
    if (!row) return undefined
    const request = hex(row.digest) as Digest
    const text = unseal({ key: row.digest, numbers: [], name: '' }, row.value)
    return text && { request, text: Buffer.from(text).toString(), run: row.run }
  }

  intents(): ReturnType<Store['orphans']> {
    const rows = this.#intents.all() as unknown as { readonly key: Uint8Array; readonly run: string }[]
    return rows.map(({ key, run }) => ({ key: hex(key) as Key, run, reservedUsd: null }))
  }

  totals(): ReturnType<Store['totals']> {
    const { responses, bytes, usd, unpriced } = this.#totals.get() as unknown as ReturnType<Store['totals']>
    return { responses, bytes, usd, unpriced }
  }

  typicalTokens(step: string): ReturnType<Store['typicalTokens']> {
    const row = this.#typical.get(step) as { responses: number; input: number; output: number } | undefined
    return row && row.responses > 0 ? { input: row.input / row.responses, output: row.output / row.responses } : undefined
  }

  /** All that were ever raised: few, so they are read once. */
  epochs(): Map<string, number> {
    const rows = this.#epochs.all() as unknown as EpochRow[]
    return new Map(rows.map(({ request, ordinal, epoch }) => [epochName(hex(request) as Digest, ordinal), epoch]))
  }
}

function drawOf({ ordinal, cell, sample }: DrawRow) {
  return { ordinal, cell: lengthened(cell), sample }
}
