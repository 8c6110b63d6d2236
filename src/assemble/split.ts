/** Which file of an output a cell's rows belong to: decided by the cell alone, so a row never crosses the split. */
import type { OutputSpec } from '../config/dataset.ts'
import { cellFraction } from '../key/key.ts'
import type { CellId } from '../util/brand.ts'

/** One file of an output. */
export interface OutputFile {
  /** The output's name, or `name/split`. */
  readonly name: string
  readonly path: string
}

/** The main file first, then the splits. */
export function filesOf(output: OutputSpec): OutputFile[] {
  return [{ name: output.name, path: output.path }, ...output.holdout.map(({ split, path }) => ({ name: `${output.name}/${split}`, path }))]
}

/**
 * Index into `filesOf`. Each split draws by a hash of its place from what the splits before it left, so adding one at the end or
 * changing the last one's share moves cells between it and the main file only.
 */
export function fileIndex(output: OutputSpec, cell: CellId): number {
  let left = 1
  for (const [i, { share }] of output.holdout.entries()) {
    if (cellFraction(cell, `split-${i}`) < share / left) return i + 1
    left -= share
  }
  return 0
}
