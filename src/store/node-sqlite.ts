/** Loads Node's own SQLite without the "experimental" warning that Node 22 prints for it. */
import type { DatabaseSync, DatabaseSyncOptions } from 'node:sqlite'

export type Database = DatabaseSync

let loaded: (new (path: string | URL, options?: DatabaseSyncOptions) => DatabaseSync) | undefined

/** Opens a database file; only the warning about `node:sqlite` itself is kept quiet. */
export function openDatabase(path: string | URL, options: DatabaseSyncOptions): Database {
  loaded ??= load()
  return new loaded(path, options)
}

function load() {
  const emitWarning = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    const about = typeof warning === 'string' ? warning : warning.message
    if (!about.startsWith('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest)
  }) as typeof process.emitWarning
  try {
    return process.getBuiltinModule('node:sqlite').DatabaseSync
  } finally {
    process.emitWarning = emitWarning
  }
}
