/** One build at a time on one dataset: a lock that the operating system drops when its holder dies, however it dies. */
import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { asStoreFailure } from './failure.ts'
import { type Database, openDatabase } from './node-sqlite.ts'
import { FILE_MODE, makePrivateFolder, tighten } from './private-folder.ts'

/** Who holds the lock, as they wrote it; informational only. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO time. */
  readonly since: string
}

export interface BuildLock {
  release(): void
}

/**
 * Takes the lock or says who has it; never waits. The lock is SQLite's own on a file of its own (an open exclusive
 * transaction), so it cannot be left behind by `kill -9` and does not depend on process ids, which are reused.
 * Throws a `StoreFailure` when the folder cannot be used.
 */
export function acquireBuildLock(dir: string): BuildLock | { readonly heldBy: Holder } {
  const path = join(dir, 'lock.db')
  const note = join(dir, 'lock.json')
  let database: Database | undefined
  try {
    makePrivateFolder(dir)
    database = openDatabase(path, { timeout: 0 })
    tighten(path, FILE_MODE)
    // In WAL an exclusive transaction would still let readers in; the rollback journal locks the file itself.
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
    writeFileSync(note, JSON.stringify(holder), { mode: FILE_MODE })
  } catch (error) {
    database?.close()
    const failure = asStoreFailure(error, path)
    if (failure.kind === 'busy') return { heldBy: readHolder(note) }
    throw failure
  }
  const held = database
  let released = false
  return {
    release() {
      if (released) return
      released = true
      held.close()
    },
  }
}

function readHolder(note: string): Holder {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(note, 'utf8')) as Holder
    return { pid: Number(pid), host: String(host), since: String(since) }
  } catch {
    // The holder is only just starting.
    return { pid: 0, host: 'an unknown host', since: 'just now' }
  }
}
