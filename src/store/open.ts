/** Opens the store's file with the right permissions, settings and format, or explains why not. */
import { accessSync, closeSync, constants, existsSync, openSync, readdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Clock, systemClock } from '../util/clock.ts'
import { asStoreFailure, storeFailure } from './failure.ts'
import { FORMAT, inspect, MIRROR_EPOCHS, newer, PAGE_BYTES, SCHEMA } from './format.ts'
import { copyMigrated, migrateStore } from './migrate.ts'
import { type Database, openDatabase } from './node-sqlite.ts'
import { FILE_MODE, makePrivateFolder, tighten } from './private-folder.ts'
import { strangeTable } from './schema-check.ts'

export const STORE_FILE = 'store.db'

/**
 * Stores this process has open. Reading such a file's header by hand would, on closing it, drop SQLite's POSIX
 * locks of the whole process (https://www.sqlite.org/howtocorrupt.html §2.2), so an open one is not inspected again.
 */
const openHere = new Map<string, number>()

export interface OpenFile {
  readonly path: string
  readonly database: Database
  close(): void
}

/**
 * `write` makes the folder (0700) and the file (0600) when they are missing, and migrates an older format; `read` changes
 * nothing that is stored, and reads an older format from a copy.
 */
export function openFile(dir: string, mode: 'write' | 'read', busyMs: number, clock: Clock = systemClock): OpenFile {
  const path = resolve(dir, STORE_FILE)
  try {
    const isMade = mode === 'write' && makePrivate(dir, path)
    if (!isMade) demandNotEmptied(path)
    if (!openHere.has(path)) inspect(path)
    const opened =
      mode === 'write' ? { database: openWritable(path, busyMs, clock) } : readingNow(openReadable(path, busyMs), path, busyMs, clock)
    openHere.set(path, (openHere.get(path) ?? 0) + 1)
    return { path, database: opened.database, close: () => closeFile(path, opened) }
  } catch (error) {
    throw asStoreFailure(error, path)
  }
}

interface Opened {
  readonly database: Database
  /** Removes what was made only to read an older format. */
  readonly remove?: () => void
}

/** An older format is read from a copy that is migrated, and gone when it is closed. */
function readingNow(database: Database, path: string, busyMs: number, clock: Clock): Opened {
  try {
    if (versionOf(database) === FORMAT) {
      verifySchema(database, path)
      return { database }
    }
  } catch (error) {
    database.close()
    throw error
  }
  try {
    database.exec('PRAGMA query_only = OFF') // VACUUM INTO counts as a write
    const { path: copied, remove } = copyMigrated(database, versionOf(database), clock, (copy) => openDatabase(copy, PLAIN))
    return { database: openReadable(copied, busyMs), remove }
  } finally {
    database.close()
  }
}

function closeFile(path: string, { database, remove }: Opened): void {
  const others = (openHere.get(path) ?? 1) - 1
  if (others === 0) openHere.delete(path)
  else openHere.set(path, others)
  database.close()
  remove?.()
}

/** Says whether it made the file. */
function makePrivate(dir: string, path: string): boolean {
  makePrivateFolder(dir)
  accessSync(dir, constants.W_OK) // a read-only disk must be found out before the first call is paid for
  const isNew = !existsSync(path)
  if (isNew) {
    inspect(path) // an orphaned log must be seen before a new main file makes SQLite drop it
    closeSync(openSync(path, 'a', FILE_MODE)) // SQLite gives -wal and -shm the mode of the main file
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) tighten(file, FILE_MODE)
  return isNew
}

/**
 * Throws for a file without a byte where a build has finished before: the disk or somebody emptied it, and all that was paid for
 * would be bought again without a word. Whoever means that removes the file.
 */
export function demandNotEmptied(path: string): void {
  const bytes = (file: string) => statSync(file, { throwIfNoEntry: false })?.size
  if (bytes(path) !== 0 || (bytes(`${path}-wal`) ?? 0) > 0) return
  const left = readdirSync(dirname(path)).find((name) => name === 'stamp.json' || /^columns-.*\.bin$/.test(name))
  if (left) throw storeFailure('damaged', path, `it is empty, but ${left} beside it says that a build has finished here`)
}

/**
 * 64 MB of log. Digests land all over their indexes, so each page is written to the log again and again: at SQLite's
 * default of 1,000 pages a `put` took a third longer.
 */
const CHECKPOINT_PAGES = (64 << 20) / PAGE_BYTES

/** Keys to other tables are written by one statement each, and checking them costs a fifth of a `put`. */
const PLAIN = { enableForeignKeyConstraints: false }

function openWritable(path: string, busyMs: number, clock: Clock): Database {
  return guarded(openDatabase(path, { timeout: busyMs, ...PLAIN }), (database) => {
    settle(database)
    create(database)
    verifyVersion(database, path)
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    if (versionOf(database) < FORMAT) migrateStore(database, path, clock, busyMs, () => versionOf(database))
    verifySchema(database, path)
    database.exec(MIRROR_EPOCHS)
    // A folder that cannot be written must be found out before the first call is paid for.
    database.exec('BEGIN IMMEDIATE; UPDATE meta SET next = 1 WHERE next < 1; COMMIT')
  })
}

/** In one transaction of a rollback journal: killed half-way, the file is empty again. */
function create(database: Database): void {
  if (tables(database) > 0) return
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}; BEGIN EXCLUSIVE`)
  if (tables(database) === 0) database.exec(SCHEMA)
  database.exec('COMMIT')
}

/**
 * As a reader that could write, so that the log of a killed build is recovered and no -shm stays behind; in a folder
 * that cannot be written, as a file that cannot change.
 */
function openReadable(path: string, busyMs: number): Database {
  try {
    return guarded(openDatabase(path, { timeout: busyMs, ...PLAIN }), (database) => {
      settle(database)
      database.exec('PRAGMA query_only = ON')
      verifyVersion(database, path)
    })
  } catch (error) {
    const { kind } = asStoreFailure(error, path)
    if (kind !== 'io' && kind !== 'readonly') throw error
    if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
      throw storeFailure('readonly', path, 'a build was killed here, and finishing its writes needs a folder that can be written', error)
    }
    const url = pathToFileURL(path)
    url.search = '?mode=ro&immutable=1'
    return guarded(openDatabase(url, { readOnly: true }), (database) => verifyVersion(database, path))
  }
}

function settle(database: Database): void {
  // mmap_size: a truncated file must be an error, not a SIGBUS. cell_size_check: find damaged pages early. cache_size: 16 MB; twice
  // as much made a first build of 100,000 cells no quicker.
  database.exec('PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384')
}

function guarded(database: Database, prepare: (database: Database) => void): Database {
  try {
    prepare(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function tables(database: Database): number {
  return number(database, 'SELECT count(*) FROM sqlite_schema')
}

/** The header was looked at, but a log may hold a newer version. */
function verifyVersion(database: Database, path: string): void {
  const version = versionOf(database)
  if (version > FORMAT) throw newer(path, version)
  if (version < 1) throw storeFailure('damaged', path, `its format is ${version}`)
}

function verifySchema(database: Database, path: string): void {
  const strange = strangeTable(database)
  if (strange !== undefined) throw storeFailure('damaged', path, `its table or index "${strange}" is not as datagen made it`)
}

function versionOf(database: Database): number {
  return number(database, 'PRAGMA user_version')
}

function number(database: Database, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0])
}
