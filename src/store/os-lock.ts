/** Locks of the operating system, which die with their process and so are never stale; taken through SQLite. */
import { closeSync, openSync } from 'node:fs'
import { asStoreFailure } from './failure.ts'
import { type Database, openDatabase } from './node-sqlite.ts'
import { FILE_MODE } from './private-folder.ts'

/** A database that is forgotten is closed by the garbage collector, and its lock with it. */
const held = new Set<Database>()

const TAKE = {
  // Reading anything takes a shared lock, which lasts as long as the transaction.
  shared: 'BEGIN; SELECT count(*) FROM sqlite_schema',
  exclusive: 'BEGIN EXCLUSIVE',
} as const

/** Takes the lock without waiting and returns its release; undefined while others hold it. The file stays when the lock goes. */
export function takeLock(path: string, mode: keyof typeof TAKE): (() => void) | undefined {
  makeFile(path)
  const database = openDatabase(path, { timeout: 0 })
  try {
    database.exec(`PRAGMA journal_mode = MEMORY; ${TAKE[mode]}`) // no journal beside it, for nothing is ever written
  } catch (error) {
    database.close()
    if (asStoreFailure(error, path).kind === 'busy') return undefined
    throw error
  }
  held.add(database)
  return once(() => {
    held.delete(database)
    database.close()
  })
}

/** Never opens an existing file: closing it again would drop this process's own lock (POSIX). */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', FILE_MODE))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

export function once(action: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    action()
  }
}
