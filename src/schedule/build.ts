/**
 * One build: take the plan; for each batch in order ask the ladder which items are dirty; for each free slot
 * ask, keep, parse, check and record; judge the batch when it is complete; lay out what waited for it; write what changed.
 */
import type { RunEnd, UsedModel } from '../events/event.ts'
import { type PlanBatch, roundsNamed } from '../plan/plan.ts'
import type { ExitCode } from '../util/exit.ts'
import { STATE } from './board.ts'
import { type KnownOf, reliance } from './capabilities.ts'
import { cellEnd, FIRST_LOOK_MS, generate } from './climb.ts'
import { ControlDesk } from './control-desk.ts'
import { failingJudges } from './controls.ts'
import { keepDecision } from './decisions.ts'
import { finish, Tally } from './finish.ts'
import { Gates } from './gates.ts'
import { JudgeRemarks } from './judge-remarks.ts'
import { layOutNext, lookAgain } from './layout.ts'
import { damage, equalRequests, findings, missing } from './notices.ts'
import type { OutputMemo } from './output-memo.ts'
import { isComplete, sidecarPath, type WriteOptions, writeOutput } from './outputs.ts'
import { type Objections, objectionNotices, refuses } from './platform-check.ts'
import { Purchases } from './purchase.ts'
import type { PurchaseContext } from './purchase-context.ts'
import { columnsOf, type PlanColumns } from './recall.ts'
import { reviewNotices } from './review-conflicts.ts'
import { AnswerGone } from './rows.ts'
import type { Scope } from './scope.ts'
import { SetMeasures } from './set-measures.ts'
import { begin, expanded, isIn, planned, type Stage, waited } from './stage.ts'
import type { Work } from './work.ts'

export interface BuildOptions extends Omit<PurchaseContext, 'work'>, WriteOptions {
  readonly work: Work
  readonly models: readonly UsedModel[]
  readonly concurrency: number
  readonly scope: Scope
  /** What is missing is an error of its own (exit 10) instead of something left to do. */
  readonly frozen?: boolean
  readonly budgetUsd?: number
  /** What earlier builds found that servers honour. */
  readonly known?: KnownOf
  /** Asked once, and only when something needs a call: false builds only what is free. */
  readonly mayBuy: () => Promise<boolean>
  /** Awaited before the first file is touched: other builds may be writing the same ones. */
  readonly beforeWriting?: () => Promise<void>
  /** Milliseconds on the clock at which the run began. */
  readonly startedAt: number
}

export interface BuildResult {
  /** As it was in the end: batches that waited for others have come to something. */
  readonly work: Work
  readonly exitCode: ExitCode
  readonly end: RunEnd
  /** What counts against a budget: more than the bill where nobody told what a call took. */
  readonly spentUsd: number
  /** Every file that belongs to a complete output, sidecars included. */
  readonly files: readonly string[]
  /** Nothing failed, nothing is pending: the next build may trust a stamp. */
  readonly settled: boolean
  /** Items within the scope that still have something to ask. */
  readonly pending: number
  /** What the next build may take over; undefined when it must look at everything. */
  readonly columns: PlanColumns | undefined
}

