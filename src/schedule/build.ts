/**
 * One build: take the plan; for each batch in order ask the ladder which items are dirty; for each free slot
 * ask, keep, parse, check and record; judge the batch when it is complete; write what changed.
 */
import type { PlannedBatch, RunEnd, UsedModel } from '../events/event.ts'
import { itemsOf, type PlanBatch } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { STATE } from './board.ts'
import { damage, equalRequests, findings } from './notices.ts'
import { isComplete, sidecarPath, type WriteOptions, writeOutput } from './outputs.ts'
import { drain } from './pool.ts'
import { type PurchaseContext, Purchases } from './purchase.ts'
import { Changing } from './rehearse.ts'
import type { Scope } from './scope.ts'
import { survey } from './survey.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

export interface BuildOptions extends Omit<PurchaseContext, 'work'>, WriteOptions {
  readonly work: Work
  readonly models: readonly UsedModel[]
  readonly concurrency: number
  readonly scope: Scope
  /** What is missing is an error of its own (exit 10) instead of something left to do. */
  readonly frozen?: boolean
  readonly budgetUsd?: number
  /** Asked once, and only when something needs a call: false builds only what is free. */
  readonly mayBuy: () => Promise<boolean>
  /** Milliseconds on the clock at which the run began. */
  readonly startedAt: number
}

export interface BuildResult {
  readonly exitCode: ExitCode
  readonly end: RunEnd
  /** Every file that belongs to a complete output, sidecars included. */
  readonly files: readonly string[]
  /** Nothing failed, nothing is pending: the next build may trust a stamp. */
  readonly settled: boolean
  /** Items within the scope that still have something to ask. */
  readonly pending: number
}

export async function build(options: BuildOptions): Promise<BuildResult> {
  const { work, sink } = options
  const { plan } = work
  const judge = new Judge(work)
  const purchases = new Purchases(options)
  const found = look(options, judge)
  sink.emit(planned(options, found))
  const warning = equalRequests(work)
  if (warning) sink.emit({ type: 'notice', diagnostic: warning })
  const mayBuy = found.some(({ todo }) => todo.length > 0) && (await options.mayBuy())

  for (const [b, batch] of plan.batches.entries()) {
    const items = (found[b] as Found).todo
    sink.emit({ type: 'batch-start', batch: batch.spec.name })
    if (mayBuy && isReady(work, batch)) await generate(options, judge, purchases, items)
    judge.barrier(batch)
    sink.emit({ type: 'batch-end', batch: batch.spec.name, counts: work.board.batchCounts(batch) })
  }
  const files = await writeOutputs(options)
  for (const diagnostic of [...findings(judge), ...damage(work)]) sink.emit({ type: 'notice', diagnostic })
  return finish(options, purchases, found, files)
}

/** What a look at one batch finds. */
interface Found {
  /** Items with something to ask that are within the scope, in cell order. */
  readonly todo: Uint32Array
  /** Items that need no call. */
  readonly cached: number
  /** What the answers behind those had cost, where known. */
  readonly savedUsd: number
}

function look({ work, scope }: BuildOptions, judge: Judge): Found[] {
  return work.plan.batches.map((batch) => {
    const todo: number[] = []
    let dirty = 0
    const savedUsd = survey(work, judge, batch, (item) => {
      dirty++
      if (scope.item(item)) todo.push(item.index)
    })
    return { todo: Uint32Array.from(todo), cached: batch.items - dirty, savedUsd }
  })
}

/** A batch waits until those it comes after are complete. */
function isReady({ plan, board }: Work, batch: PlanBatch): boolean {
  return plan.batches.every((earlier) => {
    if (!batch.spec.after.includes(earlier.spec.name)) return true
    const { failed, pending } = board.batchCounts(earlier)
    return failed + pending === 0
  })
}

