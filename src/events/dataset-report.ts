/** What `datagen report` says of a dataset: plain data, the same for the page, the terminal and `--json`. Texts of models are in `measures` and in the rows. */
import type { Counts, RunCosts } from './event.ts'
import type { JudgeReport } from './judges.ts'
import type { MeasuredLengths, MeasureReport } from './measures.ts'

export type ItemState = 'pending' | 'accepted' | 'rejected' | 'failed'

/** All but the rows themselves. `schema` rises when a member changes its meaning. */
export interface DatasetReport {
  readonly schema: 1
  readonly dataset: string
  readonly datagen: string
  /** ISO time; informational only. */
  readonly made: string
  /** The targets it was narrowed to; empty: everything. */
  readonly targets: readonly string[]
  /** Models that are simulated: rows of theirs are a rehearsal, not for training. */
  readonly simulated: readonly string[]
  readonly counts: ReportCounts
  readonly dimensions: readonly ReportDimension[]
  readonly batches: readonly ReportBatch[]
  readonly outputs: readonly {
    readonly output: string
    readonly path: string
    readonly format: string
    readonly batches: readonly string[]
  }[]
  /** Rejections, failures and what is still to ask, by cause, most frequent first. */
  readonly problems: readonly ReportProblem[]
  readonly cost: ReportCost
  /** Newest first. */
  readonly runs: readonly ReportRun[]
  /** Tokens of the answers behind rows, as the providers counted them. */
  readonly tokens: readonly ReportTokens[]
  /** Of the accepted rows. Row numbers are places among the cells listed, from 1. */
  readonly measures: MeasureReport
  readonly judges: readonly ReportJudge[]
  /** Of the judges that check rows: what passes, and whether they can be trusted. */
  readonly judging: readonly JudgeReport[]
}

export interface ReportDimension {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly weight: number }[]
  /** Chosen by the recipe for each cell, not declared. */
  readonly branch?: true
}

export interface ReportCounts extends Counts {
  /** Of the pending ones, those whose answers are awaited from batch jobs; left out where there are none. */
  readonly waiting?: number
}

/** One round of a batch; most have only one. */
export interface ReportBatch extends ReportCounts {
  readonly batch: string
  /** From 0. */
  readonly round: number
  /** The round belongs to a batch that is planned from gaps. */
  readonly gaps: boolean
  readonly after: readonly string[]
  /** So many further cells at most, once these batches are complete. */
  readonly toCome?: { readonly atMost: number; readonly waitsFor: readonly string[] }
  readonly rejectedBy: { readonly [check: string]: number }
  /** What the answers behind its cells had cost, where known. */
  readonly usd: number
}

export interface ReportProblem {
  readonly state: 'rejected' | 'failed' | 'pending'
  readonly code: string
  readonly message: string
  readonly count: number
}

export interface ReportSpending {
  readonly answers: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number
  /** Answers without a known price. */
  readonly unpriced: number
}

export interface ReportCost {
  /** Answers behind rows, each once. */
  readonly byModel: readonly (ReportSpending & { readonly model: string })[]
  readonly byStep: readonly (ReportSpending & { readonly step: string })[]
  readonly byBatch: readonly (ReportSpending & { readonly batch: string })[]
  /** The three above come to this. */
  readonly rows: ReportSpending
  /** All answers that are kept, also those that no row is made of: attempts turned down, cells that are no longer wanted. */
  readonly kept: { readonly answers: number; readonly usd: number; readonly unpriced: number }
}

/** A recorded run. */
export interface ReportRun {
  readonly run: string
  readonly time: string
  readonly command: string
  /** Undefined for a run that was killed. */
  readonly end?: {
    readonly exitCode: number
    readonly ms: number
    readonly calls: number
    readonly cached: number
    readonly usd?: number
    /** What the answers it found had cost. */
    readonly savedUsd?: number
    /** What it spent on, as it was told then. */
    readonly costs?: RunCosts
  }
}

export interface ReportTokens {
  readonly step: string
  readonly of: 'input' | 'output'
  readonly lengths: MeasuredLengths
}

/** Scores that a judging step gave under one name. */
export interface ReportJudge {
  readonly judge: string
  readonly score: string
  readonly rows: number
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Names of the levels, from worst to best, where the judge gives levels. */
  readonly levels?: readonly string[]
  /** `levels`: how many rows have each. */
  readonly byBatch: readonly { readonly batch: string; readonly rows: number; readonly mean: number; readonly levels?: readonly number[] }[]
  /** Mean scores in windows from the first to the last cell, in plan order. */
  readonly windows: readonly number[]
  /** By score, ascending. */
  readonly histogram: readonly { readonly score: number; readonly rows: number; readonly level?: string }[]
}

/** One cell's sample, with its row where there is one. */
export interface ReportItem {
  /** Index into `batches`. */
  readonly batch: number
  /** Place of each dimension's value. */
  readonly values: readonly number[]
  readonly sample: number
  readonly state: ItemState
  /** Pending because a batch job has its request. */
  readonly waiting?: true
  /** Why it is not accepted. */
  readonly why?: { readonly code: string; readonly message: string }
  readonly usd: number
  readonly tokens: number
  readonly warned: boolean
  readonly row?: ReportRow
  readonly scores?: readonly { readonly judge: string; readonly value: unknown }[]
}

export interface ReportRow {
  readonly messages: readonly ReportMessage[]
  readonly rejected?: readonly ReportMessage[]
  /** Somebody wrote it. */
  readonly editedBy?: string
}

export interface ReportMessage {
  readonly role: string
  readonly content: string | null
  readonly tool_calls?: readonly unknown[]
}
