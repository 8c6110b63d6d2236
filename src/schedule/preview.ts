/** What a build would do, counted and priced, without a call: the survey with its reasons written down. */
import type { AskSpec, ModelSpec } from '../config/dataset.ts'
import { wireUse } from '../generate/capability/use.ts'
import type { KnownPrice } from '../generate/price.ts'
import { type Count, estimateTokens } from '../generate/tokens.ts'
import { cellName } from '../plan/cells.ts'
import { stepSample } from '../plan/draws.ts'
import { type FollowUp, mayVary } from '../plan/follow-ups.ts'
import { type Item, itemsOf, type PlanBatch, roundsNamed } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { ALONE_FROM_CALLS, goesAhead } from './canary.ts'
import type { KnownOf } from './capabilities.ts'
import { type Basis, plus, type Range, StepTally } from './estimate.ts'
import { closedBefore } from './gates.ts'
import { previewControls } from './preview-controls.ts'
import { reasonFor, reasonText } from './reasons.ts'
import type { Scope } from './scope.ts'
import { survey } from './survey.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

export interface Preview {
  readonly batches: readonly BatchPreview[]
  /** Items with something to ask. */
  readonly items: number
  /** Questions about controls of judges, at most: they belong to no item. */
  readonly controls: number
  /** So many further items at most, once it is known what earlier batches come out as; their calls are among the follow-ups. */
  readonly toCome: number
  readonly calls: readonly CallPreview[]
  /** Undefined when a price is unknown. */
  readonly usd?: number
  readonly usdRange?: Pick<Range, 'low' | 'high'>
  /** What the estimate rests on, by step in the order of the recipe; of steps with something to ask. */
  readonly basis: readonly Basis[]
}

export interface BatchPreview {
  readonly batch: string
  readonly items: number
  readonly unchanged: number
  readonly rejectedBefore: number
  readonly fresh: number
  readonly changed: number
  /** Items whose next answer is awaited from a batch job: nothing is asked for them now. */
  readonly waiting: number
  /** Items that nothing is asked for while a gate before them is closed. */
  readonly gated: number
  readonly reasons: readonly { readonly reason: string; readonly count: number }[]
  /** What is not decided yet. */
  readonly toCome?: PlanBatch['toCome']
}

/** Calls to one model. */
export interface CallPreview {
  readonly model: ModelSpec
  /** Requests that are known now. */
  readonly calls: number
  /** Requests that depend on answers still to come: at most this many, for equal ones share a call. */
  readonly followUps: number
  /** Of both, those that are asked one by one; of a model with batch jobs not many. */
  readonly online: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd?: number
  readonly usdRange?: Pick<Range, 'low' | 'high'>
}

// A reason costs a look-up and a diff; beyond this many the groups are known well enough.
const MOST_REASONS = 20_000
// Items in which the same guides were edited are asked for the same reason; so many are compared to be sure of the words.
const COMPARED_EDITS = 20

