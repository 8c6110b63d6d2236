/** A store of an older format becomes one of this: a copy is made first, then all of it changes in one transaction. */
import { closeSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../util/clock.ts'
import { crashPoint } from '../util/crash-point.ts'
import { isDamage, storeFailure } from './failure.ts'
import { CLAIM, FORMAT, JOB, SCHEMA } from './format.ts'
import { INDEXES_1, type Row1, readRequest1, readResponse1, TABLES_1 } from './format-1.ts'
import { recount } from './heal.ts'
import { ownFolderNow, ownsFolder } from './lock.ts'
import type { Database } from './node-sqlite.ts'
import { FILE_MODE } from './private-folder.ts'
import { sealRequest } from './record.ts'
import { ResponseRows } from './rows.ts'

/** Waits for about `waitMs` while another build is at work, then throws. `version` is asked again once the folder is owned. */
export function migrateStore(database: Database, path: string, clock: Clock, waitMs: number, version: () => number): void {
  const dir = dirname(path)
  const lock = ownsFolder(dir) ? { release: () => {} } : ownFolderNow(dir, clock, waitMs)
  if ('heldBy' in lock) {
    const { pid, host } = lock.heldBy
    const who = pid === 0 ? 'another process' : `process ${pid} on ${host}`
    throw storeFailure('busy', path, `it is in an older format, and ${who} is at work on it`)
  }
  try {
    const from = version()
    if (from === FORMAT) return
    backUp(database, path, `${path}.v${from}-backup-${clock.date().toISOString().slice(0, 10)}`)
    crashPoint('before-migrate')
    inTransaction(database, () => convert(database, from, clock.date().toISOString()))
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    lock.release()
  }
}

/** A copy in this format in a folder of its own, for whoever may only read. `from`: the format it has. */
export function copyMigrated(
  database: Database,
  from: number,
  clock: Clock,
  open: (path: string) => Database,
): { readonly path: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'datagen-old-store-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'store.db')
    backUp(database, path, path)
    const copy = open(path)
    try {
      inTransaction(copy, () => convert(copy, from, clock.date().toISOString()))
    } finally {
      copy.close()
    }
    return { path, remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** Includes what lies in the log only. A copy that was made today already is replaced, for the store is still what it was. */
function backUp(database: Database, path: string, target: string): void {
  const half = join(dirname(target), `${basename(path)}.copying`)
  rmSync(half, { force: true })
  closeSync(openSync(half, 'wx', FILE_MODE))
  database.prepare('VACUUM INTO ?').run(half)
  sync(half)
  renameSync(half, target)
  sync(dirname(target))
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function inTransaction(database: Database, action: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    action()
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function convert(database: Database, from: number, at: string): void {
  if (from === 1) convertFirst(database, at)
  else addJobs(database)
}

/** Format 2 knew no batch jobs. */
function addJobs(database: Database): void {
  database.exec(`
    ALTER TABLE claim RENAME TO old_claim;
    ${CLAIM};
    INSERT INTO claim SELECT key, request, run, at, owner, reserved_usd, NULL FROM old_claim;
    DROP TABLE old_claim;
    ${JOB};
    PRAGMA user_version = ${FORMAT};
  `)
}

function convertFirst(database: Database, at: string): void {
  for (const index of INDEXES_1) database.exec(`DROP INDEX IF EXISTS ${index}`)
  for (const table of TABLES_1) database.exec(`ALTER TABLE ${table} RENAME TO old_${table}`)
  database.exec(SCHEMA)
  database.exec(`
    INSERT INTO run SELECT id, name, started FROM old_run;
    INSERT INTO epoch SELECT request, ordinal, epoch FROM old_epoch;
    INSERT INTO damaged SELECT id, key, why, at, value FROM old_damaged;
    INSERT INTO claim SELECT key, digest, run, at, 0, NULL, NULL FROM old_intent JOIN old_request ON old_request.id = old_intent.request;
    UPDATE meta SET next = (SELECT max(counter.next, (SELECT coalesce(max(id), 0) + 1 FROM old_response)) FROM old_counter AS counter);
  `)
  copyRequests(database)
  copyResponses(database, at)
  recount(database)
  for (const table of [...TABLES_1].reverse()) database.exec(`DROP TABLE old_${table}`)
}

function copyRequests(database: Database): void {
  const insert = database.prepare('INSERT INTO request VALUES (?, ?)')
  for (const row of database.prepare('SELECT id, digest, value FROM old_request').iterate()) {
    const request = readRequest1(row as Row1)
    if (request) insert.run(row['id'] as number, sealRequest(request.digest, request.text))
  }
}

/** One that is not as it was written is set aside, as if it had been looked up. */
function copyResponses(database: Database, at: string): void {
  const rows = new ResponseRows(database)
  const one = database.prepare('SELECT r.*, q.digest FROM old_response AS r JOIN old_request AS q ON q.id = r.request WHERE r.id = ?')
  const setAside = database.prepare(
    'INSERT INTO damaged (id, key, why, at, value) SELECT id, key, ?, ?, value FROM old_response WHERE id = ?',
  )
  const ids = database.prepare('SELECT id FROM old_response ORDER BY id')
  for (const { id } of ids.all() as unknown as { id: number }[]) {
    const row = readable(() => one.get(id) as Row1 | undefined)
    const kept = row && readResponse1(row)
    if (kept) rows.insert(kept, row['request'] as number)
    else setAside.run('its checksum did not match when the store was migrated', at, id)
  }
}

function readable<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (!isDamage(error)) throw error
    return undefined
  }
}
