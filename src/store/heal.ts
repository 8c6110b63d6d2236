/** Sets a damaged response aside, so that its key can be bought again and nothing is thrown away. */
import type { Key, TraceId } from '../util/brand.ts'
import type { Clock } from '../util/clock.ts'
import { digestBytes, VALUE_HEAD_BYTES } from './codec.ts'
import type { Database } from './node-sqlite.ts'
import type { ResponseRows } from './rows.ts'

/**
 * Runs inside a transaction. The row moves to the `damaged` table as it is. When the row is sound and only the
 * index led to it by mistake, or an index entry is left over, the indexes are made anew instead.
 */
export function heal(database: Database, rows: ResponseRows, id: TraceId, key: Key | undefined, why: string, clock: Clock): void {
  const innocent = rows.byId(id).what === 'trace'
  if (!innocent) moveAway(database, id, key, why, clock.date().toISOString())
  if (key !== undefined && rows.idOf(key) !== undefined && rows.byKey(key).what !== 'trace') database.exec('REINDEX response')
}

function moveAway(database: Database, id: TraceId, key: Key | undefined, why: string, at: string): void {
  database
    .prepare('INSERT INTO damaged (id, key, why, at, value) SELECT id, ?, ?, ?, value FROM response WHERE id = ?')
    .run(key === undefined ? null : digestBytes(key), why, at, id)
  // A damaged column no longer matches its index entry, and SQLite refuses to delete such a row unless told so.
  database.exec('PRAGMA writable_schema = ON')
  try {
    database.prepare('DELETE FROM response WHERE id = ?').run(id)
  } finally {
    database.exec('PRAGMA writable_schema = OFF')
  }
}

/** Counts anew: what a damaged row had added to the totals cannot be known. */
export function recount(database: Database): void {
  database.exec(
    `DELETE FROM total; INSERT INTO total SELECT step, count(*), sum(length(value) - ${VALUE_HEAD_BYTES}), coalesce(sum(usd), 0), ` +
      'count(*) - count(usd), sum(input_tokens), sum(output_tokens) FROM response GROUP BY step',
  )
}
