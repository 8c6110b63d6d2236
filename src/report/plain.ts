/** A build told in lines, for logs and pipes: nothing is ever redrawn. */
import type { Event, JobChange } from '../events/event.ts'
import { diagnosticText } from './diagnostic.ts'
import { flushed } from './flush.ts'
import { age, count, money, plural } from './format.ts'
import { holdUpText } from './hold-up-text.ts'
import { type Line, type Span, write } from './line.ts'
import { remaining } from './pace.ts'
import { reduce } from './reduce.ts'
import type { Reporter, ReporterWorld } from './reporter.ts'
import { type BatchState, initialState, type State, total } from './state.ts'
import { summaryLines } from './summary.ts'

export interface PlainOptions {
  /** At most one line of progress in this time. */
  readonly everyMs: number
  /** A line also when nothing has changed: CI ends jobs that are silent. */
  readonly heartbeat: boolean
  /** Lines may be read as GitHub workflow commands, so none may look like one. */
  readonly workflow: boolean
  readonly color: boolean
}

// One example a kind tells what is wrong; the summary counts the rest.
const MOST_EXAMPLES = 10

export function createPlainReporter(options: PlainOptions, { stderr, clock, root }: ReporterWorld): Reporter {
  let state = initialState()
  let ticking: AbortController | undefined
  const jobs = new Map<number, string>()
  const paper = () => ({ color: options.color, columns: stderr.isTTY ? stderr.columns : undefined, cwd: root })
  const print = (lines: readonly string[]) => {
    const safe = options.workflow ? lines.map(inert) : lines
    if (safe.length > 0) stderr.write(`${safe.join('\n')}\n`)
  }
  const tell = (...lines: readonly Line[]) => print(write(lines, paper()))

  const tick = async (signal: AbortSignal) => {
    let last = ''
    for (;;) {
      await clock.sleep(options.everyMs, signal)
      if (signal.aborted) return
      const [line] = write([progress(state, clock.now())], { color: options.color })
      if (line !== undefined && (options.heartbeat || line !== last)) print([line])
      last = line ?? ''
    }
  }
  const settle = () => {
    ticking?.abort()
    ticking = undefined
  }

  return {
    emit(event) {
      const problems = state.problems.size
      const known = state.notices.size
      state = reduce(state, event)
      // A job that is looked at again and again is told when it has moved.
      const told = event.type === 'job' ? JSON.stringify([event.state, event.status, event.completed]) : undefined
      if (event.type !== 'job' || jobs.get(event.job) !== told) tell(...transition(state, event, problems))
      if (event.type === 'job') jobs.set(event.job, told as string)
      if (event.type === 'notice' && (state.notices.size > known || state.end)) print(diagnosticText(event.diagnostic, paper()).split('\n'))
      if (event.type === 'step-start' && !ticking) {
        ticking = new AbortController()
        void tick(ticking.signal)
      }
      if (event.type === 'run-end') {
        settle()
        print(summaryLines(state, { ...paper(), warnings: false }))
      }
    },
    async close() {
      settle()
      await flushed(stderr)
    },
    restore() {},
  }
}

function transition(state: State, event: Event, problemsBefore: number): Line[] {
  switch (event.type) {
    case 'planned':
      return total(state).todo > 0 ? [opening(state), ...models(state)] : []
    case 'batch-start':
      return withWork(state, event.batch, (batch) => [`batch ${batch.batch}: ${plural(batch.items, 'cell')}, ${count(batch.todo)} to do`])
    case 'batch-end':
      return withWork(state, event.batch, (batch) => [
        `batch ${batch.batch}: ${count(batch.done)}/${count(batch.items)} done`,
        ...tally(batch),
      ])
    case 'cell-end':
      return state.problems.size > problemsBefore && problemsBefore < MOST_EXAMPLES && event.state !== 'accepted'
        ? [['  ', [event.state, 'red'], `  ${event.cell}  `, [event.message ?? event.code ?? '', 'dim']]]
        : []
    case 'job':
      return [jobLine(event)]
    case 'stopping':
      return [[['stopping: ', 'yellow'], event.message]]
    default:
      return []
  }
}

/** How a job stands, or what became of it. */
export function jobLine({ job, state, use, remote, requests, status = '', completed = 0, end }: JobChange): Line {
  const name: Span = `batch job ${job}: `
  if (state === 'submitted') return [name, `${plural(requests, 'request')} handed over to ${use}`, [` (${remote})`, 'dim']]
  if (!end) return [name, `${status}, ${count(completed)} of ${count(requests)} answered`]
  const bad = [
    ...(end.failed > 0 ? [`, ${count(end.failed)} failed`] : []),
    ...(end.missing > 0 ? [`, ${count(end.missing)} not answered`] : []),
  ]
  const cost: Span = [end.usd === undefined ? '' : `, ${money(end.usd)}`, 'dim']
  return [name, `${status}, ${count(end.answered)} of ${count(requests)} answered`, [bad.join(''), 'red'], cost]
}

function withWork(state: State, name: string, line: (batch: BatchState) => Line): Line[] {
  const batch = state.batches.get(name)
  return batch && batch.todo > 0 ? [line(batch)] : []
}

function opening(state: State): Line {
  const { todo, done } = total(state)
  const sizes = [
    plural(state.items, 'cell'),
    plural(state.batches.size, 'batch', 'batches'),
    plural(state.outputNames.length, 'output'),
  ].join(', ')
  return [[state.dataset, 'bold'], `: ${sizes}; ${count(done)} cached, ${count(todo)} to do`]
}

function models(state: State): Line[] {
  return state.models.flatMap(({ use, simulated, why }): Line[] => {
    const label: Span[] = simulated ? [[' (simulated answers: not for training)', 'yellow']] : []
    return simulated || why ? [[`  ${use}`, why ? `: ${why}` : '', ...label]] : []
  })
}

function tally(sum: { generated: number; cached: number; rejected: number; failed: number }): Span[] {
  const bad = (n: number, word: string): Span[] => (n > 0 ? [[`, ${count(n)} ${word}`, 'red']] : [])
  return [
    `, ${count(sum.generated)} generated, ${count(sum.cached)} cached`,
    ...bad(sum.rejected, 'rejected'),
    ...bad(sum.failed, 'failed'),
  ]
}

function progress(state: State, now: number): Line {
  const sum = total(state)
  const left = state.stopping ? undefined : remaining(state.pace, sum.settled, sum.todo, now)
  const held = state.stopping ? undefined : holdUpText(state, now)
  return [
    `  ${count(sum.done)}/${count(state.items)} done, ${count(sum.running)} running`,
    ...tally(sum),
    state.usage.usd > 0 ? `, ${money(state.usage.usd)}` : '',
    left === undefined ? '' : `, ~${age(left)} left`,
    held === undefined ? '' : `; waiting: ${held}`,
  ]
}

/** GitHub's runner obeys lines that begin with `::`, and `##[` anywhere. */
function inert(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1.:').replaceAll('##[', '## [')
}