export async function build(options: BuildOptions): Promise<BuildResult> {
  const { sink } = options
  const purchases = new Purchases(options)
  const measures = new SetMeasures(sink, options.work.recall.measured)
  const judges = new JudgeRemarks(sink)
  const desk = new ControlDesk({ ...options, purchases })
  const begun = new Set<string>()
  let stage = begin(options, options.work)
  const tally = new Tally(stage.found)
  expectCalls(purchases, stage, () => false)
  sink.emit(planned(stage, options))
  const warning = equalRequests(stage.work)
  if (warning) sink.emit({ type: 'notice', diagnostic: warning })
  if (options.frozen) {
    const absent = missing(
      stage.work,
      stage.found.map(({ todo }) => todo),
      stage.found.reduce((n, { waiting }) => n + waiting, 0),
    )
    if (absent) sink.emit({ type: 'notice', diagnostic: absent })
  }
  if (!options.frozen && stage.found.some(({ todo }) => todo.length > 0)) {
    const knownOf = options.known ?? (() => undefined)
    for (const diagnostic of reliance(options.work.dataset, knownOf)) sink.emit({ type: 'notice', diagnostic })
  }
  const mayBuy = once(options.mayBuy)
  let before: Stage | undefined
  for (;;) {
    const turned = await run(options, stage, { known: isIn(before), before, begun, purchases, measures, judges, desk, mayBuy })
    // Whoever waits for what has been built now may know what it is to build.
    const work = turned
      ? stage.work.judgedAnew(failingJudges(stage.work))
      : ((options.halt.stopping ? undefined : layOutNext(stage.work, stage.judge)) ?? (await nextWave(options, stage)))
    if (!work) break
    before = stage
    stage = begin(options, work)
    purchases.goOn(work)
    const known = isIn(before)
    expectCalls(purchases, stage, known)
    tally.cached += tellArrived(sink, before, stage)
    for (const found of stage.found) {
      if (known(found.batch)) continue
      tally.add(found)
      sink.emit(expanded(work, found))
    }
  }
  const { work, judge } = stage
  // Stopped by a limit, what was admitted is still handed over; stopped otherwise, it is not.
  await options.jobs?.submit()
  await options.beforeWriting?.()
  // What another build found rotten or bought meanwhile may have changed which draw is whose: then the rows are other ones.
  if ((purchases.metOthers || options.jobs?.metOthers) && !work.hasItsDraws()) throw new AnswerGone()
  // What was remembered of other items may rest on answers that were found to be gone meanwhile.
  const lost = work.store.generation() !== work.generation || work.store.damaged.length > 0
  if (lost && work.recall.todo.length < work.plan.items) throw new AnswerGone()
  const written = writeOutputs(options, work)
  for (const diagnostic of [...purchases.doubts.answerers.notices(), ...findings(judge), ...reviewNotices(work), ...damage(work)])
    sink.emit({ type: 'notice', diagnostic })
  for (const diagnostic of objectionNotices(written.objections, options.root)) sink.emit({ type: 'notice', diagnostic })
  return {
    ...finish(options, work, {
      tally,
      failed: measures.failed || judges.failed || written.objections.some(refuses),
      controls: desk.missing(work, work.plan.batches),
    }),
    work,
    files: written.files,
    columns: columnsOf(work, judge, written.memos, measures.remembered()),
  }
}

/**
 * Everything else is at rest: what was gathered for batch jobs is handed over, and whoever waits goes on when one has ended. Undefined when
 * the build ends here, waiting or not.
 */
async function nextWave({ jobs, halt, clock }: BuildOptions, { work, judge }: Stage): Promise<Work | undefined> {
  if (!jobs) return undefined
  await jobs.submit()
  if (jobs.takeMet() && !halt.stopping) {
    // What another build asks online comes in seconds; what its job asks is waited for from now on.
    await clock.sleep(FIRST_LOOK_MS, halt.stopSignal)
    return lookAgain(work, judge)
  }
  if (halt.stopping || !jobs.waits || !(await jobs.wait())) return undefined
  return lookAgain(work, judge)
}

/** What waited in the stage before and has its final state now; how many of these an earlier run has asked for. */
function tellArrived(sink: BuildOptions['sink'], before: Stage, { work }: Stage): number {
  let asked = 0
  for (const old of before.work.plan.batches) {
    const now = roundsNamed(work.plan, old.spec.name)[old.round]
    if (!now || now.items !== old.items) continue
    for (let within = 0; within < old.items; within++) {
      const index = now.first + within
      if (before.work.waits[old.first + within] !== 1 || work.board.state[index] === STATE.pending) continue
      if (work.board.bought[index] === 0) asked++
      sink.emit(cellEnd(work, index))
    }
  }
  return asked
}

