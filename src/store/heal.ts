/** Sets a damaged response aside, so that its key can be bought again and nothing is thrown away. */
import type { Key, TraceId } from '../util/brand.ts'
import type { Clock } from '../util/clock.ts'
import { isDamage } from './failure.ts'
import type { Database } from './node-sqlite.ts'
import { headBytes, openResponse } from './record.ts'
import type { ResponseRows } from './rows.ts'

/**
 * Runs inside a transaction. The row moves to the `damaged` table as it is. When the row is sound and only the
 * index led to it by mistake, or an index entry is left without a row, the indexes are made anew.
 */
export function heal(database: Database, rows: ResponseRows, id: TraceId, key: Key | undefined, why: string, clock: Clock): void {
  if (!isSound(() => rows.byId(id).what !== 'wrong')) moveAway(database, id, key, why, clock.date().toISOString())
  if (key !== undefined && leadsAstray(rows, key)) database.exec('REINDEX response')
}

function leadsAstray(rows: ResponseRows, key: Key): boolean {
  return !isSound(() => rows.byKey(key).what !== 'wrong')
}

function moveAway(database: Database, id: TraceId, key: Key | undefined, why: string, at: string): void {
  database
    .prepare('INSERT INTO damaged (id, key, why, at, value) SELECT id, ?, ?, ?, record FROM response WHERE id = ?')
    .run(key === undefined ? null : Buffer.from(key, 'hex'), why, at, id)
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
    if (!isDamage(error)) throw error
    return false
  }
}

function lenient(database: Database, on: boolean): void {
  // Node 24 defends the schema by default, which would make the pragma mean nothing; Node 22 has no such switch.
  if ('enableDefensive' in database) database.enableDefensive(!on)
  database.exec(`PRAGMA writable_schema = ${on ? 'ON' : 'OFF'}`)
}

interface Total {
  responses: number
  bytes: number
  usd: number
  unpriced: number
  input: number
  output: number
}

/** Counts anew, after rows are gone whose share of the totals cannot be known. Runs inside a transaction. */
export function recount(database: Database): void {
  const totals = new Map<string, Total>()
  for (const table of ['response', 'spare'] as const) {
    for (const row of database.prepare(`SELECT id, record FROM ${table}`).iterate()) {
      const { id, record } = row as unknown as { id: number; record: Uint8Array }
      const kept = openResponse(record, id)
      if (!kept) continue
      const total = totals.get(kept.step) ?? { responses: 0, bytes: 0, usd: 0, unpriced: 0, input: 0, output: 0 }
      totals.set(kept.step, total)
      total.usd += kept.usd ?? 0
      total.unpriced += kept.usd === null ? 1 : 0
      if (table === 'spare') continue
      total.responses++
      total.bytes += record.length - headBytes(record)
      total.input += kept.inputTokens
      total.output += kept.outputTokens
    }
  }
  database.exec('DELETE FROM total')
  const insert = database.prepare('INSERT INTO total VALUES (?, ?, ?, ?, ?, ?, ?)')
  for (const [step, { responses, bytes, usd, unpriced, input, output }] of totals) {
    insert.run(step, responses, bytes, usd, unpriced, input, output)
  }
}
