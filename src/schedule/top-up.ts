/** The next items of a batch that wants so many rows accepted. */
import type { BatchSpec } from '../config/dataset.ts'
import { cellsOf } from '../plan/cells.ts'
import type { Round } from '../plan/expansion.ts'
import { rowsWanted } from '../plan/own-rows.ts'
import { topUp } from '../plan/top-up.ts'
import { drawsIn, fatesIn } from './fates.ts'
import type { Work } from './work.ts'

/** None when enough rows are accepted, or when no further candidate may be tried. */
export function topUpRound(work: Work, spec: BatchSpec): Round {
  const { dimensions } = work.plan
  const elsewhere = drawsIn(work, spec.name)
  const rows = rowsWanted(dimensions, cellsOf(work.dataset).rows, spec).filter((row) => elsewhere(row) === 0)
  const tried = fatesIn(work, new Set([spec.name]))
  return topUp({ dimensions, rows, tried, accepted: spec.acceptedExactly ?? 0, candidates: spec.candidates })
}
