/**
 * Everything the engine says while it works: one union, which screens reduce, `--json` prints and the
 * run log records. Nothing else flows upward. Texts from models never travel in events.
 */
import type { Diagnostic } from '../util/diagnostic.ts'
import type { JudgeReport } from './judges.ts'

export type Event =
  | RunStart
  | Planned
  | Expanded
  | BatchStart
  | StepStart
  | StepRetry
  | StepHedge
  | StepHedgeEnd
  | StepEnd
  | HoldUp
  | CellEnd
  | BatchEnd
  | JobChange
  | OutputEnd
  | Notice
  | Stopping
  | RunEnd

/** Version of the event format; additions do not change it. */
export const EVENT_SCHEMA = 1

/** The first event of a run. */
export interface RunStart {
  readonly type: 'run-start'
  readonly schema: typeof EVENT_SCHEMA
  readonly run: string
  /** ISO time; informational only. */
  readonly time: string
  readonly command: 'build' | 'watch' | 'redo'
  readonly dataset: string
}

/** The plan is known; nothing was asked yet. */
export interface Planned {
  readonly type: 'planned'
  /** Cells × samples. */
  readonly items: number
  readonly batches: readonly PlannedBatch[]
  readonly outputs: readonly string[]
  readonly models: readonly UsedModel[]
  readonly budgetUsd?: number
  readonly concurrency: number
}

export interface PlannedBatch {
  readonly batch: string
  readonly items: number
  /** Items that need no call. */
  readonly cached: number
  /** Items with something to ask or run. */
  readonly todo: number
  readonly after: readonly string[]
  /** So many further items at most, once the batches it waits for are complete. */
  readonly toCome?: number
  /** Items whose answers are awaited from batch jobs; neither cached nor to do. */
  readonly waiting?: number
}

/** A batch that waited for others, or for its own first items, has come to further ones. */
export interface Expanded {
  readonly type: 'expanded'
  readonly batch: string
  /** The further items; of these, what needs no call, and what does. */
  readonly items: number
  readonly cached: number
  readonly todo: number
  /** So many at most may still follow. */
  readonly toCome: number
}

export interface UsedModel {
  readonly name: string
  /** `provider:model` as configured or found. */
  readonly use: string
  readonly simulated: boolean
  /** Why this model, when datagen chose it. */
  readonly why?: string
  /** Left out where it is unknown. */
  readonly price?: UsedPrice
}

/** US dollars for a million tokens; where prices rise with the length of the prompt, those of short ones. */
export interface UsedPrice {
  readonly input: number
  readonly output: number
  readonly cachedInput?: number
  readonly cacheWrite?: number
  readonly reasoning?: number
  readonly source: 'config' | 'table' | 'local' | 'simulated'
  /** The day the numbers are of, as yyyy-mm-dd, where that is known. */
  readonly date?: string
  /** The table they are from. */
  readonly table?: string
}

/** A batch begins; batches run one after another. */
export interface BatchStart {
  readonly type: 'batch-start'
  readonly batch: string
}

/** A call or a command begins. */
export interface StepStart {
  readonly type: 'step-start'
  readonly id: number
  readonly batch: string
  /** For people: `csv × beginner × question`, with `#k` for further samples. */
  readonly cell: string
  readonly step: string
  readonly model: string
  /** From 1. */
  readonly attempt: number
  /** Milliseconds on the run's clock. */
  readonly at: number
  /** Why it runs; exactly one reason for each call. */
  readonly reason: string
}

/** A transient failure; the same step will be tried again. */
export interface StepRetry {
  readonly type: 'step-retry'
  readonly id: number
  readonly code: string
  readonly message: string
  readonly waitMs: number
  /** When it failed; the wait begins then. */
  readonly at: number
  /** What the call was billed for all the same. */
  readonly usage?: Usage
}

/** A call takes long, and the same is asked once more beside it. */
export interface StepHedge {
  readonly type: 'step-hedge'
  readonly id: number
  readonly at: number
  /** Why; exactly one reason for each call. */
  readonly reason: string
}

/** One of the two calls for one answer is decided about: the other goes on as the step. */
export interface StepHedgeEnd {
  readonly type: 'step-hedge-end'
  readonly id: number
  readonly at: number
  /** `won`: the second call's answer counts; `lost`: the first's; `failed`: neither brought one. */
  readonly outcome: 'won' | 'lost' | 'failed'
  /** What the other call was billed for nothing. */
  readonly usage?: Usage
}

/** A call or a command ended. */
export interface StepEnd {
  readonly type: 'step-end'
  readonly id: number
  readonly at: number
  readonly outcome: 'ok' | 'rejected' | 'failed' | 'aborted'
  readonly code?: string
  readonly message?: string
  /** Also of a call that failed, where it was billed all the same. */
  readonly usage?: Usage
}

/** Calls to a model have to wait: told when the reason changes, and every few seconds while it lasts. */
export interface HoldUp {
  readonly type: 'hold-up'
  /** `provider:model` */
  readonly use: string
  readonly at: number
  readonly hold: Hold
}

/** What keeps calls from being made. */
export type Hold =
  /** The most that may be asked in a minute, and who says so; `trial`: it was found by asking. */
  | { readonly why: 'requests' | 'tokens'; readonly perMinute: number; readonly by: 'config' | 'server' | 'trial' }
  /** The server asked everybody to wait. */
  | { readonly why: 'pause'; readonly ms: number }
  /** The server has answered nobody for so long. */
  | { readonly why: 'outage'; readonly ms: number }
  /** A server of one's own makes use of no more calls at once. */
  | { readonly why: 'slots'; readonly calls: number }
  /** One call goes alone, to see what the server honours. */
  | { readonly why: 'first-call' }
  /** What calls under way may cost is held of the budget until they are answered. */
  | { readonly why: 'budget' }

