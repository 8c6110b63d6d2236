/** What `--accept`, `--reject` and their like put into the file and take out of it. */

import { roundsNamed } from '../../plan/plan.ts'
import { parseEdit } from '../../review/edit-text.ts'
import { type Edit, rowName, type Verdict } from '../../review/verdict.ts'
import { rowsDigest } from '../../schedule/lock-file.ts'
import { conflictLabel, pinConflicts } from '../../schedule/review-conflicts.ts'
import { levelQuestions, levelsBy, scoreLine } from '../../schedule/review-levels.ts'
import { acceptLine, commentLine, editLine, type ReviewRow, rejectLine, reviewRow } from '../../schedule/review-rows.ts'
import { exampleMark } from '../../schedule/verdict.ts'
import type { Work } from '../../schedule/work.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { suggest } from '../../util/suggest.ts'
import { itemsNamed } from '../narrow.ts'
import type { Change } from './record.ts'

export interface Outcome {
  readonly change: Change
  /** What to tell the person. */
  readonly words: string
}

const rows = (count: number) => `${count} ${count === 1 ? 'row' : 'rows'}`

/** The named rows that have an example, and how many have none. */
function rowsNamed(work: Work, selector: string): { found: ReviewRow[]; without: string } {
  const items = itemsNamed(work.plan, selector)
  const found = items.flatMap((item) => reviewRow(work, item.index) ?? [])
  if (found.length === 0) {
    throw new DatagenError({
      code: 'review/no-example',
      severity: 'error',
      headline: `there is nothing to review in "${selector}" yet: no cell of it has an example`,
      hint: '`datagen build` makes them; `datagen review --list` says which there are',
    })
  }
  const without = items.length - found.length
  return { found, without: without === 0 ? '' : `; ${without} more ${without === 1 ? 'has' : 'have'} no example` }
}

export function accept(work: Work, selector: string, by: string): Outcome {
  const { found, without } = rowsNamed(work, selector)
  return {
    change: { out: [], in: found.map((row) => acceptLine(work, row, by)) },
    words: `${rows(found.length)} accepted by ${by}${without}`,
  }
}

export function reject(work: Work, selector: string, by: string, reason: string): Outcome {
  const { found, without } = rowsNamed(work, selector)
  return {
    change: { out: [], in: found.map((row) => rejectLine(row, by, reason)) },
    words: `${rows(found.length)} rejected by ${by}${without}`,
  }
}

export function comment(work: Work, selector: string, by: string, text: string): Outcome {
  const { found, without } = rowsNamed(work, selector)
  return {
    change: { out: [], in: found.map((row) => commentLine(row, by, text)) },
    words: `${rows(found.length)} commented by ${by}${without}`,
  }
}

/** `truth=yes,kindness=partly`: for every named row. Levels that are not named stay as they were. */
export function score(work: Work, selector: string, by: string, levels: string): Outcome {
  const { found, without } = rowsNamed(work, selector)
  const pairs = levels.split(',').filter((part) => part.trim() !== '')
  if (pairs.length === 0) throw wrongLevels('--score needs levels', 'say them with --levels criterion=level,criterion=level')
  const lines = found.map((row) => {
    const questions = levelQuestions(work, row)
    if (questions.length === 0)
      throw wrongLevels(`no judge looks at ${work.label(row.item)}, so there is nothing to give a level by`, 'add one: checks.judge')
    const given = pairs.map((pair): [string, string] => {
      const [id = '', level = ''] = [pair.slice(0, pair.lastIndexOf('=')), pair.slice(pair.lastIndexOf('=') + 1)].map((part) => part.trim())
      const question = questions.find((one) => one.id === id)
      if (!question) throw wrongLevels(`there is no criterion "${id}"`, nearest(id, questions))
      if (!question.levels.some((one) => one.id === level))
        throw wrongLevels(`the criterion "${id}" has no level "${level}"`, nearest(level, question.levels))
      return [id, level]
    })
    return scoreLine(row, by, { ...levelsBy(work, row, by), ...Object.fromEntries(given) })
  })
  return { change: { out: [], in: lines }, words: `${rows(lines.length)} given levels by ${by}${without}` }
}

function nearest(name: string, known: readonly { readonly id: string }[]): string {
  const ids = known.map(({ id }) => id)
  const suggestion = suggest(name, ids)
  return suggestion ? `did you mean "${suggestion}"?` : `there are ${ids.join(', ')}`
}

function wrongLevels(headline: string, hint: string): DatagenError {
  return new DatagenError({ code: 'usage/review', severity: 'error', headline, hint })
}

/** The one row that a selector means; editing several at once is never meant. */
export function rowNamed(work: Work, selector: string): ReviewRow {
  const { found } = rowsNamed(work, selector)
  const [only, second] = found
  if (only && !second) return only
  throw new DatagenError({
    code: 'review/several',
    severity: 'error',
    headline: `"${selector}" means ${found.length} rows, and one is edited at a time`,
    facts: found.slice(0, 5).map(({ item }) => ['for example', work.label(item)] as const),
  })
}

