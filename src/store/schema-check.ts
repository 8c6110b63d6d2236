/** Whether the tables and indexes are those that datagen made: a flipped bit in their words would make them mean something else. */
import { SCHEMA } from './format.ts'
import type { Database } from './node-sqlite.ts'

interface Made {
  readonly name: string
  readonly sql: string
}

/** By name, in the words in which SQLite keeps them; line breaks and indents do not count. */
const EXPECTED: ReadonlyMap<string, string> = new Map(
  SCHEMA.split(';').flatMap((statement) => {
    const sql = worded(statement).replace(' IF NOT EXISTS', '')
    const name = /^CREATE (?:TABLE|INDEX) (\w+)/.exec(sql)?.[1]
    return name === undefined ? [] : [[name, sql] as const]
  }),
)

/** What an older datagen of this format did not make yet. */
const ADDED_LATER: ReadonlySet<string> = new Set(['epoch_again'])

/** Names the first table or index that is not as it was made; undefined when all are. */
export function strangeTable(database: Database): string | undefined {
  const made = database.prepare('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL').all() as unknown as Made[]
  const strange = made.find(({ name, sql }) => typeof sql !== 'string' || EXPECTED.get(name) !== worded(sql))
  if (strange) return String(strange.name)
  const names = new Set(made.map(({ name }) => name))
  return [...EXPECTED.keys()].find((name) => !names.has(name) && !ADDED_LATER.has(name))
}

function worded(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim()
}