/** Tokens and what they cost. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  /** Parts of the input: what the provider had cached, and what it put into its cache. Left out where there are none. */
  readonly cachedTokens?: number
  readonly cacheWriteTokens?: number
  /** Part of the output: thought and not said. */
  readonly reasoningTokens?: number
  /** Undefined when no price is known. */
  readonly usd?: number
  /** True when the provider reported no usable numbers and these are an estimate. */
  readonly estimated: boolean
}

/** A cell's sample has its final state in this run. */
export interface CellEnd {
  readonly type: 'cell-end'
  readonly batch: string
  readonly cell: string
  readonly state: 'accepted' | 'rejected' | 'failed'
  /** True when nothing was bought for it in this run. */
  readonly cached: boolean
  /** For a rejection or failure: which check or which fault. */
  readonly code?: string
  readonly message?: string
}

/** Counts of one batch when no more of it will run. accepted + rejected + failed + pending = items. */
export interface BatchEnd {
  readonly type: 'batch-end'
  readonly batch: string
  readonly counts: Counts
}

export interface Counts {
  readonly items: number
  readonly accepted: number
  readonly rejected: number
  readonly failed: number
  readonly pending: number
}

/** A batch job, requests handed over to a provider in one file, was submitted, was looked at, or has ended. */
export interface JobChange {
  readonly type: 'job'
  /** Its number here. */
  readonly job: number
  readonly state: 'submitted' | 'waiting' | 'ended'
  /** `provider:model` */
  readonly use: string
  /** The provider's name for it. */
  readonly remote: string
  readonly requests: number
  /** When it was submitted; ISO time. */
  readonly since: string
  /** The provider's word for how it stands. */
  readonly status?: string
  /** Of its requests, as the provider counts. */
  readonly completed?: number
  /** On submission: why its requests are made. */
  readonly reasons?: readonly { readonly reason: string; readonly count: number }[]
  /** At its end: what became of its requests, and what the answers cost, where known. */
  readonly end?: { readonly answered: number; readonly failed: number; readonly missing: number; readonly usd?: number }
}

/** What happened to one file of an output. */
export interface OutputEnd {
  readonly type: 'output-end'
  readonly output: string
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** `held-back`: incomplete, so the file on disk was left alone. */
  readonly what: 'written' | 'unchanged' | 'held-back' | 'partial'
}

/** A warning for a person. */
export interface Notice {
  readonly type: 'notice'
  readonly diagnostic: Diagnostic
}

/** No new work starts from here on. */
export interface Stopping {
  readonly type: 'stopping'
  readonly why: 'interrupt' | 'abort' | 'budget' | 'calls' | 'fatal' | 'store' | 'replan'
  readonly message: string
  /** What a person can do about it. */
  readonly hint?: string
}

/** The last event of a run. */
export interface RunEnd {
  readonly type: 'run-end'
  readonly exitCode: number
  readonly ms: number
  readonly counts: Counts
  /** Items that needed no call. */
  readonly cached: number
  /** Provider calls made, retries included. */
  readonly calls: number
  /** Accepted in this run through calls. */
  readonly generated: number
  readonly usage: Usage
  /** `usage` by what it was spent on; left out where nothing was asked. */
  readonly costs?: RunCosts
  /** What the answers of this build that came from the store had cost, where known. */
  readonly savedUsd?: number
  /** Answers of batch jobs that came in this run, whichever run submitted them. */
  readonly collected?: number
  /** Items that wait for batch jobs: of the pending ones, those that nothing can be done about now. */
  readonly waiting?: { readonly items: number; readonly jobs: number; readonly requests: number; readonly since: string }
  /** Rejections and failures grouped by cause, most frequent first. */
  readonly problems: readonly { readonly code: string; readonly message: string; readonly count: number }[]
  /** What judges came to; left out where there are none. */
  readonly judges?: readonly JudgeReport[]
}

/** Where the money of a run went. Each of the three lists comes to the run's usage. */
export interface RunCosts {
  readonly byBatch: readonly CostOf<'batch'>[]
  readonly byModel: readonly CostOf<'model'>[]
  readonly byStep: readonly CostOf<'step'>[]
  /** Part of each list: calls that were billed and brought no answer. */
  readonly useless?: Spending
  /** Part of none: calls whose answers were lost on the way. They may have been billed; a budget counts them. */
  readonly lost?: LostCalls
  /** Calls that were made a second time because the first took long; what is not needed of them is part of `useless` or of `lost`. */
  readonly hedges?: Hedged
}

export interface Spending extends Omit<Usage, 'usd' | 'estimated'> {
  /** Calls that were billed. */
  readonly calls: number
  readonly usd: number
  /** Of the calls, those without a known price. */
  readonly unpriced: number
}

export type CostOf<Name extends string> = Spending & { readonly [N in Name]: string }

export interface LostCalls {
  readonly calls: number
  readonly atMostUsd: number
}

export interface Hedged {
  /** Second calls. */
  readonly calls: number
  /** Of these, such as answered first, or alone. */
  readonly won: number
  /** The most that all the others of two calls, which brought nothing, can have cost. */
  readonly atMostUsd: number
}
