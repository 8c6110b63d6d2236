/** Every row of a table in order of id, in bounded memory; a page that cannot be read costs only its own rows. */
import { asStoreFailure } from '../failure.ts'
import type { Database } from '../node-sqlite.ts'
import { Ids } from './ids.ts'

export type Table = 'response' | 'spare' | 'request'

export type Walked<Row> =
  | { readonly what: 'row'; readonly id: number; readonly row: Row }
  /** A row is there, or was, and cannot be read. */
  | { readonly what: 'unreadable'; readonly id: number; readonly why: string }
  /** How many rows follow is unknown. */
  | { readonly what: 'lost'; readonly id: number; readonly why: string }

interface HasId {
  readonly id: number
}

const ROWS_AT_ONCE = 256

/** `select` names the columns, `id` among them. What is written meanwhile may or may not be seen. */
export function* walk<Row extends HasId>(database: Database, table: Table, select: string): Generator<Walked<Row>> {
  const chunk = database.prepare(`SELECT ${select} FROM ${table} WHERE id > ? ORDER BY id LIMIT ${ROWS_AT_ONCE}`)
  let last = Number.MIN_SAFE_INTEGER
  for (;;) {
    let rows: Row[]
    try {
      rows = chunk.all(last) as unknown as Row[]
    } catch (error) {
      return yield* singly<Row>(database, table, select, last, reasonOf(error))
    }
    for (const row of rows) yield { what: 'row', id: row.id, row }
    if (rows.length < ROWS_AT_ONCE) return
    last = (rows.at(-1) as Row).id
  }
}

function* singly<Row extends HasId>(database: Database, table: Table, select: string, after: number, why: string): Generator<Walked<Row>> {
  const one = database.prepare(`SELECT ${select} FROM ${table} WHERE id = ?`)
  const ids = idsAfter(database, table, after)
  if (!ids) return yield { what: 'lost', id: after, why }
  for (const id of ids) {
    let row: Row | undefined
    try {
      row = one.get(id) as unknown as Row | undefined
    } catch (error) {
      yield { what: 'unreadable', id, why: reasonOf(error) }
      continue
    }
    if (row) yield { what: 'row', id, row }
  }
}

/** From an index, which lies on other pages; a table without one has its ids without gaps, or nearly. */
function idsAfter(database: Database, table: Table, after: number): Iterable<number> | undefined {
  try {
    if (table === 'request')
      return range(Math.max(after, 0) + 1, (database.prepare('SELECT max(id) AS id FROM request').get() as unknown as HasId).id)
    const ids = new Ids()
    for (const row of database.prepare(`SELECT id FROM ${table} INDEXED BY ${table}_key`).iterate() as Iterable<unknown>) {
      const { id } = row as HasId
      if (id > after) ids.add(id as never)
    }
    return ids
  } catch {
    return undefined
  }
}

function* range(first: number, last: number): Generator<number> {
  for (let id = first; id <= last; id++) yield id
}

/** Damage is what a walk is there to find; a locked or closed database is not. */
function reasonOf(error: unknown): string {
  const failure = asStoreFailure(error, '')
  if (failure.kind === 'busy' || failure.kind === 'closed') throw failure
  return error instanceof Error ? error.message : String(error)
}
