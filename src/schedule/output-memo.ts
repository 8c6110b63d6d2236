/** What an output was made from and what came of it: equal ingredients give equal bytes, so nothing is assembled again. */
import { createHash } from 'node:crypto'
import type { OutputSpec } from '../config/dataset.ts'
import type { Objections } from './platform-check.ts'
import { batchesOf } from './rows.ts'
import type { Work } from './work.ts'

export interface OutputMemo {
  /** Name of the output. */
  readonly output: string
  /** Digest of everything its files depend on. */
  readonly ingredients: string
  /** Each file followed by its sidecar. */
  readonly files: readonly MemoFile[]
  /** What the platform that it is for has against its rows. */
  readonly objections?: readonly Objections[]
}

export interface MemoFile {
  /** Absolute. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

const NO_DRAWS = new Uint16Array()

/** Undefined when the config's definition is not known. After the barriers: which rows are accepted is part of it. */
export function ingredientsOf(work: Work, output: OutputSpec, simulated: ReadonlySet<string>): string | undefined {
  const { outline, board } = work
  if (!outline) return undefined
  const hash = createHash('sha256')
  hash.update(JSON.stringify([outline, output.name, output.path, work.store.identity, [...simulated]]))
  for (const { first, items, rows, draws = NO_DRAWS } of batchesOf(work, output)) {
    const last = first + items
    const columns = [rows, draws, board.state.subarray(first, last), ...board.answers.map((column) => column.subarray(first, last))]
    for (const column of columns) hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  }
  for (const [item, { fingerprint }] of work.pins) hash.update(`${item} ${fingerprint}\n`)
  return hash.digest('hex')
}