/** Throws a `DatagenError` with the places of what cannot be read. */
export function edit(
  work: Work,
  row: ReviewRow,
  by: string,
  { file, source }: { readonly file: string; readonly source: string },
): Outcome {
  const parsed = parseEdit(source, row.example)
  if ('problems' in parsed) {
    throw new DatagenError(
      parsed.problems.map(({ line, problem }) => ({
        code: 'review/edit',
        severity: 'error' as const,
        headline: `the edited text cannot be read: ${problem}`,
        place: { file, source, ...(line === undefined ? {} : { line }) },
      })),
    )
  }
  if (exampleMark(parsed.example) === exampleMark(row.example)) return { change: { out: [], in: [] }, words: 'nothing was changed' }
  const line = editLine(work, row, by, parsed.example)
  return line
    ? { change: { out: [], in: [line] }, words: `${work.label(row.item)} edited by ${by}` }
    : { change: { out: editsOf(work, row), in: [] }, words: `${work.label(row.item)} is again as its recipe makes it` }
}

function editsOf(work: Work, { cell, item: { sample } }: Pick<ReviewRow, 'cell' | 'item'>): Edit[] {
  const name = rowName({ cell, sample })
  return work.reviews.lines.filter((line): line is Edit => line.verdict === 'edit' && rowName(line) === name)
}

/** One's own lines about the rows, edits included. */
export function undo(work: Work, selector: string, by: string): Outcome {
  const out = itemsNamed(work.plan, selector).flatMap((item) => {
    const row = reviewRow(work, item.index)
    if (!row) return []
    const original = row.pin ? work.reviews.about(row.pin.edit.was, { cell: row.cell, sample: item.sample }) : []
    return [...new Set([...row.lines, ...original])].filter((line) => line.by === by)
  })
  return { change: { out, in: [] }, words: `${out.length} ${out.length === 1 ? 'verdict' : 'verdicts'} of ${by} taken back` }
}

/** Lets edits in conflict stand on what their recipe comes to now. */
export function keep(work: Work, selector: string, by: string): Outcome {
  const conflicts = named(work, selector)
  const lines = conflicts.map(({ pin, item }): Verdict => {
    const row = item === undefined ? undefined : reviewRow(work, item)
    const line = row && editLine(work, row, by, pin.edit.edited)
    if (line) return line
    throw new DatagenError({
      code: 'review/cannot-keep',
      severity: 'error',
      headline: row
        ? `the recipe of ${conflictLabel(work, pin, item)} makes what the edit says: there is nothing to keep`
        : `${conflictLabel(work, pin, item)} is no longer planned, so nothing can stand in its place`,
      hint: 'drop it with --drop, or plan the cell again',
    })
  })
  return { change: { out: [], in: lines }, words: `${lines.length} ${lines.length === 1 ? 'edit' : 'edits'} kept by ${by}` }
}

function named(work: Work, selector: string) {
  const all = pinConflicts(work)
  // A cell that is not planned has no selector: its name is all there is.
  const gone = all.filter(({ pin, item }) => item === undefined && conflictLabel(work, pin, item) === selector.trim())
  if (gone.length > 0) return gone
  const items = new Set(itemsNamed(work.plan, selector).map(({ index }) => index))
  const found = all.filter(({ item }) => item !== undefined && items.has(item))
  if (found.length > 0) return found
  throw new DatagenError({
    code: 'review/no-conflict',
    severity: 'error',
    headline: `no edit in "${selector}" is in conflict`,
    hint: '`datagen review --conflicts` lists them',
  })
}

/** Takes edits back, whoever made them. */
export function drop(work: Work, selector: string): Outcome {
  const unplanned = pinConflicts(work).filter(({ pin, item }) => item === undefined && conflictLabel(work, pin, item) === selector.trim())
  const names = new Set(
    unplanned.length > 0
      ? unplanned.map(({ pin }) => rowName(pin.edit))
      : itemsNamed(work.plan, selector).flatMap(({ index }) => {
          const pin = work.pins.get(index)
          return pin ? [rowName(pin.edit)] : []
        }),
  )
  const out = work.reviews.lines.filter((line) => line.verdict === 'edit' && names.has(rowName(line)))
  if (out.length === 0)
    throw new DatagenError({
      code: 'review/no-edit',
      severity: 'error',
      headline: `no row in "${selector}" is edited`,
      hint: '`datagen review --list --all` shows what is',
    })
  return { change: { out, in: [] }, words: `${names.size} ${names.size === 1 ? 'edit' : 'edits'} dropped` }
}

/** Throws for a batch that is not complete: what nobody has seen cannot be approved. */
export function approve(work: Work, name: string, by: string): Outcome {
  const rounds = roundsNamed(work.plan, name)
  if (rounds.length === 0) throw unknownBatch(work, name)
  const { accepted, failed, pending } = work.counts(name)
  if (failed + pending > 0) {
    throw new DatagenError({
      code: 'review/incomplete',
      severity: 'error',
      headline: `batch "${name}" is not complete: ${failed + pending} of its rows are still to come`,
      hint: 'approve it when `datagen status` says that nothing is to be asked',
    })
  }
  const before = work.reviews.lines.filter((line) => line.verdict === 'approve' && line.batch === name && line.by === by)
  const revision = 1 + Math.max(0, ...before.map((line) => line.revision))
  const line: Verdict = { verdict: 'approve', by, revision, batch: name, accepted, rows: rowsDigest(work, rounds, accepted) }
  return { change: { out: [], in: [line] }, words: `batch ${name} with its ${rows(accepted)} approved by ${by}` }
}

export function unknownBatch({ dataset }: Work, name: string): DatagenError {
  const known = dataset.batches.map((batch) => batch.name)
  const suggestion = suggest(name, known)
  return new DatagenError({
    code: 'review/unknown-batch',
    severity: 'error',
    headline: `there is no batch "${name}"`,
    facts: [['known', known.join(', ')]],
    ...(suggestion ? { hint: `did you mean "${suggestion}"?` } : {}),
  })
}
