/** What SQLite itself says of the file: pages, and whether each index has exactly the rows of its table. */
import { asStoreFailure } from '../failure.ts'
import type { Database } from '../node-sqlite.ts'
import { type Finding, NO_REPAIR } from './finding.ts'

const MOST_MESSAGES = 1_000

/** Takes about a second for 100 MB and cannot be watched or interrupted. */
export function* checkFile(database: Database): Generator<Finding> {
  const roots = rootsOf(database)
  let found = 0
  try {
    // Row by row: SQLite reports broken pages first, and then breaks off at the first one it meets again.
    for (const row of database.prepare(`PRAGMA integrity_check(${MOST_MESSAGES})`).iterate()) {
      for (const message of (row as unknown as { integrity_check: string }).integrity_check.split('\n')) {
        if (message === 'ok' || message.startsWith('***')) continue
        found++
        yield findingOf(message, roots)
      }
    }
  } catch (error) {
    const failure = asStoreFailure(error, '')
    if (failure.kind !== 'damaged' && failure.kind !== 'io') throw failure
    if (found === 0) yield { what: 'file', where: 'store.db', why: (error as Error).message, repair: NO_REPAIR }
  }
}

interface Root {
  readonly type: string
  readonly name: string
}

function rootsOf(database: Database): Map<number, Root> {
  try {
    const rows = database.prepare('SELECT rootpage, type, name FROM sqlite_schema').all() as unknown as (Root & { rootpage: number })[]
    return new Map(rows.map(({ rootpage, type, name }) => [rootpage, { type, name }]))
  } catch {
    return new Map()
  }
}

/** `Tree 4 page 17 cell 3: …`, `row 5 missing from index response_key`. */
function findingOf(message: string, roots: ReadonlyMap<number, Root>): Finding {
  const tree = /^Tree (\d+)(?: page (\d+))?/.exec(message)
  if (tree) {
    const root = roots.get(Number(tree[1]))
    const of = root ? ` of ${root.type} "${root.name}"` : ''
    return {
      what: 'page',
      where: `page ${tree[2] ?? tree[1]}${of}`,
      why: message,
      repair: root?.type === 'index' ? { by: 'reindex' } : NO_REPAIR,
    }
  }
  const index = /\bindex (\w+)/.exec(message)
  if (index) return { what: 'index', where: `index "${index[1]}"`, why: message, repair: { by: 'reindex' } }
  return { what: 'file', where: 'store.db', why: message, repair: NO_REPAIR }
}
