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
 * Index into `filesOf`. Shares cut the unit interval from 0 up, so raising a share only moves cells from the
 * main file into that split.
 */
export function fileIndex(output: OutputSpec, cell: CellId): number {
  if (output.holdout.length === 0) return 0
  const at = cellFraction(cell, 'split')
  let upTo = 0
  for (const [i, { share }] of output.holdout.entries()) {
    upTo += share
    if (at < upTo) return i + 1
  }
  return 0
}