/** Keeps every slot busy with the next dirty item until none is left or the build is stopping. */
async function generate(options: BuildOptions, judge: Judge, purchases: Purchases, items: Uint32Array): Promise<void> {
  const { work, halt, sink, concurrency } = options
  let at = 0
  const next = () => (halt.stopping ? undefined : items[at++])
  await drain(Math.min(concurrency, items.length), next, async (index) => {
    const item = work.item(index)
    await advance(options, judge, purchases, index).catch((error) => {
      halt.stop('fatal', 'an error in the config or in datagen')
      throw error
    })
    const state = work.board.state[index]
    if (state === STATE.pending) return
    const cached = work.board.bought[index] === 0
    const common = { type: 'cell-end', batch: item.batch.spec.name, cell: work.label(item), cached } as const
    if (state === STATE.ready) sink.emit({ ...common, state: 'accepted' })
    else sink.emit({ ...common, state: state === STATE.rejected ? 'rejected' : 'failed', ...work.board.problem(index) })
  })
}

/** Climbs one item's ladder, buying each missing rung, until it has an example, is rejected, fails or must stop. */
async function advance({ work, halt }: BuildOptions, judge: Judge, purchases: Purchases, index: number): Promise<void> {
  const item = work.item(index)
  let last: Wanted | undefined
  for (;;) {
    const resolution = work.resolve(item)
    if (resolution.kind === 'example') return judge.row(item, resolution.example, resolution.used)
    if (resolution.kind === 'rejected') return work.board.fail(index, STATE.rejected, resolution)
    if (halt.paused) await halt.paused
    if (halt.stopping) return
    if (last?.key === resolution.key) return work.board.fail(index, STATE.failed, NOT_KEPT)
    // Every purchase brings the item on: otherwise a request that changes by itself would be bought for ever.
    if (last && !isBeyond(resolution, last)) throw new Changing(resolution.step.name)
    last = resolution
    const bought = await purchases.buy(item, resolution)
    if (bought.kind === 'stopped') return
    if (bought.kind === 'failed') return work.board.fail(index, STATE.failed, bought)
    work.board.bought[index] = 1
  }
}

const NOT_KEPT = { code: 'not-kept', message: 'an answer was kept but cannot be read back' }

function isBeyond(now: Wanted, last: Wanted): boolean {
  return now.at > last.at || (now.at === last.at && now.draw.attempt > last.draw.attempt)
}

function planned({ work, models, concurrency, budgetUsd }: BuildOptions, found: readonly Found[]) {
  const batches: PlannedBatch[] = work.plan.batches.map(({ spec, items }, i) => {
    const { cached, todo } = found[i] as Found
    return { batch: spec.name, items, cached, todo: todo.length, after: spec.after }
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

async function writeOutputs(options: BuildOptions): Promise<string[]> {
  const files: string[] = []
  for (const output of options.work.dataset.outputs) {
    if (!options.scope.output(output.name)) continue
    const complete = isComplete(options.work, output)
    for (const end of await writeOutput(options.work, output, options)) {
      options.sink.emit(end)
      if (complete) files.push(end.path, sidecarPath(end.path))
    }
  }
  return files
}

function finish(options: BuildOptions, purchases: Purchases, found: readonly Found[], files: readonly string[]): BuildResult {
  const { work, limits, clock, startedAt, sink, halt, scope } = options
  const { state, bought } = work.board
  const counts = work.board.counts(0, work.plan.items)
  const asked = { pending: 0, short: 0, generated: 0 }
  for (const batch of work.plan.batches) {
    for (const item of itemsOf(batch)) {
      if (state[item.index] === STATE.accepted) asked.generated += bought[item.index] as number
      else if (scope.item(item)) {
        asked.short++
        if (state[item.index] === STATE.pending) asked.pending++
      }
    }
  }
  const savedUsd = found.reduce((sum, batch) => sum + batch.savedUsd, 0)
  const missing = options.frozen && asked.pending > 0 ? EXIT.pending : undefined
  const exitCode = halt.exitCode ?? missing ?? (asked.short > 0 ? EXIT.incomplete : EXIT.ok)
  const end: RunEnd = {
    type: 'run-end',
    exitCode,
    ms: Math.round(clock.now() - startedAt),
    counts,
    cached: found.reduce((sum, batch) => sum + batch.cached, 0),
    calls: limits.calls,
    generated: asked.generated,
    usage: purchases.usage(),
    ...(savedUsd > 0 ? { savedUsd } : {}),
    problems: work.board.problems(),
  }
  sink.emit(end)
  return { exitCode, end, files, settled: counts.failed + counts.pending === 0, pending: asked.pending }
}
