/** What the events of a run add up to: the one state that every screen is drawn from. */
import type { HoldUp, JobChange, OutputEnd, RunEnd, StepStart, Stopping, UsedModel } from '../events/event.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { type Pace, startPace } from './pace.ts'

export interface State {
  dataset: string
  run: string
  items: number
  outputNames: readonly string[]
  models: readonly UsedModel[]
  budgetUsd: number | undefined
  concurrency: number
  /** In the order they run. */
  batches: Map<string, BatchState>
  /** Calls and commands under way by id, oldest first. */
  running: Map<number, Running>
  /** By `provider:model`: why calls had to wait, as it was last heard. */
  holdUps: Map<string, HoldUp>
  calls: number
  usage: { inputTokens: number; outputTokens: number; usd: number; unpriced: number; estimated: number }
  /** Rejections and failures by code. */
  problems: Map<string, Problem>
  /** Warnings by code and headline. */
  notices: Map<string, { readonly diagnostic: Diagnostic; count: number }>
  outputs: OutputEnd[]
  /** Batch jobs by their numbers, as they were last heard of. */
  jobs: Map<number, JobChange>
  stopping: Stopping | undefined
  end: RunEnd | undefined
  pace: Pace
}

export interface BatchState {
  readonly batch: string
  items: number
  todo: number
  readonly after: readonly string[]
  /** So many further items at most, once it is known what earlier ones come out as. */
  toCome: number
  phase: 'waiting' | 'running' | 'ended'
  cached: number
  /** Accepted, after at least one call in this run. */
  generated: number
  rejected: number
  failed: number
  running: number
  done: number
  /** How many of `todo` have their final state. */
  settled: number
}

export interface Running {
  readonly start: StepStart
  retries: number
  /** Why it waits or is asked again. */
  note: string
  /** When it is asked again, on the run's clock. */
  until: number | undefined
}

export interface Problem {
  readonly code: string
  /** Of the first one. */
  readonly message: string
  readonly cell: string
  readonly state: 'rejected' | 'failed'
  count: number
}

export function initialState(): State {
  return {
    dataset: '',
    run: '',
    items: 0,
    outputNames: [],
    models: [],
    budgetUsd: undefined,
    concurrency: 1,
    batches: new Map(),
    running: new Map(),
    holdUps: new Map(),
    calls: 0,
    usage: { inputTokens: 0, outputTokens: 0, usd: 0, unpriced: 0, estimated: 0 },
    problems: new Map(),
    notices: new Map(),
    outputs: [],
    jobs: new Map(),
    stopping: undefined,
    end: undefined,
    pace: startPace(),
  }
}

/** The batches added up. */
export function total(state: State) {
  const sum = { done: 0, todo: 0, settled: 0, running: state.running.size, cached: 0, generated: 0, rejected: 0, failed: 0 }
  for (const batch of state.batches.values()) {
    sum.done += batch.done
    sum.todo += batch.todo
    sum.settled += batch.settled
    sum.cached += batch.cached
    sum.generated += batch.generated
    sum.rejected += batch.rejected
    sum.failed += batch.failed
  }
  return sum
}
