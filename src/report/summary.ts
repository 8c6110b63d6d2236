/** What stays on the screen when a run is over. */
import type { OutputEnd, RunEnd } from '../events/event.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { costLines, spendParts } from './cost-text.ts'
import { diagnosticText } from './diagnostic.ts'
import { count, duration, list, plural } from './format.ts'
import { moment } from './jobs-text.ts'
import { judgeParts } from './judge-text.ts'
import { type Line, NO_BREAK, type Paper, type Span, write } from './line.ts'
import { below } from './path-text.ts'
import type { State } from './state.ts'
import { isFatal, trouble } from './trouble.ts'

export interface SummaryPaper extends Paper {
  /** Paths below it are shown relative to it. */
  readonly cwd?: string | undefined
  /** False where warnings were shown as they came. */
  readonly warnings?: boolean
}

const MOST_WARNINGS = 5
const MOST_FILES = 3
const INDENT = '  '

/** Lines without newlines; empty while the run has not ended. */
export function summaryLines(state: State, paper: SummaryPaper): string[] {
  const { end } = state
  if (!end) return []
  const lines = [
    headline(state, end, paper.cwd),
    ...remedy(state),
    ...heldBack(state, end, paper.cwd),
    ...goesOn(state, end),
    ...account(state, end),
    ...trouble(state, end),
  ]
  return [...(paper.warnings === false ? [] : warnings(state, paper)), ...write(lines, paper)]
}

/** `✔ Up to date. 27 cells, 1 output (12 ms)`: also for a build that ends before it evaluates its config. */
export function upToDate(cells: number, outputs: number, ms: number, isGood = true): Line {
  return [
    isGood ? ['✔', 'green'] : ['✖', 'red'],
    ' ',
    ['Up to date.', 'bold'],
    ` ${plural(cells, 'cell')}, ${plural(outputs, 'output')} (${duration(ms)})`,
  ]
}

function headline(state: State, end: RunEnd, cwd: string | undefined): Line {
  const took = duration(end.ms)
  const named = (files: readonly OutputEnd[]) => list(fileNames(files, cwd))
  const by = (what: OutputEnd['what']) => state.outputs.filter((file) => file.what === what)
  const [written, partial, unchanged] = [by('written'), by('partial'), by('unchanged')]
  const { stopping } = state
  const fresh = written.length > 0 ? `: built ${named(written)}` : partial.length > 0 ? `: wrote ${named(partial)}` : ''
  if (stopping?.why === 'interrupt' || stopping?.why === 'abort')
    return [['■', 'yellow'], ' ', ['Stopped', 'bold'], ` after ${took}${fresh}`]
  if (stopping) return [['✖', 'red'], ' ', ['Stopped', 'bold'], ` after ${took}: ${stopping.message}`]
  if (end.waiting) return waiting(end.waiting, took, written.length > 0 ? `; built ${named(written)}` : '')
  if (written.length > 0) return [['✔', 'green'], ' ', ['Built', 'bold'], ` ${named(written)} in ${took}`]
  // All that was asked for is done; what was left out on purpose holds the outputs back.
  if (end.exitCode === 0 && partial.length > 0) return [['✔', 'green'], ' ', ['Done:', 'bold'], ` wrote ${named(partial)} in ${took}`]
  if (end.exitCode === 0 && state.outputs.some((file) => file.what === 'held-back'))
    return [['✔', 'green'], ' ', ['Done', 'bold'], ` in ${took}; the cells that were left out hold the outputs back`]
  if (partial.length > 0) return [['✖', 'red'], ' ', ['Incomplete:', 'bold'], ` wrote ${named(partial)} in ${took}`]
  if (state.outputs.some((file) => file.what === 'held-back'))
    return [['✖', 'red'], ' ', ['Incomplete:', 'bold'], ` nothing written after ${took}`]
  if (end.calls === 0) return upToDate(end.counts.items, state.outputNames.length, end.ms, end.exitCode === 0)
  return [
    ['✔', 'green'],
    ' ',
    ['Built', 'bold'],
    ` in ${took}; ${unchanged.length === 1 ? `${named(unchanged)} is` : 'outputs are'} unchanged`,
  ]
}

/** What to do about what stopped it. */
function remedy({ stopping }: State): Line[] {
  return stopping?.hint === undefined ? [] : [[INDENT, ['hint  ', 'dim'], [stopping.hint, 'cyan']]]
}

function waiting({ jobs, requests, since }: NonNullable<RunEnd['waiting']>, took: string, fresh: string): Line {
  const what = `${plural(jobs, 'batch job')} with ${plural(requests, 'request')}`
  return [['◷', 'cyan'], ' ', ['Waiting', 'bold'], ` for ${what}, since ${moment(since)} (${took})${fresh}`]
}

