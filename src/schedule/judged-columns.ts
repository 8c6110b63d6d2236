/** What a judge said of all rows, as the columns of its criteria. */
import { isLow, type JudgeSpec } from '../check/judged.ts'
import type { JudgedCriterion } from '../config/dataset.ts'
import { STATE } from './board.ts'
import { hasExample } from './review-rows.ts'
import type { Work } from './work.ts'

/** A criterion with what the judge said of each item. */
export interface JudgedColumn {
  readonly criterion: JudgedCriterion
  readonly codes: Uint8Array
}

export function columnsOf({ judged, board }: Work, { id }: JudgeSpec): JudgedColumn[] {
  return judged.flatMap(({ check, criterion }, i) => (check === id ? [{ criterion, codes: board.levels[i] as Uint8Array }] : []))
}

/** What was said of an answer that counts no more is not said of this row. */
export function isJudged(work: Work, columns: readonly JudgedColumn[], item: number): boolean {
  return work.board.state[item] !== STATE.pending && columns.every(({ codes }) => codes[item] !== 0) && hasExample(work, item)
}

export function passes(columns: readonly JudgedColumn[], item: number): boolean {
  return !columns.some(({ criterion, codes }) => isLow(criterion, codes[item] as number))
}
