/**
 * From a dataset to the work to be done: the plan, laid out anew each time a batch that waits for others can be decided about, with
 * what is known of each item carried along.
 */
import type { Dataset } from '../config/dataset.ts'
import { type Expansions, maySettleLater, NOTHING_EXPANDED } from '../plan/expansion.ts'
import type { Outline } from '../plan/outline.ts'
import { type Plan, planOf } from '../plan/plan.ts'
import { NO_REVIEWS, type Reviews } from '../review/reviews.ts'
import type { Store } from '../store/store.ts'
import { failingJudges } from './controls.ts'
import { Distrust } from './distrust.ts'
import { type Decided, type Decisions, decideNext } from './expand.ts'
import { HeldCells } from './held-cells.ts'
import { pinsOf } from './pins.ts'
import { columnsOf, type PlanColumns, recallFrom, recallNothing, rowsFrom } from './recall.ts'
import { rehearse } from './rehearse.ts'
import { surveyAll } from './survey.ts'
import type { Judge } from './verdict.ts'
import { Work } from './work.ts'

/** Where laying out begins. */
export interface Known {
  /** What the plan comes from; undefined when that cannot be told, and then nothing is remembered. */
  readonly outline: Outline | undefined
  /** What the last build knew. */
  readonly columns: PlanColumns | undefined
  /** What people said about rows. */
  readonly reviews?: Reviews
  /** Answers that this run took back before there was any work. */
  readonly distrusted?: Distrust
}

/** The whole plan as far as it is decided. Throws what is wrong with the config's texts. */
export function layOut(dataset: Dataset, store: Store, known: Known): Work {
  const held = new HeldCells(dataset, store)
  const plan = planOf(dataset, { selected: known.outline && rowsFrom(known.columns, known.outline), held: held.rows })
  rehearse(plan)
  return asFarAsDecided(workOn(plan, store, known, NOTHING_EXPANDED, held.decisions(plan), known.distrusted), known)
}

/**
 * The work as it goes on after a stage of a build: with what has been decided since. Undefined when that is nothing. What was
 * bought and what failed in this run stays known.
 */
export function layOutNext(work: Work, judge: Judge): Work | undefined {
  if (!work.dataset.batches.some(maySettleLater)) return undefined
  const next = decideNext(work)
  if (!next) return undefined
  const known = { outline: work.outline, columns: columnsOf(work, judge, work.recall.outputs), reviews: work.reviews }
  const laid = asFarAsDecided(workAfter(work, next, known), known)
  laid.carryOn(work)
  return laid
}

/** The same work looked at anew, with what has come into the store since. What was bought and what failed in this run stays known. */
export function lookAgain(work: Work, judge: Judge): Work {
  const { outline, plan, store, expansions, decisions, reviews, distrusted } = work
  const known = { outline, columns: columnsOf(work, judge, work.recall.outputs), reviews }
  const again = workOn(plan, store, known, expansions, decisions, distrusted)
  again.carryOn(work)
  return again
}

function asFarAsDecided(begun: Work, known: Known): Work {
  let work = begun
  if (!work.dataset.batches.some(maySettleLater)) return work
  for (;;) {
    const seen = work.again()
    surveyAll(seen)
    const next = decideNext(seen)
    if (!next) return work
    work = workAfter(work, next, known)
  }
}

/** What the config alone decides was decided when laying out began. */
function workAfter({ dataset, store, plan, decisions, distrusted }: Work, { expansions, decided }: Decided, known: Known): Work {
  return workOn(planOf(dataset, { selected: plan.own, expansions }), store, known, expansions, [...decisions, ...decided], distrusted)
}

function workOn(
  plan: Plan,
  store: Store,
  known: Known,
  expansions: Expansions,
  decisions: Decisions,
  distrusted: Distrust = new Distrust(),
): Work {
  const { outline, columns, reviews = NO_REVIEWS } = known
  const pins = pinsOf(plan, reviews)
  const failing = failingJudges({ dataset: plan.dataset, plan, store })
  // Rows were judged by what was known of the judges then.
  const isSame =
    columns && failing.size === (columns.head.failing?.length ?? 0) && columns.head.failing?.every((id) => failing.has(id)) !== false
  const recall = outline && columns && isSame && recallFrom(plan, outline, store, columns, reviews, pins)
  // What was measured of rows holds for those rows, whatever else is known of the plan.
  const nothing = () => ({ ...recallNothing(plan, store), measured: columns?.head.measured ?? [] })
  return new Work(plan, store, recall || nothing(), outline, { expansions, decisions, reviews, pins, distrusted, failing })
}
