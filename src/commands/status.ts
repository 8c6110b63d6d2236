/** `datagen status`: each output and batch as it stands and why, without asking or writing anything. */
import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Loaded, OutputSpec } from '../config/dataset.ts'
import { roundsNamed } from '../plan/plan.ts'
import { type StatusCosts, type StatusLock, type StatusOutput, type StatusView, statusText } from '../report/status-text.ts'
import { namesOf, rowsByModel } from '../schedule/answerers.ts'
import { STATE } from '../schedule/board.ts'
import { judgeReports } from '../schedule/judge-report.ts'
import { lockChanges } from '../schedule/lock-changes.ts'
import { type Lock, type LockOutput, lockOf, rejectedBy, renewed } from '../schedule/lock-file.ts'
import type { ReadLock } from '../schedule/lock-text.ts'
import { outputFiles } from '../schedule/output-files.ts'
import { type OutputState, outputState } from '../schedule/output-state.ts'
import { isComplete } from '../schedule/outputs.ts'
import { conflictLabel, disputesOf, pinConflicts } from '../schedule/review-conflicts.ts'
import { type Evidence, pendingReasons, staleness } from '../schedule/stale.ts'
import { surveyAll } from '../schedule/survey.ts'
import type { Work } from '../schedule/work.ts'
import { lastFiles } from '../store/last-stamp.ts'
import { pastRuns } from '../store/run-history.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { openJobs } from './job-views.ts'
import { lockPath, portable, readLock } from './lock-file.ts'
import { askedModels, choiceOf, datagenDir, pricesOf, reading, usedModels } from './session.ts'
import { spendingOf } from './spending.ts'

export async function statusCommand(environment: Environment, flags: Flags): Promise<ExitCode> {
  await reading(environment, flags, async (work, loaded) => {
    const seen = blamingConfig(loaded, () => viewOf(work, loaded))
    const view = flags.costs ? { ...seen, costs: await costsOf(environment, loaded) } : seen
    const { stdout } = environment
    const paper = { columns: stdout.columns, color: choiceOf(environment, flags).color && stdout.isTTY === true }
    stdout.write(flags.json ? `${safeJson({ schema: 1, ...view })}\n` : `${statusText(view, paper)}\n`)
  })
  return EXIT.ok
}

async function costsOf({ clock }: Environment, loaded: Loaded): Promise<StatusCosts> {
  const runs = pastRuns(datagenDir(loaded.root)).filter(({ start }) => start.dataset === loaded.dataset.name)
  return { ...spendingOf(runs), models: usedModels(loaded, await pricesOf(askedModels(loaded), clock.date())) }
}

function viewOf(work: Work, loaded: Loaded): StatusView {
  surveyAll(work)
  const { dataset, board, store } = work
  const read = readLock(lockPath(loaded))
  const locked = read?.kind === 'lock' ? read.lock : undefined
  const states = new Map(dataset.outputs.map((output) => [output, outputState(work, output)]))
  const now = lockOf(work, rowsOf(loaded, states))
  const left = lastFiles(loaded.root)
  const evidence: Evidence = {
    pending: pendingReasons(work),
    isThere: existsSync,
    isAsLeft: (path) => left?.isAsLeft(path),
    locked,
    now,
  }
  return {
    dataset: dataset.name,
    outputs: [...states].map(([output, state]) => outputOf(work, loaded, output, state, evidence)),
    batches: dataset.batches.map(({ name }) => batchOf(work, name, evidence)),
    models: modelsOf(work, loaded),
    lock: lockState(work, loaded, read, now),
    ...judgesOf(work),
    ...reviewOf(work),
    builds: [],
    jobs: openJobs(store),
    store: store.totals(),
    problems: board.problems(),
  }
}

function outputOf(work: Work, { root }: Loaded, output: OutputSpec, state: OutputState, evidence: Evidence): StatusOutput {
  return {
    output: output.name,
    path: portable(root, output.path),
    ...state,
    complete: isComplete(work, output),
    written: statSync(output.path, { throwIfNoEntry: false })?.mtime.toISOString() ?? null,
    stale: staleness(work, output, state.change, evidence),
  }
}

function batchOf(work: Work, name: string, { pending }: Evidence): StatusView['batches'][number] {
  const toCome = roundsNamed(work.plan, name).at(-1)?.toCome
  return {
    batch: name,
    ...work.counts(name),
    waiting: waitingIn(work, name),
    ...(toCome ? { waitsFor: toCome.waitsFor } : {}),
    rejectedBy: Object.fromEntries(rejectedBy(work, roundsNamed(work.plan, name))),
    reasons: pending.get(name) ?? [],
  }
}

function modelsOf(work: Work, loaded: Loaded): NonNullable<StatusView['models']> {
  const rows = rowsByModel(work)
  return askedModels(loaded).flatMap((model) => {
    if (model.provider === 'simulated') return []
    const answered = [...namesOf(model, work, rows)].sort(([a], [b]) => (a < b ? -1 : 1))
    return answered.length === 0
      ? []
      : [{ model: model.name, use: `${model.provider}:${model.model}`, answered: Object.fromEntries(answered) }]
  })
}

function waitingIn({ plan, waits }: Work, name: string): number {
  let waiting = 0
  for (const { first, items } of roundsNamed(plan, name)) for (const one of waits.subarray(first, first + items)) waiting += one
  return waiting
}

/** Verdicts about rows that are here now. */
function reviewOf(work: Work): Pick<StatusView, 'review'> {
  const { reviews, board, pins } = work
  if (reviews.lines.length === 0) return {}
  const sums = { accept: 0, reject: 0 }
  for (let item = 0; reviews.fingerprints.size > 0 && item < board.state.length; item++) {
    if (board.state[item] === STATE.pending) continue
    const ruling = reviews.rulingOfMark(board.markHigh[item] as number, board.markLow[item] as number)
    if (ruling) sums[ruling.kind]++
  }
  const conflicts = [
    ...pinConflicts(work).map(({ pin, item, why }) => ({ what: conflictLabel(work, pin, item), why })),
    ...disputesOf(work).map(({ item, by, against }) => ({
      what: work.label(work.item(item)),
      why: `${against.join(', ')} accepted it, ${by.join(', ')} rejected it`,
    })),
  ]
  return { review: { accepted: sums.accept, rejected: sums.reject, edited: pins.size, conflicts } }
}

/** What judges came to, without asking any. */
function judgesOf(work: Work): Pick<StatusView, 'judges'> {
  const judges = judgeReports(work)
  return judges.length > 0 ? { judges } : {}
}

/** Rows of the outputs that go into one file: how many go where of the others is known when they are written. */
function rowsOf({ root }: Loaded, states: ReadonlyMap<OutputSpec, OutputState>): Map<string, LockOutput> {
  return new Map(
    [...states].flatMap(([output, { rows }]): [string, LockOutput][] =>
      rows === undefined || output.holdout.length > 0 ? [] : [[output.name, { path: portable(root, output.path), rows }]],
    ),
  )
}

function lockState(work: Work, loaded: Loaded, read: ReadLock | undefined, now: Lock): StatusLock {
  const path = basename(lockPath(loaded))
  if (read?.kind !== 'lock') return { path, state: read?.kind ?? 'none', changes: [] }
  const files = outputFiles(work.dataset).map(({ name }) => name)
  const changes = lockChanges(read.lock, renewed(read.lock, now, work, files))
  const complete = work.dataset.batches.every(({ name }) => now.batches.has(name))
  return { path, state: changes.length > 0 ? 'behind' : complete ? 'current' : 'waiting', changes }
}
