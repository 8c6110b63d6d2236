/** What a build would do, counted and priced, without a call: the survey with its reasons written down. */
import type { AskSpec, ModelSpec } from '../config/dataset.ts'
import { costOf, type KnownPrice } from '../generate/price.ts'
import { estimateTokens } from '../generate/tokens.ts'
import { cellName } from '../plan/cells.ts'
import { stepSample } from '../plan/draws.ts'
import { type FollowUp, mayVary } from '../plan/follow-ups.ts'
import { type Item, itemsOf, type PlanBatch, roundsNamed } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { reasonFor, reasonText } from './reasons.ts'
import type { Scope } from './scope.ts'
import { survey } from './survey.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

export interface Preview {
  readonly batches: readonly BatchPreview[]
  /** Items with something to ask. */
  readonly items: number
  /** So many further items at most, once it is known what earlier batches come out as; their calls are among the follow-ups. */
  readonly toCome: number
  readonly calls: readonly CallPreview[]
  /** Undefined when a price is unknown. */
  readonly usd?: number
}

export interface BatchPreview {
  readonly batch: string
  readonly items: number
  readonly unchanged: number
  readonly rejectedBefore: number
  readonly fresh: number
  readonly changed: number
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
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd?: number
}

// Without history: what a paragraph takes.
const TYPICAL_OUTPUT_TOKENS = 250
const TYPICAL_INPUT_TOKENS = 300
// A reason costs a look-up and a diff; beyond this many the groups are known well enough.
const MOST_REASONS = 20_000
// Items in which the same guides were edited are asked for the same reason; so many are compared to be sure of the words.
const COMPARED_EDITS = 20

/** Moves the work's board as a build's survey would; judge each batch at its barrier to see duplicates. */
export function preview(work: Work, prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>, scope: Scope): Preview {
  const judge = new Judge(work)
  const calls = new Map<ModelSpec, { calls: number; followUps: number; inputTokens: number; outputTokens: number }>()
  const asks = work.dataset.recipe.steps.filter((step): step is AskSpec => step.kind === 'ask')
  const typical = new Map(asks.map((step) => [step.name, work.store.typicalTokens(step.name)]))
  let reasonsLeft = work.blank ? 0 : MOST_REASONS
  const lengths = new Lengths()
  const edits = new Map<number, { readonly compared: number; readonly texts: Set<string> }>()
  // Items that share a request share its call.
  const counted = new Set<string>()

  const count = (step: AskSpec, known: Wanted | undefined, times = 1) => {
    const sum = calls.get(step.model) ?? { calls: 0, followUps: 0, inputTokens: 0, outputTokens: 0 }
    calls.set(step.model, sum)
    if (known) sum.calls += times
    else sum.followUps += times
    sum.inputTokens += times * (known ? lengths.of(step, known) : (typical.get(step.name)?.input ?? TYPICAL_INPUT_TOKENS))
    sum.outputTokens += times * (typical.get(step.name)?.output ?? (step.embeds ? 0 : TYPICAL_OUTPUT_TOKENS))
  }
  const varies = mayVary(work.dataset.recipe)
  const following = (item: Item, wanted: Wanted): readonly FollowUp[] => {
    if (!varies) return asks.filter((step) => work.dataset.recipe.steps.indexOf(step) > wanted.at).map((step) => ({ step }))
    return work.followUps(item, wanted)
  }
  const onWanted = (item: Item, wanted: Wanted, reasons: Map<string, number>): 'fresh' | 'changed' => {
    if (!counted.has(wanted.key) && wanted.step.kind === 'ask') count(wanted.step, wanted)
    counted.add(wanted.key)
    for (const { step, key } of following(item, wanted)) {
      if (key !== undefined && counted.has(key)) continue
      if (key !== undefined) counted.add(key)
      count(step, undefined)
    }
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
    return rounds.some((round) => isAnyIn(round, scope)) ? [added(seen)] : []
  })
  for (const { toCome } of batches) if (toCome) for (const step of asks) count(step, undefined, toCome.atMost)
  const priced = [...calls].map(([model, sum]): CallPreview => {
    const price = prices.get(model)
    const usd = price && costOf({ input: sum.inputTokens, output: sum.outputTokens, cachedInput: 0 }, price)
    return {
      model,
      ...sum,
      inputTokens: Math.round(sum.inputTokens),
      outputTokens: Math.round(sum.outputTokens),
      ...(usd === undefined ? {} : { usd }),
    }
  })
  const known = priced.every(({ usd }) => usd !== undefined)
  return {
    batches,
    items: batches.reduce((n, { fresh, changed }) => n + fresh + changed, 0),
    toCome: batches.reduce((n, { toCome }) => n + (toCome?.atMost ?? 0), 0),
    calls: priced,
    ...(known ? { usd: priced.reduce((n, { usd = 0 }) => n + usd, 0) } : {}),
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
    reasons: [...reasons].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    ...(toCome ? { toCome } : {}),
  }
}

// An estimate is no better for having read a million prompts.
const MEASURED_PROMPTS = 500

/** Tokens of prompts, estimated from the texts of the first of each step and their mean for the rest. */
class Lengths {
  readonly #seen = new Map<AskSpec, { prompts: number; tokens: number }>()

  of(step: AskSpec, { asked }: Wanted): number {
    const seen = this.#seen.get(step) ?? { prompts: 0, tokens: 0 }
    this.#seen.set(step, seen)
    if (seen.prompts >= MEASURED_PROMPTS) return seen.tokens / seen.prompts
    const tokens = estimateTokens(asked.identified.text)
    seen.prompts++
    seen.tokens += tokens
    return tokens
  }
}

/** New or changed, without saying in which field. */
function withoutDetail(work: Work, item: Item, wanted: Wanted, reasons: Map<string, number>): 'fresh' | 'changed' {
  const last = work.store.lastRequest(cellName(work.plan.dimensions, item.row), stepSample(wanted.step, item.sample), wanted.step.name)
  const text = last ? 'changed; not compared one by one' : 'new'
  reasons.set(text, (reasons.get(text) ?? 0) + 1)
  return last || !wanted.isFirst ? 'changed' : 'fresh'
}

function previewBatch(
  work: Work,
  judge: Judge,
  batch: PlanBatch,
  scope: Scope,
  onWanted: (item: Item, wanted: Wanted, reasons: Map<string, number>) => 'fresh' | 'changed',
): BatchPreview {
  const reasons = new Map<string, number>()
  const sums = { fresh: 0, changed: 0 }
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
