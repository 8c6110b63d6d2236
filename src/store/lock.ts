/** One build at a time: a lock of the operating system, which dies with its process, so it is never stale. */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../util/clock.ts'
import { asStoreFailure } from './failure.ts'
import { type Database, openDatabase } from './node-sqlite.ts'
import { FILE_MODE, makePrivateFolder } from './private-folder.ts'

export interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO time; informational only. */
  readonly since: string
}

export interface BuildLock {
  release(): void
}

/** The lock file stays for ever: a removed one would let two processes each lock its own. */
const LOCK_FILE = 'lock.db'
/** Only for the message; the lock does not depend on it. */
const HOLDER_FILE = 'lock.json'

/** How often, and in which steps, the note of a holder that has only just taken the lock is waited for. */
const NOTE_TRIES = 5
const NOTE_WAIT_MS = 10

/** A database that is forgotten is closed by the garbage collector, and its lock with it. */
const held = new Set<Database>()

/** Takes the build lock of a `.datagen` folder without waiting. Throws a StoreFailure when the folder cannot be written. */
export function acquireBuildLock(dir: string, clock: Clock = systemClock): BuildLock | { readonly heldBy: Holder } {
  const path = join(dir, LOCK_FILE)
  try {
    makePrivateFolder(dir)
    makeFile(path)
    const database = openDatabase(path, { timeout: 0 })
    if (!lock(database)) {
      database.close()
      return { heldBy: holder(dir) }
    }
    held.add(database)
    const note = join(dir, HOLDER_FILE)
    writeNote(note, { pid: process.pid, host: hostname(), since: clock.date().toISOString() })
    return { release: once(() => release(database, note)) }
  } catch (error) {
    throw asStoreFailure(error, path)
  }
}

/** Never opens an existing file: closing it again would drop this process's own lock (POSIX). */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', FILE_MODE))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function lock(database: Database): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (asStoreFailure(error, LOCK_FILE).kind === 'busy') return false
    database.close()
    throw error
  }
}

/** The note goes first: whoever gets the lock next must not have its own note removed. */
function release(database: Database, note: string): void {
  rmSync(note, { force: true })
  held.delete(database)
  database.close()
}

function writeNote(path: string, holder: Holder): void {
  const temp = `${path}.${process.pid}`
  writeFileSync(temp, JSON.stringify(holder), { mode: FILE_MODE })
  renameSync(temp, path)
}

/** A killed holder leaves its note behind, so one whose process is gone is not believed at once. */
function holder(dir: string): Holder {
  let last: Holder = { pid: 0, host: 'unknown', since: 'unknown' }
  for (let i = 0; i < NOTE_TRIES; i++) {
    const note = readNote(join(dir, HOLDER_FILE))
    if (note && (note.host !== hostname() || isAlive(note.pid))) return note
    if (note) last = note
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NOTE_WAIT_MS)
  }
  return last
}

function readNote(path: string): Holder | undefined {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>
    return typeof pid === 'number' && typeof host === 'string' && typeof since === 'string' ? { pid, host, since } : undefined
  } catch {
    return undefined
  }
}

/** Whether a process with this id runs on this machine, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    action()
  }
}
