/** A part of a build over one plan, and what it has to tell of it. */
import type { PlannedBatch } from '../events/event.ts'
import { type PlanBatch, roundsNamed } from '../plan/plan.ts'
import type { BuildOptions } from './build.ts'
import { survey } from './survey.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

/** A part of a build over one plan: until a batch that waits for others can be decided about. */
export interface Stage {
  readonly work: Work
  readonly judge: Judge
  readonly found: readonly Found[]
}

export function begin(options: BuildOptions, work: Work): Stage {
  const judge = new Judge(work)
  return { work, judge, found: look(options, work, judge) }
}

/** What a look at one batch finds. */
export interface Found {
  readonly batch: PlanBatch
  /** Items with something to ask that are within the scope, in cell order. */
  readonly todo: Uint32Array
  /** Items that need no call. */
  readonly cached: number
  /** Items within the scope whose answers are awaited from batch jobs. */
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
      const awaited = work.awaits(item, wanted)
      if (!scope.item(item)) return
      if (awaited) waiting++
      else todo.push(item.index)
    })
    // Those whose kept answers are not believed are no more cached than those that have none.
    const { failed } = work.board.batchCounts(batch)
    return { batch, todo: Uint32Array.from(todo), cached: batch.items - dirty - failed, waiting, savedUsd }
  })
}

/** Whether a round was there, with these items, in a stage. */
export function isIn(stage: Stage | undefined): (batch: PlanBatch) => boolean {
  return ({ spec, round, items }) => stage !== undefined && roundsNamed(stage.work.plan, spec.name)[round]?.items === items
}

/** Whether something of a round waited for a batch job in a stage. */
export function waited(stage: Stage | undefined, { spec, round }: PlanBatch): boolean {
  const old = stage && roundsNamed(stage.work.plan, spec.name)[round]
  return (old && stage?.work.waits.subarray(old.first, old.first + old.items).includes(1)) ?? false
}

export function expanded({ plan }: Work, { batch, cached, todo }: Found) {
  const { spec, items } = batch
  const toCome = roundsNamed(plan, spec.name).at(-1)?.toCome?.atMost ?? 0
  return { type: 'expanded', batch: spec.name, items, cached, todo: todo.length, toCome } as const
}

export function planned({ work, found }: Stage, { models, concurrency, budgetUsd }: BuildOptions) {
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
