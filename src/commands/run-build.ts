/** One build with everything around it: locks, store, providers, screen, run log, columns, stamp. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Loaded } from '../config/dataset.ts'
import { EVENT_SCHEMA, type RunEnd } from '../events/event.ts'
import { fanOut, type Sink } from '../events/sink.ts'
import { createReporter } from '../report/reporter.ts'
import { type RowsByModel, rowsByModel } from '../schedule/answerers.ts'
import { type BuildOptions, type BuildResult, build } from '../schedule/build.ts'
import { Canary } from '../schedule/canary.ts'
import { Distrust } from '../schedule/distrust.ts'
import { Doubts } from '../schedule/doubts.ts'
import type { Halt } from '../schedule/halt.ts'
import type { JobContext } from '../schedule/jobs/context.ts'
import { JobDesk } from '../schedule/jobs/desk.ts'
import { Limits } from '../schedule/limits.ts'
import { simulatedSteps } from '../schedule/outputs.ts'
import { asIfRedone, type Redraw } from '../schedule/redone-draws.ts'
import { AnswerGone } from '../schedule/rows.ts'
import type { Scope } from '../schedule/scope.ts'
import { surveyAll } from '../schedule/survey.ts'
import type { Work } from '../schedule/work.ts'
import { forgetColumns, writeColumns } from '../store/columns.ts'
import { FailedAnswers } from '../store/failed-answers.ts'
import { openRequestFile, removeRequestFiles } from '../store/job-file.ts'
import { lockOutputs, shareFolder } from '../store/lock.ts'
import { STORE_FILE } from '../store/open.ts'
import { openRunLog } from '../store/run-log.ts'
import { openStore, openStoreIfExists } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'
import { keepYoungSpaceBounded } from '../util/young-space.ts'
import { disk } from '../write/files.ts'
import { keepsakesIn } from '../write/keepsakes.ts'
import { cleanTemps } from '../write/temps.ts'
import { knownCapabilities, noteCapabilities } from './capabilities.ts'
import { asConfigError } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { JobServices } from './job-services.ts'
import { LockKeeper, lockPath, readLock } from './lock-file.ts'
import { scopeOf } from './narrow.ts'
import { roomFor } from './open-calls.ts'
import { demandPrices, downloading, fewerCalls, lockedBy, noticeUnbounded, reportOrphans, reportRescued } from './run-notices.ts'
import { askedModels, choiceOf, columnsPath, datagenDir, keepsakesPath, pricesOf, usedModels, workOf } from './session.ts'
import { Shop } from './shop.ts'
import { stamp } from './stamp.ts'

export interface RunOptions {
  readonly halt: Halt
  readonly command: 'build' | 'watch' | 'redo'
  /** The build covers the whole config: it may leave a stamp. */
  readonly whole: boolean
  /** Asked before anything is bought; left out, yes. */
  readonly mayBuy?: (work: Work, scope: Scope) => Promise<boolean>
  /** Names of outputs and batches; left out, all. */
  readonly targets?: readonly string[]
  /** False: nothing is handed over in batch jobs; what has ended is collected. Left out, true. */
  readonly ordersJobs?: boolean
  /** Hears everything that happens, beside the screen. */
  readonly hears?: Sink
  /** Draws whose answers shall count no more: asked for anew as soon as anything may be asked. */
  readonly again?: (work: Work, scope: Scope) => readonly Redraw[]
}

// Collecting garbage takes seconds; a build that waits for it is worth more than one that gives up.
const SHARE_WAIT_MS = 10_000

export async function runBuild(environment: Environment, loaded: Loaded, flags: Flags, options: RunOptions): Promise<BuildResult> {
  const { clock } = environment
  keepYoungSpaceBounded()
  const dir = datagenDir(loaded.root)
  // Whatever the config's texts do wrong must show before the first file exists.
  if (!existsSync(join(dir, STORE_FILE))) workOf(loaded, openStoreIfExists(dir))
  const prices = await pricesOf(askedModels(loaded), clock.date())
  if (flags.budget !== undefined) demandPrices(prices)
  const share = await shareFolder(dir, clock, SHARE_WAIT_MS)
  if ('heldBy' in share) throw lockedBy(dir, share.heldBy)
  const desk = new Desk(dir, environment)
  const run = `${clock.date().toISOString().replace(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`
  let store: Store | undefined
  try {
    store = openStore(dir, { clock })
    const result = await withStore({ environment, loaded, flags, options, store, prices, desk, run })
    if (result.columns) keepColumns(loaded, result)
    await store.close()
    store = undefined
    if (options.whole && result.settled && !options.again) stamp(loaded, result)
    return result
  } catch (error) {
    throw asConfigError(loaded, error)
  } finally {
    await store?.close()
    desk.leave()
    share.release()
  }
}

