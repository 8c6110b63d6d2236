/**
 * One build: take the plan; for each batch in order ask the ladder which items are dirty; for each free slot
 * ask, keep, parse, check and record; judge the batch when it is complete; write what changed.
 */
import type { PlannedBatch, RunEnd, UsedModel } from '../events/event.ts'
import type { Item, PlanBatch } from '../plan/plan.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { STATE } from './board.ts'
import { isComplete, sidecarPath, type WriteOptions, writeOutput } from './outputs.ts'
import { drain } from './pool.ts'
import { type PurchaseContext, Purchases } from './purchase.ts'
import { survey } from './survey.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

export interface BuildOptions extends Omit<PurchaseContext, 'work'>, WriteOptions {
  readonly work: Work
  readonly models: readonly UsedModel[]
  readonly concurrency: number
  /** Only these cells are asked for; the others keep what they have. */
  readonly only?: (item: Item) => boolean
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
}

export async function build(options: BuildOptions): Promise<BuildResult> {
  const { work, sink, halt } = options
  const { plan } = work
  const judge = new Judge(work)
  const purchases = new Purchases(options)
  let savedUsd = 0
  const todo = plan.batches.map((batch) => {
    const dirty: number[] = []
    savedUsd += survey(work, judge, batch, (item) => {
      if (!options.only || options.only(item)) dirty.push(item.index)
    })
    return Uint32Array.from(dirty)
  })
  const toBuy = todo.reduce((n, items) => n + items.length, 0)
  sink.emit(planned(options, todo))
  warnOfEqualRequests(options)
  const mayBuy = toBuy > 0 && (await options.mayBuy())

  for (const [b, batch] of plan.batches.entries()) {
    const items = todo[b] as Uint32Array
    sink.emit({ type: 'batch-start', batch: batch.spec.name })
    if (mayBuy && isReady(work, batch)) await generate(options, judge, purchases, items)
    judge.barrier(batch)
    sink.emit({ type: 'batch-end', batch: batch.spec.name, counts: work.board.batchCounts(batch) })
  }
  const files = await writeOutputs(options)
  warnOfFindings(options, judge)
  warnOfDamage(options)
  return finish(options, purchases, { toBuy, savedUsd, files, halted: halt.exitCode })
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
    if (halt.paused) await halt.paused
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
  let last: string | undefined
  for (;;) {
    const resolution = work.resolve(item)
    if (resolution.kind === 'example') return judge.row(item, resolution.example)
    if (resolution.kind === 'rejected') return work.board.fail(index, STATE.rejected, resolution)
    if (halt.stopping) return
    // Never pay twice in one climb, whatever went wrong with what was kept.
    if (resolution.key === last)
      return work.board.fail(index, STATE.failed, { code: 'not-kept', message: 'an answer was kept but cannot be read back' })
    last = resolution.key
    const bought = await purchases.buy(item, resolution)
    if (bought.kind === 'stopped') return
    if (bought.kind === 'failed') return work.board.fail(index, STATE.failed, bought)
    work.board.bought[index] = 1
  }
}

function planned({ work, models, concurrency, budgetUsd }: BuildOptions, todo: readonly Uint32Array[]) {
  const batches: PlannedBatch[] = work.plan.batches.map((batch, i) => ({
    batch: batch.spec.name,
    items: batch.items,
    cached: batch.items - (todo[i] as Uint32Array).length,
    todo: (todo[i] as Uint32Array).length,
    after: batch.spec.after,
  }))
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

/** Two cells that ask the same thing get two answers; that is rarely what was meant. */
function warnOfEqualRequests({ work, sink }: BuildOptions): void {
  const { equal } = work.ordinals
  const first = equal[0]
  if (!first) return
  const cells = equal.reduce((n, group) => n + group.length, 0)
  sink.emit({
    type: 'notice',
    diagnostic: {
      code: 'plan/equal-requests',
      severity: 'warning',
      headline: `${cells} cells render the same request as another cell`,
      facts: [
        [
          'for example',
          first
            .slice(0, 2)
            .map((index) => work.label(work.item(index)))
            .join(' and '),
        ],
      ],
      hint: 'each gets an answer of its own; name the dimension that tells them apart in the prompt',
    },
  })
}

function warnOfFindings({ sink }: BuildOptions, judge: Judge): void {
  for (const [finding, count] of judge.warnings) {
    sink.emit({
      type: 'notice',
      diagnostic: { code: 'check/warning', severity: 'warning', headline: `${count} ${count === 1 ? 'row' : 'rows'}: ${finding}` },
    })
  }
}

async function writeOutputs(options: BuildOptions): Promise<string[]> {
  const files: string[] = []
  for (const output of options.work.dataset.outputs) {
    const complete = isComplete(options.work, output)
    for (const end of await writeOutput(options.work, output, options)) {
      options.sink.emit(end)
      if (complete) files.push(end.path, sidecarPath(end.path))
    }
  }
  return files
}

interface Outcome {
  readonly toBuy: number
  readonly savedUsd: number
  readonly files: readonly string[]
  readonly halted: ExitCode | undefined
}

function finish(options: BuildOptions, purchases: Purchases, { toBuy, savedUsd, files, halted }: Outcome): BuildResult {
  const { work, limits, clock, startedAt, sink } = options
  const counts = work.board.counts(0, work.plan.items)
  const generated = countWhere(work, (i) => work.board.bought[i] === 1 && work.board.state[i] === STATE.accepted)
  const settled = counts.failed + counts.pending === 0
  const exitCode = halted ?? (counts.rejected + counts.failed + counts.pending > 0 ? EXIT.incomplete : EXIT.ok)
  const end: RunEnd = {
    type: 'run-end',
    exitCode,
    ms: Math.round(clock.now() - startedAt),
    counts,
    cached: work.plan.items - toBuy,
    calls: limits.calls,
    generated,
    usage: purchases.usage(),
    ...(savedUsd > 0 ? { savedUsd } : {}),
    problems: work.board.problems(),
  }
  sink.emit(end)
  return { exitCode, end, files, settled }
}

function countWhere(work: Work, holds: (item: number) => boolean): number {
  let n = 0
  for (let i = 0; i < work.plan.items; i++) if (holds(i)) n++
  return n
}

/** Answers that rotted on disk count as missing; whoever paid for them should know. */
function warnOfDamage({ work, sink }: BuildOptions): void {
  const { damaged } = work.store
  const first = damaged[0]
  if (!first) return
  sink.emit({
    type: 'notice',
    diagnostic: {
      code: 'store/damaged',
      severity: 'warning',
      headline: `${damaged.length} kept ${damaged.length === 1 ? 'answer was' : 'answers were'} damaged on disk and set aside`,
      facts: [['first', `${first.key.slice(0, 12)}: ${first.why}`]],
      hint: 'they count as missing and are asked again; check the disk',
    },
  })
}
