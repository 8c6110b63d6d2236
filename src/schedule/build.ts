/**
 * One build: take the plan; for each batch in order ask the ladder which items are dirty; for each free slot
 * ask, keep, parse, check and record; judge the batch when it is complete; lay out what waited for it; write what changed.
 */
import { ChangingText } from '../config/guard.ts'
import type { CellEnd, PlannedBatch, RunEnd, UsedModel } from '../events/event.ts'
import { type PlanBatch, roundsNamed } from '../plan/plan.ts'
import { type Asked, requestName, type Wanted } from '../plan/resolve.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { STATE } from './board.ts'
import { type KnownOf, reliance } from './capabilities.ts'
import { ControlDesk } from './control-desk.ts'
import { failingJudges } from './controls.ts'
import { keepDecision } from './decisions.ts'
import { Gates } from './gates.ts'
import type { Halt } from './halt.ts'
import { JudgeRemarks } from './judge-remarks.ts'
import { judgeReports } from './judge-report.ts'
import { layOutNext, lookAgain } from './layout.ts'
import { damage, equalRequests, findings, missing } from './notices.ts'
import type { OutputMemo } from './output-memo.ts'
import { isComplete, sidecarPath, type WriteOptions, writeOutput } from './outputs.ts'
import { type Objections, objectionNotices, refuses } from './platform-check.ts'
import { drain } from './pool.ts'
import { type PurchaseContext, Purchases } from './purchase.ts'
import { columnsOf, type PlanColumns } from './recall.ts'
import { reviewNotices } from './review-conflicts.ts'
import { AnswerGone } from './rows.ts'
import type { Scope } from './scope.ts'
import { SetMeasures } from './set-measures.ts'
import { survey } from './survey.ts'
import { Judge, REVIEW } from './verdict.ts'
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
    tellArrived(sink, before, stage)
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

/** A part of a build over one plan: until a batch that waits for others can be decided about. */
interface Stage {
  readonly work: Work
  readonly judge: Judge
  readonly found: readonly Found[]
}