/** Where one build at a time writes what stands beside the store. */
class Desk {
  readonly #dir: string
  readonly #environment: Environment
  #release: (() => void) | undefined

  constructor(dir: string, environment: Environment) {
    this.#dir = dir
    this.#environment = environment
  }

  async take(): Promise<void> {
    this.#release ??= await lockOutputs(this.#dir, this.#environment.clock)
  }

  leave(): void {
    this.#release?.()
    this.#release = undefined
  }
}

interface Run {
  readonly environment: Environment
  readonly loaded: Loaded
  readonly flags: Flags
  readonly options: RunOptions
  readonly store: Store
  readonly prices: Awaited<ReturnType<typeof pricesOf>>
  readonly desk: Desk
  readonly run: string
  readonly jobs?: JobDesk
}

async function withStore(from: Run): Promise<BuildResult> {
  const { environment, loaded, flags, options, store, run } = from
  const { clock } = environment
  const { halt } = options
  const { dataset, root } = loaded
  const lockKeeper = new LockKeeper(loaded, flags.frozen === true)
  const startedAt = clock.now()
  const log = openRunLog(datagenDir(root), run)
  const choice = choiceOf(environment, flags)
  const reporter = createReporter(choice, {
    stderr: environment.stderr,
    stdout: environment.stdout,
    stdin: environment.stdin,
    clock,
    root,
    env: environment.env as { NODE_ENV?: string | undefined },
    keys: {
      stop: () => halt.stop('interrupt', 'stopped: finishing what is in flight'),
      pause: (on) => halt.pause(on),
      interrupt: () => process.emit('SIGINT'),
    },
  })
  // Whatever ends the process, the terminal is given back.
  const restore = () => reporter.restore()
  process.once('exit', restore)
  const sink = lockKeeper.watch(fanOut(log, reporter, ...(options.hears ? [options.hears] : [])))
  halt.report(sink)
  try {
    sink.emit({
      type: 'run-start',
      schema: EVENT_SCHEMA,
      run,
      time: clock.date().toISOString(),
      command: options.command,
      dataset: dataset.name,
    })
    await reportOrphans(store, sink)
    reportRescued(store, sink)
    const limits = new Limits({
      ...(flags.maxCalls === undefined ? {} : { maxCalls: flags.maxCalls }),
      ...(flags.budget === undefined ? {} : { budgetUsd: flags.budget }),
    })
    await using services = new JobServices(environment, root)
    const distrusted = new Distrust()
    const doubts = new Doubts({
      dataset,
      store,
      distrusted,
      rows: () => rowsAsTheyAre(loaded, store),
      locked: () => modelsIn(loaded),
    })
    const canary = new Canary({
      sink,
      halt,
      clock,
      locate: dataset.locate,
      known: knownCapabilities(loaded),
      note: noteCapabilities(loaded, clock, 'build'),
    })
    const jobs = deskOf(from, { sink, limits, services, doubts, canary })
    await jobs?.attend()
    removeRequestFiles(datagenDir(root), (id) => store.jobs.all().some((job) => job.id === id && job.state !== 'ended'))
    const work = workOf(loaded, store, distrusted)
    cleanTemps([...dataset.outputs.map((output) => output.path), lockPath(loaded)])
    const built = await twice({ ...from, ...(jobs ? { jobs } : {}) }, work, (attempt, planned) =>
      buildOnce(attempt, planned, { sink, limits, doubts, canary, startedAt }),
    ).catch((error) => {
      // Who reads events learns how it ended; people read the error itself.
      const end = brokenOff(error, work, limits, Math.round(clock.now() - startedAt))
      log.emit(end)
      if (choice.reporter === 'json') reporter.emit(end)
      throw error
    })
    return lockKeeper.seal(built.work, built.result)
  } finally {
    await reporter.close()
    process.off('exit', restore)
    await log.close()
  }
}

/** Undefined where there is nothing to collect and nothing to hand over, or the network is not to be touched. */
function deskOf(
  { environment, loaded, flags, options, store, run }: Run,
  { services, ...context }: Pick<JobContext, 'sink' | 'limits' | 'doubts' | 'canary'> & { readonly services: JobServices },
): JobDesk | undefined {
  const isAsked = askedModels(loaded).some(({ jobs }) => jobs)
  const isOpen = store.jobs.all().some(({ state }) => state !== 'ended')
  if (flags.frozen || (!isAsked && !isOpen)) return undefined
  const dir = datagenDir(loaded.root)
  const { clock, random } = environment
  return new JobDesk({
    ...context,
    dataset: loaded.dataset,
    store,
    clock,
    random,
    run,
    halt: options.halt,
    services: services.at,
    requestFile: (id) => openRequestFile(dir, id),
    wait: flags.wait === true,
    mayOrder: options.ordersJobs ?? true,
  })
}

