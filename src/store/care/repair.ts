/** Mends what can be mended within the file; nothing that was paid for is thrown away. */
import type { Key, TraceId } from '../../util/brand.ts'
import type { Clock } from '../../util/clock.ts'
import { RAISE_GENERATION } from '../format.ts'
import { heal, recount } from '../heal.ts'
import type { Database } from '../node-sqlite.ts'
import type { OpenFile } from '../open.ts'
import { type Kept, openResponse, placeOf, prefixOf } from '../record.ts'
import { ResponseRows } from '../rows.ts'
import type { Finding, Repair } from './finding.ts'

/** In one transaction. The caller owns the folder, and nothing was written since the findings. Returns how many were mended. */
export function repair({ database }: OpenFile, findings: readonly Finding[], clock: Clock): number {
  const wanted = findings.filter((finding) => finding.repair.by !== 'none')
  if (wanted.length === 0) return 0
  const has = (by: Repair['by']) => wanted.some((finding) => finding.repair.by === by)
  database.exec('BEGIN IMMEDIATE')
  try {
    // First, because whatever follows looks rows up.
    if (has('reindex')) database.exec('REINDEX')
    for (const finding of wanted) mend(database, finding, clock)
    if (has('renumber')) database.exec(RENUMBER)
    recount(database)
    database.exec(RAISE_GENERATION)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
  return wanted.length
}

/** Of all that carry an id, also those set aside. */
const RENUMBER =
  'UPDATE meta SET next = 1 + max((SELECT coalesce(max(id), 0) FROM response), (SELECT coalesce(max(id), 0) FROM spare), ' +
  '(SELECT coalesce(max(id), 0) FROM damaged))'

function mend(database: Database, { repair, key, why }: Finding, clock: Clock): void {
  if (repair.by === 'set-aside') setAside(database, repair, key, why, clock)
  if (repair.by === 'lead') lead(database, repair)
}

function setAside(
  database: Database,
  { table, id }: Extract<Repair, { by: 'set-aside' }>,
  key: string | undefined,
  why: string,
  clock: Clock,
): void {
  const whole = key?.length === 64 ? (key as Key) : undefined
  // A build does the same with what it finds damaged on its way, and knows how to part a row from an index that lost it.
  if (table === 'response') heal(database, new ResponseRows(database), id as TraceId, whole, why, clock)
  database
    .prepare(`INSERT INTO damaged (id, key, why, at, value) SELECT id, ?, ?, ?, record FROM ${table} WHERE id = ?`)
    .run(whole === undefined ? null : Buffer.from(whole, 'hex'), why, clock.date().toISOString(), id)
  database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id)
}

function lead(database: Database, { table, id }: Extract<Repair, { by: 'lead' }>): void {
  const { record } = database.prepare(`SELECT record FROM ${table} WHERE id = ?`).get(id) as { record: Uint8Array }
  const { key, request, cell, sample, step, ordinal } = openResponse(record, id) as Kept
  if (table === 'spare') database.prepare('UPDATE spare SET key = ? WHERE id = ?').run(prefixOf(key), id)
  else
    database
      .prepare('UPDATE response SET key = ?, asked = ?, place = ?, displaced = ? WHERE id = ?')
      .run(prefixOf(key), prefixOf(request), placeOf(cell, sample, step), ordinal === sample ? null : ordinal, id)
}