/** What stages have in common. */
interface Run {
  readonly known: (batch: PlanBatch) => boolean
  readonly before: Stage | undefined
  /** Batches whose beginning was told and whose end was not. */
  readonly begun: Set<string>
  readonly purchases: Purchases
  readonly measures: SetMeasures
  readonly judges: JudgeRemarks
  readonly desk: ControlDesk
  readonly mayBuy: () => Promise<boolean>
}

/** Asks what may be asked, batch by batch. True when a judge turned out to be another than was thought: then rows are judged anew before anything goes on. */
async function run(options: BuildOptions, { work, judge, found }: Stage, of: Run): Promise<boolean> {
  const { known, before, begun, purchases, measures, judges, desk, mayBuy } = of
  const { sink, halt } = options
  const batches = work.plan.batches
  const asks = found.some(({ todo }) => todo.length > 0) || desk.missing(work, batches) > 0
  const buys = asks && !halt.stopping && (await mayBuy())
  // Those that the config gives need no row.
  if (buys && (await desk.ask(work, []))) return true
  if (buys) for (const decision of work.decisions) await keepDecision(work.store, decision, options.run)
  const gates = new Gates(work, { sink, measures, judges })
  for (const { batch, todo } of found) {
    const name = batch.spec.name
    // What earlier stages ended has been told, and what has no items yet is told when it has.
    const isQuiet = (known(batch) && !waited(before, batch)) || (batch.items === 0 && batch.toCome !== undefined)
    const idle = todo.length === 0 && !begun.has(name) && isQuiet
    if (!idle && !begun.has(name)) sink.emit({ type: 'batch-start', batch: name })
    if (!idle) begun.add(name)
    if (buys && todo.length > 0 && isReady(work, batch) && gates.before(batch)) await generate(options, work, judge, purchases, todo)
    if (buys && !halt.stopping && work.isSettled(name) && (await desk.ask(work, batches.slice(0, batches.indexOf(batch) + 1)))) return true
    judge.barrier(batch)
    begun.delete(name)
    if (!idle) sink.emit({ type: 'batch-end', batch: name, counts: work.counts(name) })
    if (roundsNamed(work.plan, name).at(-1) !== batch) continue
    measures.tell(work, name)
    judges.tell(work, name)
  }
  return false
}

/** How many calls of each step may come, for the first of many to go alone. */
function expectCalls({ canary }: Purchases, { work, found }: Stage, known: (batch: PlanBatch) => boolean): void {
  const calls = found.reduce((n, { batch, todo }) => n + (known(batch) ? 0 : todo.length), 0)
  for (const step of work.dataset.recipe.steps) if (step.kind === 'ask') canary.expect(step, calls)
}

function once(ask: () => Promise<boolean>): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}

/** A batch waits until those it comes after are complete. */
function isReady(work: Work, { spec }: PlanBatch): boolean {
  return spec.after.every((name) => work.isSettled(name))
}

function writeOutputs(options: BuildOptions, work: Work): { files: string[]; memos: OutputMemo[]; objections: Objections[] } {
  const { scope, sink, keepsakes } = options
  const files: string[] = []
  const memos: OutputMemo[] = []
  const objections: Objections[] = []
  for (const output of work.dataset.outputs) {
    const before = work.recall.outputs.filter((known) => known.output === output.name)
    if (!scope.output(output.name)) {
      memos.push(...before)
      continue
    }
    const complete = isComplete(work, output)
    const { ends, memo, objections: against } = writeOutput(work, output, options)
    objections.push(...against)
    for (const end of ends) {
      sink.emit(end)
      if (complete) files.push(end.path, sidecarPath(end.path))
    }
    // What is held back today may be wanted again tomorrow, when an edit is undone.
    if (!memo) memos.push(...before)
    else {
      memos.push(memo)
      for (const { path, sha256 } of memo.files) keepsakes?.keep(path, sha256)
    }
  }
  keepsakes?.prune(new Set(memos.flatMap((memo) => memo.files.map(({ sha256 }) => sha256))))
  return { files, memos, objections }
}
