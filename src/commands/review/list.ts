/** Rows and conflicts for people and programs that have no terminal to review in. */
import { itemAt } from '../../plan/plan.ts'
import { lineText } from '../../review/line-text.ts'
import { conflictLabel, disputesOf, pinConflicts } from '../../schedule/review-conflicts.ts'
import { type ReviewRow, reviewRow, standing } from '../../schedule/review-rows.ts'
import type { Work } from '../../schedule/work.ts'
import { safeJson } from '../../util/safe-json.ts'
import { safeText } from '../../util/safe-text.ts'

const WIDTH = 'unreviewed'.length

/** One line a row. */
export function* rowLines(work: Work, items: readonly number[], json: boolean): Generator<string> {
  for (const index of items) {
    if (json) {
      const row = reviewRow(work, index)
      if (row) yield safeJson({ schema: 1, ...rowJson(work, row) })
      continue
    }
    const problem = work.board.problem(index)
    yield safeText(
      `${standing(work, index).padEnd(WIDTH)}  ${work.label(work.item(index))}${problem ? `   ${problem.code}: ${problem.message}` : ''}`,
    )
  }
}

function rowJson(work: Work, row: ReviewRow): object {
  const { item, cell, digest, accepted, findings, pin, scores, lines, example } = row
  return {
    batch: item.batch.spec.name,
    cell,
    sample: item.sample,
    example: digest,
    standing: standing(work, item.index),
    accepted,
    findings,
    ...(pin ? { edited: { by: pin.edit.by } } : {}),
    ...(scores.length > 0 ? { scores: Object.fromEntries(scores) } : {}),
    verdicts: lines.map((line) => JSON.parse(lineText(line)) as object),
    messages: example.messages,
  }
}

export interface ConflictView {
  readonly kind: 'edit' | 'judgement'
  readonly cell: string
  readonly why: string
}

export function conflictsOf(work: Work): ConflictView[] {
  return [
    ...pinConflicts(work).map(({ pin, item, why }) => ({ kind: 'edit' as const, cell: conflictLabel(work, pin, item), why })),
    ...disputesOf(work).map(({ item, by, against, reason }) => ({
      kind: 'judgement' as const,
      cell: work.label(itemAt(work.plan, item)),
      why: `${against.join(', ')} accepted it, ${by.join(', ')} rejected it: ${reason}`,
    })),
  ]
}

export function conflictLines(conflicts: readonly ConflictView[], json: boolean): string[] {
  if (json) return conflicts.map((conflict) => safeJson({ schema: 1, ...conflict }))
  if (conflicts.length === 0) return [' nothing is in conflict']
  return [
    ...conflicts.map(({ cell, why }) => safeText(` ${cell}   ${why}`)),
    '',
    ' --keep <cells> lets an edit stand on what its recipe makes now; --drop <cells> takes it back',
  ]
}