/** Moves the work's board as a build's survey would; judge each batch at its barrier to see duplicates. */
export function preview(
  work: Work,
  prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>,
  scope: Scope,
  countTokens: Count = estimateTokens,
  known: KnownOf = () => undefined,
): Preview {
  const judge = new Judge(work)
  const asks = work.dataset.recipe.steps.filter((step): step is AskSpec => step.kind === 'ask')
  const tallies = new Map(asks.map((step) => [step, new StepTally(step, work.store, countTokens)]))
  let reasonsLeft = work.blank ? 0 : MOST_REASONS
  const edits = new Map<number, { readonly compared: number; readonly texts: Set<string> }>()
  // Items that share a request share its call.
  const counted = new Set<string>()

  const tally = (step: AskSpec) => tallies.get(step) as StepTally
  const varies = mayVary(work.dataset.recipe)
  const following = (item: Item, wanted: Wanted): readonly FollowUp[] => {
    if (!varies) return asks.filter((step) => work.dataset.recipe.steps.indexOf(step) > wanted.at).map((step) => ({ step }))
    return work.followUps(item, wanted)
  }
  // Looked at only where something behind it is wanted, as a build does.
  const closed = once((batch: string) => closedBefore(work, batch))
  const onWanted: OnWanted = (item, wanted, reasons) => {
    const awaited = work.awaits(item, wanted)
    const gate = awaited ? undefined : closed(item.batch.spec.name)
    if (gate !== undefined) {
      const text = `the gate behind batch "${gate}" is closed`
      reasons.set(text, (reasons.get(text) ?? 0) + 1)
      return 'gated'
    }
    if (!awaited && !counted.has(wanted.key) && wanted.step.kind === 'ask') tally(wanted.step).add(wanted)
    counted.add(wanted.key)
    for (const { step, key } of following(item, wanted)) {
      if (key !== undefined && counted.has(key)) continue
      if (key !== undefined) counted.add(key)
      tally(step).following++
    }
    if (awaited) return 'waiting'
    const edited = wanted.isFirst && wanted.afterRejection === undefined ? work.recall.edit(item.index) : 0
    // Of items with equal edits some may have a shared answer to ask for first.
    const edit = edited * work.dataset.recipe.steps.length + (edited === 0 ? 0 : wanted.at)
    const known = edits.get(edit)
    if (known && known.compared >= COMPARED_EDITS && known.texts.size === 1) {
      const [text] = known.texts as Set<string>
      reasons.set(text as string, (reasons.get(text as string) ?? 0) + 1)
      return 'changed'
    }
    if (reasonsLeft-- <= 0) return withoutDetail(work, item, wanted, reasons)
    const reason = reasonFor(work.dataset, item, wanted, work.store)
    const text = reasonText(reason, wanted.step.name)
    reasons.set(text, (reasons.get(text) ?? 0) + 1)
    if (edit > 0) edits.set(edit, { compared: (known?.compared ?? 0) + 1, texts: (known?.texts ?? new Set()).add(text) })
    // An item whose first step is kept is not new, whatever its second step's history says.
    return (reason.kind === 'new' || reason.kind === 'new-sample') && wanted.isFirst ? 'fresh' : 'changed'
  }

  const batches = work.dataset.batches.flatMap(({ name }) => {
    const rounds = roundsNamed(work.plan, name)
    const seen = rounds.map((round) => previewBatch(work, judge, round, scope, onWanted))
    // A batch none of whose items is asked for is looked at, for duplicates, but is no part of the answer.
    return rounds.some((round) => isAnyIn(round, scope)) ? [withGate(added(seen), closed)] : []
  })
  for (const { toCome } of batches) if (toCome) for (const step of asks) tally(step).possible += toCome.atMost
  const items = batches.reduce((n, { fresh, changed }) => n + fresh + changed, 0)
  const controls = previewControls(work, scope, items > 0)
  for (const { step, known: wanteds, open } of controls) {
    for (const wanted of wanteds) tally(step).add(wanted)
    tally(step).following += open
    // What follows depends on them, so they do not wait for a day.
    tally(step).askOnline(wanteds.length + open)
  }
  for (const step of goingAhead(asks, tally, items, known)) tally(step).askOnline(1)
  const asked = asks.filter((step) => tally(step).calls > 0)
  const estimates = new Map(asked.map((step) => [step, tally(step).estimate(prices.get(step.model))]))
  const calls = [...new Set(asked.map(({ model }) => model))].map((model): CallPreview => {
    const steps = asked.filter((step) => step.model === model)
    const sum = (of: (step: AskSpec) => Range | undefined) => steps.map(of).reduce((a, b) => (a && b ? plus(a, b) : undefined), NO_RANGE)
    const usd = sum((step) => estimates.get(step)?.usd)
    return {
      model,
      calls: steps.reduce((n, step) => n + tally(step).known, 0),
      followUps: steps.reduce((n, step) => n + tally(step).following + tally(step).possible, 0),
      online: steps.reduce((n, step) => n + tally(step).online, 0),
      inputTokens: Math.round(sum((step) => estimates.get(step)?.input)?.likely ?? 0),
      outputTokens: Math.round(sum((step) => estimates.get(step)?.output)?.likely ?? 0),
      ...(usd ? money(usd) : {}),
    }
  })
  const total = asked.map((step) => estimates.get(step)?.usd).reduce((a, b) => (a && b ? plus(a, b) : undefined), NO_RANGE)
  return {
    batches,
    items,
    controls: controls.reduce((n, { known, open }) => n + known.length + open, 0),
    toCome: batches.reduce((n, { toCome }) => n + (toCome?.atMost ?? 0), 0),
    calls,
    ...(total ? money(total) : {}),
    basis: [...estimates.values()].map(({ basis }) => basis),
  }
}

