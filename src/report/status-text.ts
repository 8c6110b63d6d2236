/** What `datagen status` prints: how each output and batch stands, in aligned lines. */
import type { RunCosts, UsedModel } from '../events/event.ts'
import type { JudgeReport } from '../events/judges.ts'
import { costLines } from './cost-text.ts'
import { count, list, money, plural } from './format.ts'
import { type JobView, jobLines } from './jobs-text.ts'
import { criteriaText, judgeParts } from './judge-text.ts'
import { type Line, type Paper, type Span, type Style, write } from './line.ts'
import { priceText } from './price-text.ts'

export interface StatusView {
  readonly dataset: string
  readonly outputs: readonly StatusOutput[]
  readonly batches: readonly StatusBatch[]
  /** Models that answered, each with the rows it had a part in, by the name under which it did. */
  readonly models?: readonly { readonly model: string; readonly use: string; readonly answered: { readonly [name: string]: number } }[]
  readonly lock: StatusLock
  /** Undefined where there are none. */
  readonly judges?: readonly JudgeReport[]
  /** Undefined where nobody has reviewed anything. */
  readonly review?: StatusReview
  /** Other builds at work on this dataset right now, as far as known. */
  readonly builds: readonly { readonly pid: number; readonly host: string; readonly since: string }[]
  readonly store: { readonly responses: number; readonly bytes: number; readonly usd: number; readonly unpriced: number }
  /** Batch jobs whose answers are awaited. */
  readonly jobs?: readonly JobView[]
  readonly problems: readonly { readonly code: string; readonly message: string; readonly count: number }[]
  /** Only where it was asked for. */
  readonly costs?: StatusCosts
}

/** What all recorded runs have spent. */
export interface StatusCosts {
  readonly runs: number
  /** Of these, runs that have no end. */
  readonly killed: number
  readonly usd: number
  /** Some of it is an estimate. */
  readonly estimated: boolean
  /** What the answers that the runs found in the store had cost. */
  readonly savedUsd: number
  readonly costs: RunCosts
  /** With today's prices. */
  readonly models: readonly UsedModel[]
}

export interface StatusOutput {
  readonly output: string
  /** As it should be shown. */
  readonly path: string
  readonly change: 'new' | 'will change' | 'unchanged'
  /** Every answer it needs is there. */
  readonly complete: boolean
  /** Undefined while answers are missing. */
  readonly rows?: number
  /** ISO time; null when there is no file. */
  readonly written: string | null
  /** Why it is not up to date; empty when it is. */
  readonly stale: readonly string[]
}

export interface StatusBatch {
  readonly batch: string
  readonly items: number
  readonly accepted: number
  readonly rejected: number
  readonly failed: number
  readonly pending: number
  /** Of these, cells whose answers are awaited from batch jobs. */
  readonly waiting?: number
  /** Further cells, or all, are decided when these batches are complete; empty: when its own rows have been checked. */
  readonly waitsFor?: readonly string[]
  readonly rejectedBy: { readonly [check: string]: number }
  readonly reasons: readonly { readonly reason: string; readonly count: number }[]
}

export interface StatusLock {
  /** As it should be shown. */
  readonly path: string
  readonly state: 'none' | 'current' | 'behind' | 'waiting' | 'conflict' | 'broken' | 'newer'
  /** What the next build would change in it. */
  readonly changes: readonly (readonly [what: string, how: string])[]
}

export interface StatusReview {
  readonly accepted: number
  readonly rejected: number
  readonly edited: number
  /** What people have to decide: edits whose ground has moved, rows judged differently. */
  readonly conflicts: readonly { readonly what: string; readonly why: string }[]
}

const OF_OUTPUT: { readonly [C in StatusOutput['change']]: readonly [word: string, style: Style] } = {
  unchanged: ['up to date', 'green'],
  'will change': ['out of date', 'yellow'],
  new: ['not built yet', 'cyan'],
}

const OF_LOCK: { readonly [S in StatusLock['state']]: string } = {
  none: 'not written yet',
  current: 'says the same',
  behind: 'the next build changes it',
  waiting: 'keeps what was, until everything is answered',
  conflict: 'has merge conflicts; the next build writes it anew',
  broken: 'is not a lock that datagen wrote; the next build writes it anew',
  newer: 'was written by a newer datagen',
}

const MOST_NAMES = 5

/** Lines joined by newlines, without one at the end; wrapped, never cut. */
export function statusText(view: StatusView, paper: Paper): string {
  const width = Math.max(
    0,
    ...view.outputs.map(({ path }) => path.length),
    ...view.batches.map(({ batch }) => batch.length),
    view.lock.path.length,
  )
  const lines: Line[] = [
    ...view.outputs.flatMap((output) => outputLines(output, width, view)),
    ...view.batches.map((batch) => [` batch   ${batch.batch.padEnd(width)}   `, ...batchLine(batch)]),
    ...view.problems.map(({ code, message, count: times }): Line => [['           ', 'dim'], `${count(times)} × ${code}: ${message}`]),
    ...movedLines(view),
    ...(view.lock.state === 'none' && !isBuilt(view) ? [] : lockLines(view.lock, width)),
    ...reviewLines(view.review),
    ...judgeLines(view.judges),
    ...jobLines(view.jobs ?? [], ' job     '),
    ...view.builds.map(({ pid, host, since }): Line => [' build   ', [`at work: process ${pid} on ${host}, since ${since}`, 'cyan']]),
    [' store   ', storeText(view.store)],
    ...(view.costs ? spentLines(view.costs) : []),
  ]
  return write(lines, paper, 11).join('\n')
}

