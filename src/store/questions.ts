/** What the store is asked beside single responses: draws, history, totals. */
import type { Digest } from '../util/brand.ts'
import { isDamage } from './failure.ts'
import type { Database } from './node-sqlite.ts'
import { type Kept, openRequest, openResponse, placeOf, prefixOf } from './record.ts'
import type { Store } from './store.ts'

interface RecordRow {
  readonly id: number
  readonly record: Uint8Array
  readonly request: number
}

interface EpochRow {
  readonly request: Uint8Array
  readonly ordinal: number
  readonly epoch: number
}

/** Answers of one step rarely lie further apart. */
const NEWEST_ROWS = 2_000

type Statement = ReturnType<Database['prepare']>
type Draw = ReturnType<Store['displaced']>[number]

/** One draw of a request, as a name for maps. */
export function epochName(request: Digest, ordinal: number): string {
  return `${ordinal}\n${request}`
}

/** Of a page of zeros SQLite makes rows of nulls. */
function nameEpoch({ request, ordinal, epoch }: EpochRow): [name: string, epoch: number] {
  return [epochName(Buffer.from(request ?? []).toString('hex') as Digest, ordinal), epoch]
}

export class Questions {
  readonly #asked
  readonly #displaced
  readonly #place
  readonly #request
  readonly #run
  readonly #totals
  readonly #typical
  readonly #epochs
  readonly #mirror
  readonly #newest
  readonly #meta

  constructor(database: Database) {
    this.#asked = database.prepare('SELECT id, record FROM response WHERE asked = ? ORDER BY id')
    // Left to itself SQLite reads the whole table for the order's sake.
    this.#displaced = database.prepare(
      'SELECT id, record FROM response INDEXED BY response_displaced WHERE displaced IS NOT NULL ORDER BY id',
    )
    this.#place = database.prepare('SELECT id, record, request FROM response WHERE place = ? ORDER BY id DESC')
    this.#request = database.prepare('SELECT record FROM request WHERE id = ?')
    this.#run = database.prepare('SELECT name FROM run WHERE id = ?')
    this.#totals = database.prepare(
      'SELECT coalesce(sum(responses), 0) AS responses, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(usd), 0) AS usd, ' +
        'coalesce(sum(unpriced), 0) AS unpriced FROM total',
    )
    this.#typical = database.prepare('SELECT responses, input_tokens AS input, output_tokens AS output FROM total WHERE step = ?')
    this.#epochs = database.prepare(
      'SELECT request, ordinal, epoch FROM epoch INDEXED BY sqlite_autoindex_epoch_1 ORDER BY request, ordinal',
    )
    // A store of an older datagen that may only be read has no mirror.
    const isMirrored = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'epoch_again'").get() !== undefined
    this.#mirror = database.prepare(
      `SELECT request, ordinal, epoch FROM epoch INDEXED BY ${isMirrored ? 'epoch_again' : 'sqlite_autoindex_epoch_1'} ORDER BY request, ordinal`,
    )
    this.#newest = database.prepare('SELECT id, record FROM response ORDER BY id DESC LIMIT ?')
    this.#meta = database.prepare('SELECT identity, generation FROM meta')
  }

  draws(request: Digest): ReturnType<Store['draws']> {
    const rows = this.#asked.iterate(prefixOf(request)) as unknown as Iterable<RecordRow>
    return distinct(rows, (kept) => kept.request === request).map(({ ordinal, cell, sample }) => ({ ordinal, cell, sample }))
  }

  displaced(): ReturnType<Store['displaced']> {
    return distinct(this.#displaced.iterate() as unknown as Iterable<RecordRow>, () => true)
  }

  /** A request text that is not as it was written counts as unknown. */
  lastRequest(cell: string, sample: number, step: string): ReturnType<Store['lastRequest']> {
    for (const row of this.#place.iterate(placeOf(cell, sample, step)) as unknown as Iterable<RecordRow>) {
      const kept = openResponse(row.record, row.id)
      if (!kept || kept.cell !== cell || kept.sample !== sample || kept.step !== step) continue
      const request = openRequest((this.#request.get(row.request) as { record: Uint8Array } | undefined)?.record)
      const run = this.#run.get(kept.run) as { name: string } | undefined
      return request?.digest === kept.request && run ? { request: kept.request, text: request.text, run: run.name } : undefined
    }
    return undefined
  }

  totals(): ReturnType<Store['totals']> {
    const { responses, bytes, usd, unpriced } = this.#totals.get() as unknown as ReturnType<Store['totals']>
    return { responses, bytes, usd, unpriced }
  }

  typicalTokens(step: string): ReturnType<Store['typicalTokens']> {
    const row = this.#typical.get(step) as { responses: number; input: number; output: number } | undefined
    return row && row.responses > 0 ? { input: row.input / row.responses, output: row.output / row.responses } : undefined
  }

  /** A page that cannot be read ends the look: it is about what is usual. */
  recent(step: string, most: number): ReturnType<Store['recent']> {
    const raws: Uint8Array[] = []
    try {
      for (const { id, record } of this.#newest.iterate(NEWEST_ROWS) as unknown as Iterable<RecordRow>) {
        const kept = openResponse(record, id)
        if (kept?.step === step && raws.push(kept.raw) >= most) break
      }
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    return raws
  }

  /** All that were ever raised: few, so they are read once. Undefined when what lies there twice is not the same. */
  epochs(): Map<string, number> | undefined {
    const read = (statement: Statement) => new Map((statement.all() as unknown as EpochRow[]).map(nameEpoch))
    const epochs = read(this.#epochs)
    const again = read(this.#mirror)
    const isSame = epochs.size === again.size && [...epochs].every(([name, epoch]) => Number.isInteger(epoch) && again.get(name) === epoch)
    return isSame ? epochs : undefined
  }

  meta(): { readonly identity: string; readonly generation: number } {
    return this.#meta.get() as { identity: string; generation: number }
  }
}

/** Attempts and epochs of one draw are one draw; among equal ordinals the oldest row comes first. */
function distinct(rows: Iterable<RecordRow>, isWanted: (kept: Kept) => boolean): Draw[] {
  const draws = new Map<string, Draw>()
  for (const { id, record } of rows) {
    const kept = openResponse(record, id)
    if (!kept || !isWanted(kept)) continue
    const { request, ordinal, cell, sample } = kept
    const name = `${ordinal}\n${sample}\n${request}\n${cell}`
    if (!draws.has(name)) draws.set(name, { request, ordinal, cell, sample })
  }
  return [...draws.values()].sort((a, b) => a.ordinal - b.ordinal)
}