/** How it goes on. */
function goesOn(state: State, { waiting: waits }: RunEnd): Line[] {
  if (!waits) return []
  const mended = isFatal(state) ? ' once that is mended' : ''
  return [
    [
      INDENT,
      ['datagen build', 'cyan'],
      [` collects what has ended and goes on${mended}, `, 'dim'],
      ['datagen build --wait', 'cyan'],
      [' stays until it has, ', 'dim'],
      ['datagen jobs', 'cyan'],
      [' lists the jobs', 'dim'],
    ],
  ]
}

function fileNames(files: readonly OutputEnd[], cwd: string | undefined): string[] {
  const shown = files.length > MOST_FILES + 1 ? files.slice(0, MOST_FILES) : files
  const names = shown.map(({ path, rows }, i) => `${below(cwd, path)} (${i === 0 ? plural(rows, 'row') : count(rows)})`)
  return shown.length < files.length ? [...names, `${count(files.length - shown.length)} more files`] : names
}

function heldBack(state: State, end: RunEnd, cwd: string | undefined): Line[] {
  const files = state.outputs.filter(({ what }) => what === 'held-back')
  if (files.length === 0) return []
  const { failed, pending, items } = end.counts
  const names = list(fileNames(files, cwd).map((name) => name.replace(/ \([^(]*\)$/, '')))
  return [
    [
      INDENT,
      ['held back', 'yellow'],
      ` ${names}: ${count(failed + pending)} of ${plural(items, 'cell')} ${failed + pending === 1 ? 'has' : 'have'} no example yet`,
    ],
    end.counts.accepted === 0
      ? [INDENT, ['on disk nothing was touched', 'dim']]
      : [INDENT, ['on disk nothing was touched; ', 'dim'], ['datagen build --partial', 'cyan'], [' writes the rows there are', 'dim']],
  ]
}

function account(state: State, end: RunEnd): Line[] {
  const { counts } = end
  const noticed = (severity: Diagnostic['severity']) =>
    [...state.notices.values()].reduce((sum, notice) => sum + (notice.diagnostic.severity === severity ? notice.count : 0), 0)
  const [erred, warned] = [noticed('error'), noticed('warning')]
  const some = (n: number, word: string, ...styles: ('red' | 'yellow')[]): Span[] => (n > 0 ? [[`${count(n)} ${word}`, ...styles]] : [])
  const cells: Span[] = [
    `${count(end.generated)} generated`,
    `${count(end.cached)} cached`,
    ...some(counts.rejected, 'rejected', 'red'),
    ...some(counts.failed, 'failed', 'red'),
    ...some(counts.pending - (end.waiting?.items ?? 0), 'still to do', 'yellow'),
    ...(end.waiting ? [[`${count(end.waiting.items)} waiting`, 'cyan'] as Span] : []),
    ...(end.collected === undefined ? [] : [`${plural(end.collected, 'answer')} collected`]),
    ...(erred > 0 ? [[plural(erred, 'error'), 'red'] as Span] : []),
    ...(warned > 0 ? [[plural(warned, 'warning'), 'yellow'] as Span] : []),
  ]
  const simulated = state.models.filter((model) => model.simulated)
  const spend = spendParts(end, state.models)
  const label: Span[] = simulated.length > 0 ? [['simulated answers: not for training', 'yellow']] : []
  const upToDateNow = end.calls === 0 && end.exitCode === 0 && state.outputs.every(({ what }) => what === 'unchanged')
  const judges = (end.judges ?? []).map(judgeParts)
  const lines = [...(upToDateNow ? [] : [cells]), [...label, ...spend], ...judges].filter((parts) => parts.length > 0).map(dotted)
  return [...lines, ...costLines(end, state.models, INDENT)]
}

function dotted(parts: readonly Span[]): Line {
  return [INDENT, ...parts.flatMap((part, i): Span[] => (i === 0 ? [whole(part)] : [[`${NO_BREAK}·`, 'dim'], ' ', whole(part)]))]
}

/** A part that stays on one line. */
function whole(part: Span): Span {
  if (typeof part === 'string') return part.replaceAll(' ', NO_BREAK)
  const [text, ...styles] = part
  return [text.replaceAll(' ', NO_BREAK), ...styles]
}

function warnings(state: State, paper: SummaryPaper): string[] {
  const notices = [...state.notices.values()]
  const shown = notices.slice(0, MOST_WARNINGS).flatMap(({ diagnostic, count: times }) => {
    const headline = times > 1 ? `${diagnostic.headline} (${count(times)} times)` : diagnostic.headline
    return diagnosticText({ ...diagnostic, headline }, paper).split('\n')
  })
  const more = notices.length - MOST_WARNINGS
  return more > 0 ? [...shown, `… and ${plural(more, 'further warning')}`] : shown
}
