/** The live screen as lines: a pure function of the state, the view and the terminal's size. */
import type { JobChange } from '../../events/event.ts'
import { age, count, money, plural } from '../format.ts'
import { holdUpText } from '../hold-up-text.ts'
import { moment } from '../jobs-text.ts'
import { cell, type Line, lineWidth, type Paper, paint, type Span, spread } from '../line.ts'
import { remaining } from '../pace.ts'
import { type State, total } from '../state.ts'
import { batchRows } from './batches.ts'
import { bar, type Field, fieldWidth, GAP, layOut, ranksThatFit } from './fit.ts'
import { helpRows, PANEL_ROWS, problemRows } from './panels.ts'
import { callRows } from './running.ts'
import type { View } from './view.ts'

export interface Screen extends Paper {
  readonly columns: number
  readonly rows: number
  readonly now: number
  /** Whether keys work, so that they are worth naming. */
  readonly keys: boolean
}

export interface Frame {
  readonly lines: readonly string[]
  /** Calls shown, by row: they keep their rows in the next frame. */
  readonly shown: readonly (number | undefined)[]
}

const MOST_LINES = 16
const WIDEST_BAR = 40

/** At most 16 lines and two fewer than the terminal has: a taller one would be cleared, scrollback and all. */
export function frame(state: State, view: View, before: Frame['shown'], screen: Screen): Frame {
  const height = Math.max(1, Math.min(MOST_LINES, screen.rows - 2))
  const isPlanned = state.batches.size > 0
  const top: Line[] = [head(state, screen.columns), isPlanned ? totals(state, view, screen) : []]
  // The message has its own line: it comes and goes without moving anything.
  if (height > 5) top.push(message(state, view, screen.now))
  const room = height - top.length - 1
  const spaced = room >= 6
  const wanted = Math.max(Math.min(view.rows, state.concurrency), view.panel === 'calls' ? 1 : PANEL_ROWS)
  const forBatches = Math.max(0, Math.min(state.batches.size, Math.max(1, room - (spaced ? 1 : 0) - Math.min(wanted, 4))))
  const batches = room > 1 ? batchRows(state, screen, forBatches) : []
  const below = Math.max(0, Math.min(wanted, room - batches.length - (spaced ? 1 : 0)))
  const calls = callRows(state, before, screen, below)
  const panel = view.panel === 'calls' ? calls.lines : view.panel === 'help' ? helpRows(below) : problemRows(state, below)
  const blank: Line[] = spaced ? [[]] : []
  const filler: Line[] = Array.from({ length: Math.max(0, below - panel.length) }, () => [])
  const lines = [...top, ...batches, ...blank, ...panel, ...filler, footer(state, view, calls.hidden, screen)]
  return { lines: lines.slice(0, height).map((line) => paint(line, screen)), shown: calls.shown }
}

function head(state: State, columns: number): Line {
  const sizes =
    state.batches.size === 0
      ? ''
      : [plural(state.items, 'cell'), plural(state.batches.size, 'batch', 'batches'), plural(state.outputNames.length, 'output')].join(
          ' · ',
        )
  const name: Span = [state.dataset, 'bold']
  const left: Line = [' ', ['datagen', 'dim'], '  ', name]
  const right = [...spending(state, ''), ' ']
  // What is certain before what is expected.
  for (const money of [[...spending(state, inAll(state)), ' '], right]) {
    for (const start of [[...left, '   ', [sizes, 'dim']] as Line, left]) {
      const line = spread(start, money, columns)
      if (line !== start) return line
    }
  }
  // What is spent, or that it is not for training, is worth more than the name.
  const room = Math.max(0, columns - lineWidth(right) - 3)
  return [' ', cell(name, room), '  ', ...right]
}

function spending(state: State, more: string): Span[] {
  const simulated = state.models.some((model) => model.simulated)
  const real = state.models.some((model) => !model.simulated)
  const label: Span[] = simulated ? [['simulated: not for training', 'yellow']] : []
  const { usd, unpriced } = state.usage
  const spent =
    unpriced > 0 && usd === 0
      ? 'price unknown'
      : `${money(usd)}${state.budgetUsd === undefined ? '' : ` of ${money(state.budgetUsd)}`}${more}`
  return real ? [...label, ...(simulated ? ['  '] : []), [spent, 'bold']] : label
}

// From fewer nobody can tell.
const FEWEST_SETTLED = 5

