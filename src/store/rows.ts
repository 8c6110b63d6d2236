/** Rows of the `response` and `spare` tables: how one is written, and how one is read only if every byte of it is as written. */
import type { Digest, Key, TraceId } from '../util/brand.ts'
import { isDamage } from './failure.ts'
import type { Database } from './node-sqlite.ts'
import { headBytes, type Kept, openResponse, openTrace, placeOf, prefixOf, sealResponse, storable } from './record.ts'
import type { KeyedTrace, NewResponse } from './store.ts'

export { storable }

/** What a look-up found. `wrong`: there is a row, and it may not be believed. */
export type Found = { readonly what: 'trace'; readonly trace: KeyedTrace } | { readonly what: 'none' } | Wrong

export interface Wrong {
  readonly what: 'wrong'
  readonly id: TraceId
  readonly key: Key | undefined
  readonly why: string
}

type Statement = ReturnType<Database['prepare']>
type Row = readonly [id: TraceId, record: unknown]

const NONE: Found = { what: 'none' }
const MISMATCH = 'its checksum does not match'
/** Rows of one scan: enough that the statement costs nothing, few enough that damage costs little. */
const SCAN = 512
/** Reading over this many rows that nobody asked for is cheaper than a statement of their own. */
const GAP = 8

export class ResponseRows {
  readonly #byKey
  readonly #byId
  readonly #idOfKey
  readonly #among
  readonly #amongAsked
  readonly #ofRequest
  readonly #any
  readonly #range
  readonly #request
  readonly #insert
  readonly #spares
  readonly #insertSpare

  constructor(database: Database) {
    const rows = (sql: string) => {
      const statement = database.prepare(sql)
      statement.setReturnArrays(true)
      return statement
    }
    this.#byKey = rows('SELECT id, record FROM response WHERE key = ?')
    this.#byId = rows('SELECT id, record FROM response WHERE id = ?')
    this.#idOfKey = rows('SELECT id FROM response WHERE key = ?')
    this.#any = rows('SELECT id FROM response LIMIT 1')
    this.#among = rows('SELECT DISTINCT asked.value FROM json_each(?) AS asked CROSS JOIN response ON response.key = asked.value')
    this.#amongAsked = rows('SELECT DISTINCT wanted.value FROM json_each(?) AS wanted CROSS JOIN response ON response.asked = wanted.value')
    this.#ofRequest = rows('SELECT id, record FROM response INDEXED BY response_asked WHERE asked = ?')
    this.#range = rows('SELECT id, record FROM response WHERE id BETWEEN ? AND ?')
    this.#request = rows('SELECT request FROM response WHERE asked = ?')
    this.#insert = database.prepare('INSERT INTO response VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#spares = rows('SELECT id, record FROM spare WHERE key = ?')
    this.#insertSpare = database.prepare('INSERT INTO spare VALUES (?, ?, ?)')
  }