function begin(options: BuildOptions, work: Work): Stage {
  const judge = new Judge(work)
  return { work, judge, found: look(options, work, judge) }
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

/** What waited in the stage before and has its final state now. */
function tellArrived(sink: BuildOptions['sink'], before: Stage, { work }: Stage): void {
  for (const old of before.work.plan.batches) {
    const now = roundsNamed(work.plan, old.spec.name)[old.round]
    if (!now || now.items !== old.items) continue
    for (let within = 0; within < old.items; within++) {
      const index = now.first + within
      if (before.work.waits[old.first + within] === 1 && work.board.state[index] !== STATE.pending) sink.emit(cellEnd(work, index))
    }
  }
}

function cellEnd(work: Work, index: number): CellEnd {
  const item = work.item(index)
  const cached = work.board.bought[index] === 0
  const common = { type: 'cell-end', batch: item.batch.spec.name, cell: work.label(item), cached } as const
  const state = work.board.state[index]
  if (state === STATE.ready || state === STATE.accepted) return { ...common, state: 'accepted' }
  return { ...common, state: state === STATE.rejected ? 'rejected' : 'failed', ...work.board.problem(index) }
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
  const buys = asks && (await mayBuy())
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

/** Whether a round was there, with these items, in a stage. */
function isIn(stage: Stage | undefined): (batch: PlanBatch) => boolean {
  return ({ spec, round, items }) => stage !== undefined && roundsNamed(stage.work.plan, spec.name)[round]?.items === items
}

/** Whether something of a round waited for a batch job in a stage. */
function waited(stage: Stage | undefined, { spec, round }: PlanBatch): boolean {
  const old = stage && roundsNamed(stage.work.plan, spec.name)[round]
  return (old && stage?.work.waits.subarray(old.first, old.first + old.items).includes(1)) ?? false
}

function expanded({ plan }: Work, { batch, cached, todo }: Found) {
  const { spec, items } = batch
  const toCome = roundsNamed(plan, spec.name).at(-1)?.toCome?.atMost ?? 0
  return { type: 'expanded', batch: spec.name, items, cached, todo: todo.length, toCome } as const
}

/** What needed no call, over all stages. */
class Tally {
  cached = 0
  savedUsd = 0

  constructor(found: readonly Found[]) {
    for (const one of found) this.add(one)
  }

  add({ cached, savedUsd }: Found): void {
    this.cached += cached
    this.savedUsd += savedUsd
  }
}

/** What a look at one batch finds. */
interface Found {
  readonly batch: PlanBatch
  /** Items with something to ask that are within the scope, in cell order. */
  readonly todo: Uint32Array
  /** Items that need no call. */
  readonly cached: number
  /** Items whose answers are awaited from batch jobs. */
  readonly waiting: number
  /** What the answers behind those had cost, where known. */
  readonly savedUsd: number
}

function look({ scope }: BuildOptions, work: Work, judge: Judge): Found[] {
  return work.plan.batches.map((batch) => {
    const todo: number[] = []
    let dirty = 0
    let waiting = 0
    const savedUsd = survey(work, judge, batch, (item, wanted) => {
      dirty++
      if (work.awaits(item, wanted)) waiting++
      else if (scope.item(item)) todo.push(item.index)
    })
    return { batch, todo: Uint32Array.from(todo), cached: batch.items - dirty, waiting, savedUsd }
  })
}

/** A batch waits until those it comes after are complete. */
function isReady(work: Work, { spec }: PlanBatch): boolean {
  return spec.after.every((name) => work.isSettled(name))
}

// Another build's answer takes about as long as ours: looking again at once would only keep the store busy.
const FIRST_LOOK_MS = 50
const LONGEST_WAIT_MS = 1_000

/**
 * Keeps every slot busy with the next dirty item until none is left or the build is stopping. Items whose answer another
 * build is waiting for are looked at again when all others are done.
 */
async function generate(options: BuildOptions, work: Work, judge: Judge, purchases: Purchases, items: Uint32Array): Promise<void> {
  const { halt, clock } = options
  let waitMs = FIRST_LOOK_MS
  for (let rest: ArrayLike<number> = items; ; ) {
    const held = await pass(options, work, judge, purchases, rest)
    if (held.length === 0 || halt.stopping) return
    waitMs = held.length < rest.length ? FIRST_LOOK_MS : Math.min(2 * waitMs, LONGEST_WAIT_MS)
    rest = held
    await clock.sleep(waitMs, halt.stopSignal)
  }
}

/** Tries each item once; returns those that another build holds. */
async function pass(options: BuildOptions, work: Work, judge: Judge, purchases: Purchases, items: ArrayLike<number>): Promise<number[]> {
  const { halt, sink, concurrency } = options
  const held: number[] = []
  let at = 0
  const next = () => (halt.stopping ? undefined : items[at++])
  await drain(Math.min(concurrency, items.length), next, async (index) => {
    const end = await advance(options.halt, work, judge, purchases, index).catch((error) => {
      halt.stop('fatal', 'an error in the config or in datagen')
      throw error
    })
    if (end === 'held') held.push(index)
    if (work.board.state[index] !== STATE.pending) sink.emit(cellEnd(work, index))
  })
  return held.sort((a, b) => a - b)
}

/** Climbs one item's ladder, buying each missing rung, until it has an example, is rejected, fails or must stop. */
async function advance(halt: Halt, work: Work, judge: Judge, purchases: Purchases, index: number): Promise<'held' | undefined> {
  const item = work.item(index)
  const requests = new Map<string, Asked>()
  const rung = work.rung(item, requests)
  const fresh = work.freshAnswers()
  let last: Wanted | undefined
  for (;;) {
    const resolution = last ? work.climb(rung, fresh) : work.climbFirst(item, rung)
    if (resolution.kind === 'example') {
      const mixed = purchases.doubts.aboutRow(resolution.used)
      return mixed ? void work.board.fail(index, STATE.failed, mixed) : void judge.row(item, resolution)
    }
    if (resolution.kind === 'rejected') return void work.board.fail(index, STATE.rejected, resolution)
    if (resolution.kind === 'distrusted') return void work.board.fail(index, STATE.failed, resolution)
    if (halt.paused) await halt.paused
    if (halt.stopping) return undefined
    if (last?.key === resolution.key) return void work.board.fail(index, STATE.failed, NOT_KEPT)
    // Every purchase brings the item on: otherwise a request that changes by itself would be bought for ever.
    if (last && !isBeyond(resolution, last)) throw new ChangingText(resolution.step.name)
    last = resolution
    const bought = await purchases.buy(item, resolution)
    // Made once more: a request that comes out differently is found out here.
    requests.delete(requestName(resolution))
    // Another build is at work on it: from now on only the store can tell.
    if (bought.kind === 'held' || bought.kind === 'found') work.absent[index] = 0
    if (bought.kind === 'stopped') return undefined
    if (bought.kind === 'waits') {
      work.waits[index] = 1
      if (bought.handed) work.board.bought[index] = 1
      return undefined
    }
    if (bought.kind === 'held') return 'held'
    if (bought.kind === 'failed') return void work.board.fail(index, STATE.failed, bought)
    if (bought.kind === 'kept') {
      work.board.bought[index] = 1
      if (bought.answer) fresh.add(resolution.key, bought.answer)
    }
  }
}

const NOT_KEPT = { code: 'not-kept', message: 'an answer was kept but cannot be read back' }

function isBeyond(now: Wanted, last: Wanted): boolean {
  if (now.returns !== last.returns) return now.returns > last.returns
  return now.at > last.at || (now.at === last.at && now.draw.attempt > last.draw.attempt)
}

function planned({ work, found }: Stage, { models, concurrency, budgetUsd }: BuildOptions) {
  const batches = work.dataset.batches.map(({ name, after }): PlannedBatch => {
    const rounds = found.filter(({ batch }) => batch.spec.name === name)
    const toCome = rounds.at(-1)?.batch.toCome?.atMost ?? 0
    const waiting = rounds.reduce((n, round) => n + round.waiting, 0)
    return {
      batch: name,
      items: rounds.reduce((n, { batch }) => n + batch.items, 0),
      cached: rounds.reduce((n, { cached }) => n + cached, 0),
      todo: rounds.reduce((n, { todo }) => n + todo.length, 0),
      after,
      ...(toCome > 0 ? { toCome } : {}),
      ...(waiting > 0 ? { waiting } : {}),
    }
  })
  return {
    type: 'planned',
    items: work.plan.items,
    batches,
    outputs: work.dataset.outputs.map((output) => output.path),
    models,
    concurrency,
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
  } as const
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

function finish(
  options: BuildOptions,
  work: Work,
  { tally, failed, controls }: { tally: Tally; failed: boolean; controls: number },
): Omit<BuildResult, 'files' | 'columns' | 'work'> {
  const { limits, clock, startedAt, sink, halt, scope } = options
  const { state, bought } = work.board
  const counts = work.board.counts(0, work.plan.items)
  // A judge whose controls are not asked about may be any judge.
  const asked = { pending: controls, short: controls, generated: 0, waiting: 0 }
  for (let index = 0; index < work.plan.items; index++) {
    if (state[index] === STATE.accepted) asked.generated += bought[index] as number
    else if (scope.item(work.item(index))) {
      // What a person does not want is not missing.
      if (work.board.problem(index)?.code !== REVIEW) asked.short++
      if (state[index] === STATE.pending) asked.pending++
      if (state[index] === STATE.pending && work.waits[index] === 1) asked.waiting++
    }
  }
  const { cached } = tally
  // What came out of jobs in this run was found in the store, and yet it was paid for now.
  const savedUsd = tally.savedUsd - (options.jobs?.came.usd ?? 0)
  const costs = limits.ledger.costs()
  const reports = judgeReports(work)
  const unplanned = work.plan.batches.some(({ toCome }) => toCome)
  const missing = options.frozen && asked.pending > 0 ? EXIT.pending : undefined
  const waiting = waitingFor(options, asked.waiting)
  // What is pending waits for a job, or stands behind what does: the next build goes on with it.
  const isWell = waiting ? counts.failed === 0 : asked.short === 0 && !unplanned
  const exitCode = halt.exitCode ?? missing ?? (isWell && !failed ? EXIT.ok : EXIT.incomplete)
  const collected = options.jobs?.came.answers ?? 0
  const end: RunEnd = {
    type: 'run-end',
    exitCode,
    ms: Math.round(clock.now() - startedAt),
    counts,
    cached,
    calls: limits.calls,
    generated: asked.generated,
    usage: limits.ledger.total(),
    ...(costs ? { costs } : {}),
    ...(savedUsd > 1e-9 ? { savedUsd } : {}),
    ...(collected > 0 ? { collected } : {}),
    ...(waiting ? { waiting } : {}),
    problems: work.board.problems(),
    ...(reports.length > 0 ? { judges: reports } : {}),
  }
  sink.emit(end)
  // A stamp would keep builds from collecting what open jobs still bring.
  const isAwaited = (options.jobs?.open().length ?? 0) > 0
  return {
    exitCode,
    end,
    spentUsd: limits.spentUsd,
    settled: counts.failed + counts.pending + controls === 0 && !unplanned && !isAwaited,
    pending: asked.pending,
  }
}

/** Undefined when no item of the build waits for a batch job. */
function waitingFor({ jobs }: BuildOptions, items: number): RunEnd['waiting'] {
  if (!jobs || items === 0) return undefined
  const open = jobs.open()
  const since = open.map(({ submitted, begun }) => submitted ?? begun).sort()[0] ?? ''
  return { items, jobs: open.length, requests: open.reduce((sum, { requests }) => sum + requests, 0), since }
}
