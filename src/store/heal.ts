/** Sets a damaged response aside, so that its key can be bought again and nothing is thrown away. */
import type { Key, TraceId } from '../util/brand.ts'
import type { Clock } from '../util/clock.ts'
import { digestBytes, VALUE_HEAD_BYTES } from './codec.ts'
import { asStoreFailure } from './failure.ts'
import type { Database } from './node-sqlite.ts'
import type { ResponseRows } from './rows.ts'

/**
 * Runs inside a transaction. The row moves to the `damaged` table as it is. When the row is sound and only the
 * index led to it by mistake, or an index entry is left without a row, the indexes are made anew.
 */
export function heal(database: Database, rows: ResponseRows, id: TraceId, key: Key | undefined, why: string, clock: Clock): void {
  if (rows.byId(id).what === 'wrong') moveAway(database, id, key, why, clock.date().toISOString())
  if (key !== undefined && leadsAstray(rows, key)) database.exec('REINDEX response')
}

function leadsAstray(rows: ResponseRows, key: Key): boolean {
  return rows.idOf(key) !== undefined && !isSound(() => rows.byKey(key).what === 'trace')
}

function moveAway(database: Database, id: TraceId, key: Key | undefined, why: string, at: string): void {
  database
    .prepare('INSERT INTO damaged (id, key, why, at, value) SELECT id, ?, ?, ?, value FROM response WHERE id = ?')
    .run(key === undefined ? null : digestBytes(key), why, at, id)
  const remove = () => database.prepare('DELETE FROM response WHERE id = ?').run(id)
  if (isSound(remove)) return
  // A damaged column no longer matches its index entry, and SQLite refuses to delete such a row unless told so.
  lenient(database, true)
  try {
    remove()
  } finally {
    lenient(database, false)
  }
  database.exec('REINDEX response')
}

/** False when SQLite finds damage on the way, or the action says so itself. */
function isSound(action: () => unknown): boolean {
  try {
    return action() !== false
  } catch (error) {
    if (asStoreFailure(error, '').kind !== 'damaged') throw error
    return false
  }
}

function lenient(database: Database, on: boolean): void {
  // Node 24 defends the schema by default, which would make the pragma mean nothing; Node 22 has no such switch.
  if ('enableDefensive' in database) database.enableDefensive(!on)
  database.exec(`PRAGMA writable_schema = ${on ? 'ON' : 'OFF'}`)
}

/** Counts anew: what a damaged row had added to the totals cannot be known. */
export function recount(database: Database): void {
  database.exec(
    `DELETE FROM total; INSERT INTO total SELECT step, count(*), sum(length(value) - ${VALUE_HEAD_BYTES}), coalesce(sum(usd), 0), ` +
      'count(*) - count(usd), sum(input_tokens), sum(output_tokens) FROM response GROUP BY step',
  )
}