function isBuilt({ store, outputs }: StatusView): boolean {
  return store.responses > 0 || outputs.some(({ written }) => written !== null)
}

function outputLines({ path, change, rows, written, stale }: StatusOutput, width: number, view: StatusView): Line[] {
  const [word, style] = change === 'new' && written !== null ? OF_OUTPUT['will change'] : OF_OUTPUT[change]
  const more = [...(rows === undefined ? [] : [plural(rows, 'row')]), ...(written === null ? [] : [`written ${written}`])]
  const head: Line = [` output  ${path.padEnd(width)}   `, [word, style], more.length > 0 ? `, ${more.join(', ')}` : '']
  // Before the first build, that everything is new goes without saying.
  return [head, ...(isBuilt(view) ? stale.map((why): Line => ['           ', [why, 'dim']]) : [])]
}

function batchLine({ items, accepted, rejected, failed, pending, waiting = 0, waitsFor, rejectedBy }: StatusBatch): Line {
  if (items === 0 && waitsFor) return [[`decided when ${list(waitsFor)} ${waitsFor.length === 1 ? 'is' : 'are'} complete`, 'dim']]
  const by = Object.entries(rejectedBy).map(([check, times]) => `${count(times)} by ${check}`)
  return [
    `${count(accepted)} of ${count(items)} accepted`,
    rejected > 0 ? [`, ${count(rejected)} rejected (${by.join(', ')})`, 'red'] : '',
    failed > 0 ? [`, ${count(failed)} failed`, 'red'] : '',
    pending > waiting ? [`, ${count(pending - waiting)} to ask`, 'yellow'] : '',
    waiting > 0 ? [`, ${count(waiting)} waiting`, 'cyan'] : '',
  ]
}

/** Rows of several snapshots in one dataset. */
function movedLines({ models = [] }: StatusView): Line[] {
  return models
    .filter(({ answered }) => Object.keys(answered).length > 1)
    .map(({ use, answered }): Line => {
      const names = Object.entries(answered).map(([name, rows]) => `${name} (${plural(rows, 'row')})`)
      return [' model   ', [`${use} answered under ${names.length} names: ${names.slice(0, MOST_NAMES).join(', ')}`, 'yellow']]
    })
}

function lockLines({ path, state, changes }: StatusLock, width: number): Line[] {
  const style: Style = state === 'current' ? 'dim' : 'yellow'
  return [
    [` lock    ${path.padEnd(width)}   `, [OF_LOCK[state], style]],
    ...changes.map(([what, how]): Line => ['           ', [`${what}: ${how}`, 'dim']]),
  ]
}

/** Of each judge, then of its criteria where people gave levels. */
function judgeLines(judges: readonly JudgeReport[] = []): Line[] {
  return judges.flatMap((judge): Line[] => [
    [' judge   ', ...judgeParts(judge).flatMap((part, i): Span[] => (i === 0 ? [part] : [', ', part]))],
    ...criteriaText(judge).map((text): Line => ['           ', [text, 'dim']]),
  ])
}

function reviewLines(review: StatusReview | undefined): Line[] {
  if (!review) return []
  const { accepted, rejected, edited, conflicts } = review
  // Who approved of batches and said nothing of rows.
  if (accepted + rejected + edited + conflicts.length === 0) return []
  return [
    [' review  ', `${plural(accepted, 'row')} accepted, ${count(rejected)} rejected, ${count(edited)} edited`],
    ...conflicts.map(({ what, why }): Line => ['           ', [`${what}: ${why}`, 'yellow']]),
  ]
}

function spentLines({ runs, killed, usd, estimated, savedUsd, costs, models }: StatusCosts): Line[] {
  const dead = killed > 0 ? ` (${count(killed)} of them without an end: what that spent is not known here)` : ''
  const saved = savedUsd > 0 ? `; kept answers saved ${money(savedUsd)}` : ''
  const width = Math.max(0, ...models.map(({ use }) => use.length))
  return [
    [' spent   ', `${estimated ? '≈ ' : ''}${spentText(usd, costs)} in ${plural(runs, 'run')}${dead}${saved}`],
    ...costLines({ usage: { usd }, costs }, [], '           '),
    ...models.map(({ use, price }): Line => [' price   ', `${use.padEnd(width)}   ${price ? priceText(price) : 'unknown'}`]),
  ]
}

/** What has no price is not free. */
function spentText(usd: number, { byModel }: RunCosts): string {
  const unpriced = byModel.reduce((sum, row) => sum + row.unpriced, 0)
  if (unpriced === 0) return money(usd)
  const calls = `${plural(unpriced, 'call')} of unknown price`
  return usd === 0 ? calls : `${money(usd)}, and ${calls},`
}

function storeText({ responses, bytes, usd, unpriced }: StatusView['store']): string {
  const cost = usd > 0 ? `, bought for ${money(usd)}${unpriced > 0 ? ` (${count(unpriced)} without a price)` : ''}` : ''
  return `${plural(responses, 'answer')}, ${count(Math.ceil(bytes / 1024))} KB${cost}`
}