/** What it comes to in the end, if what is still to do costs what was done. */
function inAll(state: State): string {
  const { settled, todo } = total(state)
  const { usd } = state.usage
  if (usd === 0 || settled < FEWEST_SETTLED || settled >= todo || state.stopping) return ''
  return `, ≈ ${money((usd * todo) / settled)} in all`
}

function totals(state: State, view: View, screen: Screen): Line {
  const sum = total(state)
  const left = remaining(state.pace, sum.settled, sum.todo, screen.now)
  const still = state.stopping || view.paused
  const fields: Field[] = [
    { span: `${count(sum.done)}/${count(state.items)}`, rank: 0 },
    {
      span: `${count(sum.running)} running`,
      rank: 3,
      columns: `${count(Math.max(sum.running, state.concurrency))} running`.length,
      align: 'right',
    },
    ...(sum.rejected > 0 ? [{ span: [`${count(sum.rejected)} rejected`, 'red'] as const, rank: 2 }] : []),
    ...(sum.failed > 0 ? [{ span: [`${count(sum.failed)} failed`, 'red'] as const, rank: 2 }] : []),
    ...(still ? [] : [{ span: [left === undefined ? '~ ?' : `~${age(left)}`, 'dim'] as const, rank: 1 }]),
  ]
  const rank = ranksThatFit(fields, 1 + 10, screen.columns - 1)
  const used = fields.filter((field) => field.rank <= rank).reduce((n, field) => n + GAP + fieldWidth(field), 0)
  return [' ', ...bar(sum.done, sum.running, state.items, Math.min(WIDEST_BAR, screen.columns - 2 - used)), ...layOut(fields, rank)]
}

function message(state: State, view: View, now: number): Line {
  if (state.stopping) {
    const { why, message: text } = state.stopping
    const flight = state.running.size === 0 || why === 'abort' ? '' : `; ${plural(state.running.size, 'call')} in flight will be saved`
    return [' ', ['stopping', 'yellow', 'bold'], [`  ${text}${flight}`, 'yellow']]
  }
  if (view.paused) return [' ', ['paused', 'yellow', 'bold'], ['  what is in flight is finished, nothing new starts', 'yellow']]
  const open = awaited(state)
  if (open.length > 0) return [' ', ['waiting', 'cyan'], `  ${waitingText(open)}`]
  const held = holdUpText(state, now)
  if (held !== undefined) return [' ', ['waiting', 'cyan'], `  ${held}`]
  const latest = [...state.notices.values()].at(-1)
  return latest ? [' ', ['warning', 'yellow'], `  ${latest.diagnostic.headline}`] : []
}

/** Jobs that nothing else goes on beside. */
function awaited({ jobs, running }: State): JobChange[] {
  return running.size > 0 ? [] : [...jobs.values()].filter((job) => job.state !== 'ended')
}

function waitingText(jobs: readonly JobChange[]): string {
  const requests = jobs.reduce((n, job) => n + job.requests, 0)
  const completed = jobs.reduce((n, job) => n + (job.completed ?? 0), 0)
  const since = jobs.map((job) => job.since).sort()[0] ?? ''
  return `${plural(jobs.length, 'batch job')}, ${count(completed)} of ${plural(requests, 'request')} answered, since ${moment(since)}`
}

function footer(state: State, view: View, hidden: number, screen: Screen): Line {
  const more: Line = hidden > 0 && view.panel === 'calls' ? [[`   … and ${count(hidden)} more`, 'dim']] : []
  if (!screen.keys) return more
  const key = (name: string, what: string): Span[] => [name, [` ${what}`, 'dim']]
  const gap: Span = '  '
  // That jobs go on at their provider is what whoever would leave wants to know.
  const stop = state.stopping ? key('^C', 'abort') : key('q', awaited(state).length > 0 ? 'leave, jobs go on' : 'stop')
  const all: Line[] = [
    [
      ...key('?', 'help'),
      gap,
      ...key('e', view.panel === 'problems' ? 'calls' : 'errors'),
      gap,
      ...key('p', view.paused ? 'resume' : 'pause'),
      gap,
      ...stop,
      ' ',
    ],
    [...key('?', 'help'), gap, ...stop, ' '],
    [...key('?', 'help'), ' '],
  ]
  for (const keys of all) {
    const line = spread(more, keys, screen.columns)
    if (line !== more) return line
  }
  return more
}