/** Steps whose first request is asked online, to see that the others may be handed over; one that asks in the same way may have shown it. */
function goingAhead(asks: readonly AskSpec[], tally: (step: AskSpec) => StepTally, items: number, known: KnownOf): AskSpec[] {
  const uses = new Map<string, AskSpec[]>()
  for (const step of asks) {
    const { id } = wireUse(step)
    uses.set(id, [...(uses.get(id) ?? []), step])
  }
  return [...uses.values()].flatMap((steps) => {
    const [first] = steps.filter((step) => tally(step).calls > 0)
    if (!first || steps.some((step) => tally(step).online > 0)) return []
    return items * steps.length >= ALONE_FROM_CALLS && goesAhead(wireUse(first), known) ? [first] : []
  })
}

const NO_RANGE: Range | undefined = { low: 0, likely: 0, high: 0 }

function money({ low, likely, high }: Range): Pick<Preview, 'usd' | 'usdRange'> {
  return { usd: likely, usdRange: { low, high } }
}

/** Behind a closed gate nothing comes. */
function withGate({ toCome, ...batch }: BatchPreview, closed: (batch: string) => string | undefined): BatchPreview {
  return toCome && closed(batch.batch) === undefined ? { ...batch, toCome } : batch
}

function once<Value>(of: (name: string) => Value): (name: string) => Value {
  const known = new Map<string, { readonly value: Value }>()
  return (name) => {
    const seen = known.get(name) ?? { value: of(name) }
    known.set(name, seen)
    return seen.value
  }
}

/** The rounds of one batch as one. */
function added(rounds: readonly BatchPreview[]): BatchPreview {
  const [first] = rounds as [BatchPreview]
  if (rounds.length === 1) return first
  const sum = (of: (round: BatchPreview) => number) => rounds.reduce((n, round) => n + of(round), 0)
  const reasons = new Map<string, number>()
  for (const { reason, count } of rounds.flatMap((round) => round.reasons)) reasons.set(reason, (reasons.get(reason) ?? 0) + count)
  const { toCome } = rounds.at(-1) as BatchPreview
  return {
    batch: first.batch,
    items: sum(({ items }) => items),
    unchanged: sum(({ unchanged }) => unchanged),
    rejectedBefore: sum(({ rejectedBefore }) => rejectedBefore),
    fresh: sum(({ fresh }) => fresh),
    changed: sum(({ changed }) => changed),
    waiting: sum(({ waiting }) => waiting),
    gated: sum(({ gated }) => gated),
    reasons: [...reasons].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    ...(toCome ? { toCome } : {}),
  }
}

/** New or changed, without saying in which field. */
function withoutDetail(work: Work, item: Item, wanted: Wanted, reasons: Map<string, number>): 'fresh' | 'changed' {
  const last = work.store.lastRequest(cellName(work.plan.dimensions, item.row), stepSample(wanted.step, item.sample), wanted.step.name)
  const text = last ? 'changed; not compared one by one' : 'new'
  reasons.set(text, (reasons.get(text) ?? 0) + 1)
  return last || !wanted.isFirst ? 'changed' : 'fresh'
}

type OnWanted = (item: Item, wanted: Wanted, reasons: Map<string, number>) => 'fresh' | 'changed' | 'waiting' | 'gated'

function previewBatch(work: Work, judge: Judge, batch: PlanBatch, scope: Scope, onWanted: OnWanted): BatchPreview {
  const reasons = new Map<string, number>()
  const sums = { fresh: 0, changed: 0, waiting: 0, gated: 0 }
  survey(work, judge, batch, (item, wanted) => {
    if (scope.item(item)) sums[onWanted(item, wanted, reasons)]++
  })
  judge.barrier(batch)
  const { items, accepted, rejected } = work.board.batchCounts(batch)
  return {
    batch: batch.spec.name,
    items,
    unchanged: accepted,
    rejectedBefore: rejected,
    ...sums,
    reasons: [...reasons].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    ...(batch.toCome && batch.toCome.atMost > 0 ? { toCome: batch.toCome } : {}),
  }
}

function isAnyIn(batch: PlanBatch, scope: Scope): boolean {
  for (const item of itemsOf(batch)) if (scope.item(item)) return true
  return batch.items === 0
}