interface Attempted {
  readonly work: Work
  readonly result: BuildResult
}

/** What was remembered may speak of answers that have rotted since: then everything is looked at, once. What was asked again stays asked. */
async function twice(run: Run, work: Work, attempt: (run: Run, work: Work) => Promise<Attempted>): Promise<Attempted> {
  try {
    return await attempt(run, work)
  } catch (error) {
    if (!(error instanceof AnswerGone)) throw error
    forgetColumns(columnsPath(run.loaded))
    const { again: _, ...options } = run.options
    return attempt({ ...run, options }, work.anew())
  }
}

async function buildOnce(
  { environment, loaded, flags, options, store, prices, desk, run, jobs }: Run,
  planned: Work,
  { sink, limits, doubts, canary, startedAt }: Pick<BuildOptions, 'sink' | 'limits' | 'startedAt'> & Pick<JobContext, 'doubts' | 'canary'>,
): Promise<Attempted> {
  const { clock, random, env } = environment
  const { dataset, root } = loaded
  const scope = scopeOf(planned.plan, options.targets ?? [], flags.only)
  const redraws = options.again?.(planned, scope) ?? []
  const wanted = flags.concurrency ?? dataset.concurrency
  const concurrency = Math.min(wanted, roomFor(loaded))
  const mayBuy = async () => !flags.frozen && (await (options.mayBuy?.(asIfRedone(planned, redraws), scope) ?? true))
  await using shop = new Shop(environment, loaded, {
    prices,
    concurrency,
    mayBuy,
    onDownload: (file, bytes) => sink.emit({ type: 'notice', diagnostic: downloading(file, bytes) }),
  })
  let work = planned
  // Only when they can be asked: an epoch that is raised makes the answers before it count no more.
  if (redraws.length > 0 && (await shop.open())) {
    await Promise.all(redraws.map(({ request, ordinal }) => store.raiseEpoch(request, ordinal)))
    work = planned.anew()
  }
  const failedAnswers = new FailedAnswers(datagenDir(root), run)
  const result = await build({
    work,
    sink,
    halt: options.halt,
    clock,
    random,
    run,
    root,
    files: disk,
    keepsakes: keepsakesIn(keepsakesPath(loaded)),
    environment: env,
    startedAt,
    concurrency,
    models: usedModels(loaded, prices),
    mayBuy: async () => {
      const agreed = await shop.open()
      if (agreed && concurrency < wanted) sink.emit({ type: 'notice', diagnostic: fewerCalls(wanted, concurrency) })
      if (agreed && flags.budget !== undefined) noticeUnbounded(prices, sink)
      return agreed
    },
    beforeWriting: () => desk.take(),
    sellers: (step) => shop.seller(step),
    known: knownCapabilities(loaded),
    limits,
    frozen: flags.frozen === true,
    partial: flags.partial === true,
    simulated: simulatedSteps(dataset),
    keepSpecimen: (kind, bytes) => failedAnswers.keep(kind, bytes),
    doubts,
    canary,
    scope,
    ...(jobs ? { jobs } : {}),
    ...(flags.budget === undefined ? {} : { budgetUsd: flags.budget }),
  })
  return { work: result.work, result }
}

/** Rows by the model that answered, before anything is built. */
function rowsAsTheyAre(loaded: Loaded, store: Store): RowsByModel {
  const work = workOf(loaded, store)
  surveyAll(work)
  return rowsByModel(work)
}

/** Rows by the model that answered, as the lock tells. */
function modelsIn(loaded: Loaded): Map<string, number> {
  const read = readLock(lockPath(loaded))
  const rows = new Map<string, number>()
  for (const { models } of read?.kind === 'lock' ? read.lock.batches.values() : [])
    for (const [name, count] of models) rows.set(name, (rows.get(name) ?? 0) + count)
  return rows
}

/** Failing to leave them costs time, not money: it is not an error of the build. */
function keepColumns(loaded: Loaded, { columns }: BuildResult): void {
  try {
    if (columns) writeColumns(columnsPath(loaded), columns)
  } catch {
    // A full disk, most likely: what is there is older than the store, and says so.
  }
}

/** The last event of a run that an error ended. */
function brokenOff(error: unknown, work: Work, limits: Limits, ms: number): RunEnd {
  const costs = limits.ledger.costs()
  return {
    type: 'run-end',
    exitCode: error instanceof DatagenError ? error.exitCode : EXIT.usage,
    ms,
    counts: work.board.counts(0, work.plan.items),
    cached: 0,
    calls: limits.calls,
    generated: 0,
    usage: limits.ledger.total(),
    ...(costs ? { costs } : {}),
    problems: work.board.problems(),
  }
}