  /** The index may be what is damaged, and others may share its entry, so the row must say itself that it is this key's. */
  byKey(key: Key): Found {
    const prefix = prefixOf(key)
    const first = this.#byKey.get(prefix) as Row | undefined
    if (!first) return NONE
    const [id, record] = first
    const trace = openTrace(record, id)
    if (trace?.key === key) return { what: 'trace', trace }
    return among(this.#byKey.all(prefix) as unknown as Row[], key)
  }

  /** As `byKey`, by another index. */
  byRequest(key: Key, request: Digest): Found {
    return among(this.#ofRequest.all(prefixOf(request)) as unknown as Row[], key)
  }

  byId(id: TraceId): Found {
    const row = this.#byId.get(id) as Row | undefined
    if (!row) return NONE
    const trace = openTrace(row[1], id)
    return trace ? { what: 'trace', trace } : { what: 'wrong', id, key: undefined, why: MISMATCH }
  }

  /** Everything about a response that `byId` or `byKey` gave out. */
  whole(id: TraceId): Kept | undefined {
    const row = this.#byId.get(id) as Row | undefined
    return row && openResponse(row[1], id)
  }

  /** A row that the index names for a key, not looked at. */
  idOf(key: Key): TraceId | undefined {
    return (this.#idOfKey.get(prefixOf(key)) as readonly [TraceId] | undefined)?.[0]
  }

  /**
   * As `mayHold`, for many: a question for each would cost several times as much. A key also counts when only another draw of its
   * request is held: whether the index of keys has lost it is then to be found out.
   */
  mayHoldOf(keys: readonly Key[], requests: readonly Digest[]): Set<Key> {
    const byKey = heldOf(this.#among, keys)
    const byRequest = heldOf(this.#amongAsked, requests)
    return new Set(keys.filter((key, i) => byKey.has(prefixOf(key)) || byRequest.has(prefixOf(requests[i] as Digest))))
  }

  isEmpty(): boolean {
    return this.#any.get() === undefined
  }

  /** Whether there may be a row for a key: one look at the index. */
  mayHold(key: Key): boolean {
    return this.#idOfKey.get(prefixOf(key)) !== undefined
  }

  /**
   * In the order of `ids`, where 0 stands for nothing. `wrong` hears of each row that may not be believed, and of ids whose
   * page cannot be read.
   */
  many(ids: Uint32Array, wrong: (found: Wrong | { readonly id: TraceId; readonly error: unknown }) => void): (KeyedTrace | undefined)[] {
    const found: (KeyedTrace | undefined)[] = new Array(ids.length).fill(undefined)
    const order = ascending(ids)
    let from = 0
    while (from < order.length && ids[order[from] as number] === 0) from++
    while (from < order.length) {
      const first = ids[order[from] as number] as number
      let to = from + 1
      for (let last = first; to < order.length; to++) {
        const next = ids[order[to] as number] as number
        if (next - last > GAP || next - first >= SCAN) break
        last = next
      }
      this.#scan(ids, order.subarray(from, to), found, wrong)
      from = to
    }
    return found
  }

  #scan(ids: Uint32Array, order: Uint32Array, found: (KeyedTrace | undefined)[], wrong: Parameters<ResponseRows['many']>[1]): void {
    const idAt = (i: number) => ids[order[i] as number] as number
    let i = 0
    for (const [id, record] of this.#rowsBetween(idAt(0), idAt(order.length - 1), wrong)) {
      while (i < order.length && idAt(i) < id) i++
      if (i === order.length) return
      if (idAt(i) !== id) continue
      const trace = openTrace(record, id)
      if (!trace) wrong({ what: 'wrong', id, key: undefined, why: MISMATCH })
      for (; i < order.length && idAt(i) === id; i++) found[order[i] as number] = trace
    }
  }

  #rowsBetween(first: number, last: number, wrong: Parameters<ResponseRows['many']>[1]): readonly Row[] {
    try {
      return this.#range.all(first, last) as unknown as Row[]
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    // A page in between is damaged: what lies on the others is read one by one.
    const rows: Row[] = []
    for (let id = first as TraceId; id <= last; id++) {
      try {
        const row = this.#byId.get(id) as Row | undefined
        if (row) rows.push(row)
      } catch (error) {
        if (!isDamage(error)) throw error
        wrong({ id, error })
      }
    }
    return rows
  }

  /** Rows that may hold a request's text, as the responses that were made from it tell. */
  *requestRows(digest: Digest): Generator<number> {
    // Most requests are new, and an iteration costs more than a look.
    if (this.#request.get(prefixOf(digest)) === undefined) return
    for (const row of this.#request.iterate(prefixOf(digest))) yield (row as unknown as readonly [number])[0]
  }

  /** Returns the stored size of the value. */
  insert(kept: Kept, requestRow: number): number {
    const { id, key, request, cell, sample, step, ordinal } = kept
    const record = sealResponse(kept)
    const displaced = ordinal === sample ? null : ordinal
    this.#insert.run(id, prefixOf(key), prefixOf(request), placeOf(cell, sample, step), displaced, requestRow, record)
    return record.length - headBytes(record)
  }

  /** Second responses to one key. */
  sparesOf(key: Key): Kept[] {
    const rows = this.#spares.all(prefixOf(key)) as unknown as Row[]
    return rows.flatMap(([id, record]) => openResponse(record, id) ?? []).filter((spare) => spare.key === key)
  }

  insertSpare(kept: Kept): void {
    this.#insertSpare.run(kept.id, prefixOf(kept.key), sealResponse(kept))
  }
}

/** Prefixes of those digests to which there are rows. */
function heldOf(statement: Statement, digests: readonly string[]): ReadonlySet<number> {
  // In the order of the index, neighbours lie on one page.
  const prefixes = Int32Array.from(digests, prefixOf).sort()
  const rows = statement.all(`[${prefixes.join()}]`) as unknown as (readonly [number])[]
  return new Set(rows.map(([prefix]) => prefix))
}

/** Whether both are one purchase: then it was paid for once, however often it is put. */
export function isSame(kept: Kept, response: NewResponse, run: number): boolean {
  return (
    kept.run === run &&
    kept.model === storable(response.model) &&
    kept.attempt === response.attempt &&
    kept.inputTokens === response.inputTokens &&
    kept.outputTokens === response.outputTokens &&
    kept.usd === response.usd &&
    kept.ms === response.ms &&
    Buffer.compare(kept.raw, response.raw) === 0
  )
}

/** Of rows that share a prefix, the one that is the key's; a row whose checksum fails may be it, and stands in the way. */
function among(rows: readonly Row[], key: Key): Found {
  let wrong: Wrong | undefined
  for (const [id, record] of rows) {
    const trace = openTrace(record, id)
    if (trace?.key === key) return { what: 'trace', trace }
    if (!trace) wrong ??= { what: 'wrong', id, key, why: MISMATCH }
  }
  return wrong ?? NONE
}

/** Places of `ids` in the order of their ids. */
function ascending(ids: Uint32Array): Uint32Array {
  const order = Uint32Array.from(ids, (_, i) => i)
  for (let i = 1; i < ids.length; i++) {
    if ((ids[i] as number) < (ids[i - 1] as number)) return order.sort((a, b) => (ids[a] as number) - (ids[b] as number))
  }
  return order
}
