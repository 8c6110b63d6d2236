/** Rows of the `response` table: how one is written, and how one is read only if every byte of it is as written. */
import type { Key, TraceId } from '../util/brand.ts'
import { digestBytes, hex, seal, shortened, unseal, VALUE_HEAD_BYTES } from './codec.ts'
import type { Database } from './node-sqlite.ts'
import type { NewResponse, Trace } from './store.ts'

/** Columns that the checksum covers, beside the key and the value. The others only serve questions. */
const NUMBERS = 'id, ordinal, attempt, epoch, sample, input_tokens, output_tokens, usd, estimated, ms'
const COLUMNS = `${NUMBERS}, model, value`
const NUMBER_COUNT = 10
const AT = { id: 0, inputTokens: 5, outputTokens: 6, usd: 7, model: 10, value: 11, key: 12 } as const

/** What a look-up found. `wrong`: there is a row, and it may not be believed. */
export type Found =
  | { readonly what: 'trace'; readonly trace: Trace }
  | { readonly what: 'none' }
  | { readonly what: 'wrong'; readonly id: TraceId; readonly key: Key | undefined; readonly why: string }

export class ResponseRows {
  readonly #byKey
  readonly #byId
  readonly #idOfKey
  readonly #insert

  constructor(database: Database) {
    this.#byKey = database.prepare(`SELECT ${COLUMNS} FROM response WHERE key = ?`)
    this.#byId = database.prepare(`SELECT ${COLUMNS}, key FROM response WHERE id = ?`)
    this.#idOfKey = database.prepare('SELECT id FROM response WHERE key = ?')
    this.#insert = database.prepare(
      `INSERT OR IGNORE INTO response (${COLUMNS}, key, request, run, step, cell) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    for (const statement of [this.#byKey, this.#byId, this.#idOfKey]) statement.setReturnArrays(true)
  }

  /** The index may be what is damaged, so the checksum must hold for the very key that was asked for. */
  byKey(key: Key): Found {
    const bytes = digestBytes(key)
    return believed(
      () => this.#byKey.get(bytes),
      bytes,
      () => this.idOf(key),
    )
  }

  byId(id: TraceId): Found {
    return believed(
      () => this.#byId.get(id),
      undefined,
      () => id,
    )
  }

  /** The row that the index names for a key, not looked at. */
  idOf(key: Key): TraceId | undefined {
    return (this.#idOfKey.get(digestBytes(key)) as readonly TraceId[] | undefined)?.[0]
  }

  /** Returns the stored size of the value, or undefined when the key has a row already. */
  insert(id: TraceId, key: Uint8Array, request: number, run: number, response: NewResponse): number | undefined {
    const { ordinal, attempt, epoch, sample, inputTokens, outputTokens, usd, estimated, ms, step, cell } = response
    const numbers = [id, ordinal, attempt, epoch, sample, inputTokens, outputTokens, usd, estimated ? 1 : 0, ms]
    const model = storable(response.model)
    const value = seal({ key, numbers, name: model }, response.raw)
    const { changes } = this.#insert.run(...numbers, model, value, key, request, run, step, shortened(cell))
    return changes === 1 ? value.length - VALUE_HEAD_BYTES : undefined
  }
}

/** Servers name their models as they like; SQLite would change lone surrogates, and Node 22 cuts texts at a NUL. */
export function storable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '\ufffd')
}

type Value = string | number | null | Uint8Array

function believed(look: () => unknown, key: Uint8Array | undefined, idOf: () => TraceId | undefined): Found {
  let row: Value[] | undefined
  try {
    row = look() as Value[] | undefined
  } catch (error) {
    // A number too large for JavaScript makes the row wrong, not the database; what SQLite itself reports goes on.
    const id = error instanceof RangeError ? idOf() : undefined
    if (id === undefined) throw error
    return { what: 'wrong', id, key: key && (hex(key) as Key), why: 'a number in it is out of range' }
  }
  if (!row) return { what: 'none' }
  const {
    [AT.id]: id,
    [AT.model]: name,
    [AT.value]: value,
    [AT.inputTokens]: inputTokens,
    [AT.outputTokens]: outputTokens,
    [AT.usd]: usd,
  } = row
  const own = key ?? row[AT.key]
  const numbers = row.slice(0, NUMBER_COUNT)
  if (!(own instanceof Uint8Array && value instanceof Uint8Array && typeof name === 'string' && numbers.every(isNumber))) {
    return { what: 'wrong', id: id as TraceId, key: key && (hex(key) as Key), why: 'a column of it has another type' }
  }
  const raw = unseal({ key: own, numbers, name }, value)
  if (!raw) return { what: 'wrong', id: id as TraceId, key: hex(own) as Key, why: 'its checksum does not match' }
  // The checksum holds, so these are what `insert` wrote.
  const trace = {
    id: id as TraceId,
    raw,
    model: name,
    inputTokens: inputTokens as number,
    outputTokens: outputTokens as number,
    usd: usd as number | null,
  }
  return { what: 'trace', trace }
}

function isNumber(value: Value): value is number | null {
  return typeof value === 'number' || value === null
}
