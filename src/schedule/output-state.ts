/** How an output on disk compares with what the plan and the kept answers would make of it. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { filesOf } from '../assemble/split.ts'
import type { OutputSpec } from '../config/dataset.ts'
import { digestOfFile } from '../write/keepsakes.ts'
import { ingredientsOf } from './output-memo.ts'
import { isComplete, simulatedSteps } from './outputs.ts'
import { countRows, linesOf } from './rows.ts'
import type { Work } from './work.ts'

export interface OutputState {
  readonly change: 'new' | 'will change' | 'unchanged'
  /** Rows that are ready now; undefined while answers are missing. */
  readonly rows?: number
}

/** After a survey with its barriers. Rows are assembled only when nothing tells what they come to, and only as a running digest. */
export function outputState(work: Work, output: OutputSpec): OutputState {
  const files = filesOf(output)
  const missing = files.some(({ path }) => !existsSync(path))
  if (!isComplete(work, output)) return { change: missing ? 'new' : 'will change' }
  if (missing) return { change: 'new', rows: countRows(work, output, files.length).reduce((sum, rows) => sum + rows, 0) }
  const digests = knownDigests(work, output) ?? assembledDigests(work, output, files.length)
  const same = files.every(({ path }, i) => digestOfFile(path) === digests.sha256[i])
  return { change: same ? 'unchanged' : 'will change', rows: digests.rows }
}

interface Digests {
  readonly sha256: readonly string[]
  readonly rows: number
}

function knownDigests(work: Work, output: OutputSpec): Digests | undefined {
  const ingredients = ingredientsOf(work, output, simulatedSteps(work.dataset))
  const memo = work.recall.outputs.find((known) => known.output === output.name && known.ingredients === ingredients)
  const main = memo && filesOf(output).map(({ path }) => memo.files.find((file) => file.path === path))
  if (!main?.every((file) => file !== undefined)) return undefined
  return { sha256: main.map(({ sha256 }) => sha256), rows: main.reduce((sum, { rows }) => sum + rows, 0) }
}

function assembledDigests(work: Work, output: OutputSpec, files: number): Digests {
  const hashes = Array.from({ length: files }, () => createHash('sha256'))
  let rows = 0
  for (const { file, row } of linesOf(work, output)) {
    hashes[file]?.update(row)
    rows++
  }
  return { sha256: hashes.map((hash) => hash.digest('hex')), rows }
}
