/** `datagen review [batch]`: people look at rows one at a time; what they say is kept beside the config. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Loaded } from '../config/dataset.ts'
import type { Item } from '../plan/plan.ts'
import { editText } from '../review/edit-text.ts'
import { reviewOrder, standing } from '../schedule/review-rows.ts'
import { surveyAll } from '../schedule/survey.ts'
import type { Work } from '../schedule/work.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeText } from '../util/safe-text.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { itemPredicate } from './narrow.ts'
import { conflictLines, conflictsOf, rowLines } from './review/list.ts'
import { record } from './review/record.ts'
import { reviewerOf } from './review/reviewer.ts'
import { accept, approve, comment, drop, edit, keep, type Outcome, reject, rowNamed, score, undo, unknownBatch } from './review/verdicts.ts'
import { choiceOf, reading } from './session.ts'

/** Flags that each say what to do; one at a time. */
const ACTIONS = ['list', 'conflicts', 'print', 'accept', 'reject', 'comment', 'score', 'edit', 'undo', 'keep', 'drop', 'approve'] as const

export async function reviewCommand(environment: Environment, flags: Flags, batch: string | undefined): Promise<ExitCode> {
  const given = ACTIONS.filter((name) => flags[name] !== undefined)
  if (given.length > 1) throw usage(`--${given[0]} and --${given[1]} cannot be done at once`, 'give one of them')
  return reading(environment, flags, (work, loaded) => review(environment, flags, batch, work, loaded))
}

async function review(environment: Environment, flags: Flags, batch: string | undefined, work: Work, loaded: Loaded): Promise<ExitCode> {
  blamingConfig(loaded, () => surveyAll(work))
  if (batch !== undefined && !work.plan.batches.some(({ spec }) => spec.name === batch)) throw unknownBatch(work, batch)
  const { stdout } = environment
  const print = (line: string) => stdout.write(`${line}\n`)
  if (flags.conflicts) {
    const conflicts = blamingConfig(loaded, () => conflictsOf(work))
    for (const line of conflictLines(conflicts, flags.json === true)) print(line)
    return flags.check && conflicts.length > 0 ? EXIT.pending : EXIT.ok
  }
  if (flags.print !== undefined) {
    // As `--edit --from` reads it: for a terminal it is made safe, a file gets what was said.
    const text = editText(rowNamed(work, flags.print).example)
    stdout.write(stdout.isTTY ? safeText(text, { newlines: true }) : text)
    return EXIT.ok
  }
  const outcome = await outcomeOf(environment, flags, work)
  if (outcome) {
    await record(environment, loaded, outcome.change)
    print(safeText(` ${outcome.words}`))
    return EXIT.ok
  }
  const wanted = wantedItems(work, flags, batch)
  const items = reviewOrder(work, wanted).filter((index) => flags.all || flags.only !== undefined || standing(work, index) === 'unreviewed')
  const { reporter } = choiceOf(environment, flags)
  if (flags.list || flags.json || reporter !== 'tty' || environment.stdin.isTTY !== true) {
    for (const line of rowLines(work, items, flags.json === true)) print(line)
    if (items.length === 0 && !flags.json)
      print(flags.all ? ' there is no example to review yet' : ' every example is reviewed; --all lists them again')
    return EXIT.ok
  }
  const { reviewOnScreen } = await import('./review/screen.ts')
  return reviewOnScreen({ environment, flags, work, loaded, items: reviewOrder(work, wanted), by: await reviewerOf(environment, flags) })
}

async function outcomeOf(environment: Environment, flags: Flags, work: Work): Promise<Outcome | undefined> {
  if (flags.drop !== undefined) return drop(work, flags.drop)
  const named = ACTIONS.slice(3).some((name) => flags[name] !== undefined)
  if (!named) return undefined
  const by = await reviewerOf(environment, flags)
  if (flags.accept !== undefined) return accept(work, flags.accept, by)
  if (flags.reject !== undefined) return reject(work, flags.reject, by, demandReason(flags, 'reject'))
  if (flags.comment !== undefined) return comment(work, flags.comment, by, demandReason(flags, 'comment'))
  if (flags.score !== undefined) return score(work, flags.score, by, flags.levels ?? '')
  if (flags.undo !== undefined) return undo(work, flags.undo, by)
  if (flags.keep !== undefined) return keep(work, flags.keep, by)
  if (flags.approve !== undefined) return approve(work, flags.approve, by)
  if (flags.edit !== undefined) return edited(environment, flags, work, flags.edit, by)
  return undefined
}

function wantedItems(work: Work, { only }: Flags, batch: string | undefined): (item: Item) => boolean {
  const named = only === undefined ? () => true : itemPredicate(work.plan, only)
  return (item) => (batch === undefined || item.batch.spec.name === batch) && named(item)
}

async function edited(environment: Environment, { from }: Flags, work: Work, selector: string, by: string): Promise<Outcome> {
  const row = rowNamed(work, selector)
  if (from === undefined) {
    if (environment.stdin.isTTY !== true)
      throw usage('there is no terminal to edit in', 'give the text with --from <file>; `datagen review --print <cell>` writes it')
    const { editInEditor } = await import('./review/editor.ts')
    return editInEditor(environment, work, row, by)
  }
  const file = resolve(environment.cwd, from)
  try {
    return edit(work, row, by, { file, source: readFileSync(file, 'utf8') })
  } catch (error) {
    if (error instanceof DatagenError) throw error
    throw usage(
      `"${from}" cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      'name a file with the edited text',
    )
  }
}

function demandReason({ reason }: Flags, what: 'reject' | 'comment'): string {
  if (reason !== undefined && reason.trim() !== '') return reason.trim()
  throw usage(`--${what} needs words`, `say them with --reason "…"`)
}

function usage(headline: string, hint: string): DatagenError {
  return new DatagenError({ code: 'usage/review', severity: 'error', headline, hint })
}
