/**
 * One index as witness against another. SQLite says nothing of a page whose entries have become zeros: what they led to only seems
 * never to have been there, and would be bought again without a word.
 */
import { keyOf } from '../key/key.ts'
import type { Digest } from '../util/brand.ts'
import type { Database } from './node-sqlite.ts'
import { prefixOf } from './record.ts'
import type { ResponseRows } from './rows.ts'
import type { Store } from './store.ts'

/** Many draws of one request are asked about one after the other. */
const REMEMBERED = 1024

export class Witness {
  readonly #rows: ResponseRows
  readonly #lost
  /** Requests that were asked about last and of which nothing is lost. */
  readonly #sound = new Set<Digest>()

  constructor(database: Database, rows: ResponseRows) {
    this.#rows = rows
    this.#lost = database.prepare(
      'SELECT id FROM response AS held INDEXED BY response_asked WHERE asked = ? AND (NOT EXISTS ' +
        '(SELECT 1 FROM response AS led INDEXED BY response_key WHERE led.key = held.key AND led.id = held.id) ' +
        'OR (displaced IS NOT NULL AND NOT EXISTS (SELECT 1 FROM response AS led INDEXED BY response_displaced ' +
        'WHERE led.displaced = held.displaced AND led.id = held.id))) LIMIT 1',
    )
  }

  /** Whether a response to this request is not led to by its key, or not found among the displaced. */
  hasLostResponse(request: Digest): boolean {
    if (this.#sound.has(request)) return false
    if (this.#lost.get(prefixOf(request)) !== undefined) return true
    if (this.#sound.size >= REMEMBERED) this.#sound.clear()
    this.#sound.add(request)
    return false
  }

  /** Whether some draw is missing among those of a request, as the keys tell: of the ordinals up to the first that is free. */
  hasLostDraw(request: Digest, draws: ReturnType<Store['draws']>): boolean {
    const listed = new Set(draws.map(({ ordinal }) => ordinal))
    for (let ordinal = 0; ordinal <= listed.size; ordinal++) {
      if (listed.has(ordinal)) continue
      if (this.#rows.byKey(keyOf(request, { ordinal, attempt: 0, epoch: 0 })).what === 'trace') return true
    }
    return false
  }
}
