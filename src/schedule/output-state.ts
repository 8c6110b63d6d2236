/** How an output on disk compares with what the plan and the kept answers would make of it. */
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { filesOf } from '../assemble/split.ts'
import type { OutputSpec } from '../config/dataset.ts'
import { isComplete, linesOf } from './outputs.ts'
import type { Work } from './work.ts'

export interface OutputState {
  readonly change: 'new' | 'will change' | 'unchanged'
  /** Rows that are ready now; undefined while answers are missing. */
  readonly rows?: number
}

/** After a survey with its barriers. Assembles the rows in memory only as a running digest. */
export function outputState(work: Work, output: OutputSpec): OutputState {
  const files = filesOf(output)
  const missing = files.some(({ path }) => !existsSync(path))
  if (!isComplete(work, output)) return { change: missing ? 'new' : 'will change' }
  const hashes = files.map(() => createHash('sha256'))
  let rows = 0
  for (const { file, row } of linesOf(work, output)) {
    hashes[file]?.update(row)
    rows++
  }
  if (missing) return { change: 'new', rows }
  const same = files.every(({ path }, i) => digestOfFile(path) === hashes[i]?.digest('hex'))
  return { change: same ? 'unchanged' : 'will change', rows }
}

const CHUNK_BYTES = 1024 * 1024

/** Undefined for what is no readable file: a folder in its place, for example. */
function digestOfFile(path: string): string | undefined {
  if (!statSync(path).isFile()) return undefined
  const hash = createHash('sha256')
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}
