/** Rows as a reviewer sees them: the conversation, what the checks say of it, and what people said before. */
import type { Example } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import { type Finding, judgeRow } from '../check/rules.ts'
import { coordinates, guardedValues } from '../plan/cells.ts'
import { type Item, itemsOf } from '../plan/plan.ts'
import type { Pin, Ruling } from '../review/reviews.ts'
import { type Accept, type Comment, type Coordinates, type Edit, EXAMPLE_DIGITS, type Reject, type Verdict } from '../review/verdict.ts'
import { STATE } from './board.ts'
import { isComparison } from './comparison.ts'
import { originOf } from './review-conflicts.ts'
import { exampleMark, MISFIT, REVIEW } from './verdict.ts'
import type { Work } from './work.ts'

export interface ReviewRow {
  readonly item: Item
  readonly example: Example
  /** As lines of the file name it. */
  readonly digest: string
  readonly cell: Coordinates
  readonly accepted: boolean
  /** Of every check, whoever overruled it. */
  readonly findings: readonly Finding[]
  readonly ruling: Ruling | undefined
  readonly pin: Pin | undefined
  /** Lines about this row. */
  readonly lines: readonly Verdict[]
  /** Values of the steps that judge, by the name of their check. */
  readonly scores: readonly (readonly [check: string, value: Json])[]
  /** What its steps came to; of words that a person wrote, nothing. */
  readonly values: { readonly [step: string]: Json }
}

/** Steps whose answers are judgements of the row. */
export const JUDGE = 'judge:'

/** After a survey with its barriers; undefined for an item that has no example. */
export function reviewRow(work: Work, index: number): ReviewRow | undefined {
  const item = work.item(index)
  const rung = work.rung(item)
  const resolution = work.climb(rung)
  const pin = work.pins.get(index)
  const example = pin?.edit.edited ?? (resolution.kind === 'example' ? resolution.example : undefined)
  if (!example) return undefined
  const digest = exampleMark(example).slice(0, EXAMPLE_DIGITS)
  const cell = Object.fromEntries(coordinates(work.plan.dimensions, item.row).map(({ name, id }) => [name, id]))
  return {
    item,
    example,
    digest,
    cell,
    accepted: work.board.state[index] === STATE.accepted,
    findings: [
      ...judgeRow(work.dataset.checks, example, guardedValues(work.plan.dimensions, item.row), pin ? {} : rung.values),
      ...twinFinding(work, index, digest),
    ],
    ruling: work.reviews.ruling(digest),
    pin,
    lines: work.reviews.about(digest, { cell, sample: item.sample }),
    values: pin ? {} : rung.values,
    // They were given to the words of the model, not to a person's.
    scores: pin
      ? []
      : Object.entries(rung.values).flatMap(([step, value]) =>
          step.startsWith(JUDGE) ? [[step.slice(JUDGE.length), value] as const] : [],
        ),
  }
}

/** As the barrier found it, of the words that were compared there. */
function twinFinding({ board }: Work, index: number, digest: string): Finding[] {
  const compared = [board.markHigh, board.markLow].map((column) => (column[index] as number).toString(16).padStart(8, '0')).join('')
  const problem = board.twin[index] === 1 && digest.startsWith(compared) ? board.problem(index) : undefined
  return problem ? [{ check: problem.code, severity: 'reject', message: problem.message }] : []
}

/** How far people have come with a row. */
export type Standing = 'unreviewed' | 'accepted' | 'rejected' | 'edited'

export function standing({ reviews, board, pins }: Work, index: number): Standing {
  const ruling = reviews.rulingOfMark(board.markHigh[index] as number, board.markLow[index] as number)
  if (ruling) return ruling.kind === 'accept' ? 'accepted' : 'rejected'
  return pins.has(index) ? 'edited' : 'unreviewed'
}

/** Whether an item has an example: columns tell, without looking at one. */
export function hasExample({ board, dataset, pins }: Work, index: number): boolean {
  const state = board.state[index]
  if (state === STATE.accepted || state === STATE.ready || pins.has(index)) return true
  if (state !== STATE.rejected) return false
  const code = board.problem(index)?.code ?? ''
  return code === REVIEW || code.startsWith(MISFIT) || dataset.checks.some(({ id }) => id === code)
}

/**
 * Items with an example in the order of review: what nobody has spoken of first, each part by the rows' marks. A mark is a digest, so any beginning of the
 * list is spread over the dataset, and the order stays when the dataset grows.
 */
export function reviewOrder(work: Work, wanted: (item: Item) => boolean): number[] {
  const { markHigh, markLow } = work.board
  const found: number[] = []
  for (const batch of work.plan.batches)
    for (const item of itemsOf(batch)) if (hasExample(work, item.index) && wanted(item)) found.push(item.index)
  const fresh = new Map(found.map((index) => [index, standing(work, index) === 'unreviewed' ? 0 : 1]))
  const rank = (index: number) => fresh.get(index) as number
  const word = (column: Uint32Array, index: number) => column[index] as number
  return found.sort((a, b) => rank(a) - rank(b) || word(markHigh, a) - word(markHigh, b) || word(markLow, a) - word(markLow, b) || a - b)
}

/** A person's next line about a row, which takes the place of the one before. */
function revisionOf({ lines }: ReviewRow, by: string, isSame: (line: Verdict) => boolean): number {
  return 1 + Math.max(0, ...lines.filter((line) => line.by === by && isSame(line)).map(({ revision }) => revision))
}

function about({ cell, item, digest }: ReviewRow, by: string) {
  return { by, cell, sample: item.sample, example: digest }
}

/** Over the checks that are against the row now. */
export function acceptLine(work: Work, row: ReviewRow, by: string): Accept {
  const twins = new Set(work.dataset.checks.filter(isComparison).map(({ id }) => id))
  // Where an acceptance has silenced the comparison, nothing tells any more that there was something to silence.
  const before = row.ruling?.kind === 'accept' ? [...row.ruling.over].filter((check) => twins.has(check)) : []
  const against = row.findings.filter(({ severity }) => severity === 'reject').map(({ check }) => check)
  return {
    ...about(row, by),
    verdict: 'accept',
    revision: revisionOf(row, by, isJudgement),
    over: [...new Set([...against, ...before])].sort(),
  }
}

export function rejectLine(row: ReviewRow, by: string, reason: string): Reject {
  return { ...about(row, by), verdict: 'reject', revision: revisionOf(row, by, isJudgement), reason }
}

export function commentLine(row: ReviewRow, by: string, text: string): Comment {
  return { ...about(row, by), verdict: 'comment', revision: revisionOf(row, by, ({ verdict }) => verdict === 'comment'), text }
}

function isJudgement({ verdict }: Verdict): boolean {
  return verdict === 'accept' || verdict === 'reject'
}

/** Pins the row to these words, on the ground of what its recipe makes of it now; undefined when the recipe makes the same. */
export function editLine(work: Work, { item, cell, pin, digest }: ReviewRow, by: string, edited: Example): Edit | undefined {
  const { resolution, keys } = originOf(work, item.index)
  const original = resolution.kind === 'example' ? exampleMark(resolution.example).slice(0, EXAMPLE_DIGITS) : undefined
  if (original === exampleMark(edited).slice(0, EXAMPLE_DIGITS)) return undefined
  // Above every edit that there is: whoever makes this one sees them.
  const revision = 1 + (pin?.edit.revision ?? 0)
  return { verdict: 'edit', by, revision, cell, sample: item.sample, edited, was: original ?? pin?.edit.was ?? digest, keys }
}
