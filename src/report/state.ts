/** What the events of a run add up to: the one state that every screen is drawn from. */
import type { Event, OutputEnd, Planned, PlannedBatch, RunEnd, StepStart, Stopping, UsedModel } from '../events/event.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { advance, type Pace, startPace } from './pace.ts'

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
  calls: number
  usage: { inputTokens: number; outputTokens: number; usd: number; unpriced: number; estimated: number }
  /** Rejections and failures by code. */
  problems: Map<string, Problem>
  /** Warnings by code and headline. */
  notices: Map<string, { readonly diagnostic: Diagnostic; count: number }>
  outputs: OutputEnd[]
  stopping: Stopping | undefined
  end: RunEnd | undefined
  pace: Pace
}

export interface BatchState {
  readonly batch: string
  readonly items: number
  readonly todo: number
  readonly after: readonly string[]
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
}

export interface Problem {
  readonly code: string
  /** Of the first one. */
  readonly message: string
  readonly cell: string
  readonly state: 'rejected' | 'failed'
  count: number
}

// Kinds of trouble are few; a bug that makes thousands of them must not fill the memory.
const MOST_KINDS = 200

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
    calls: 0,
    usage: { inputTokens: 0, outputTokens: 0, usd: 0, unpriced: 0, estimated: 0 },
    problems: new Map(),
    notices: new Map(),
    outputs: [],
    stopping: undefined,
    end: undefined,
    pace: startPace(),
  }
}

/**
 * The state after one more event, in constant time: it depends on the events alone, and it *takes over*
 * the state it is given (copying hundreds of running calls at thousands of events a second would not do).
 */
export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'run-start':
      return { ...initialState(), dataset: event.dataset, run: event.run }
    case 'planned':
      return plan(state, event)
    case 'batch-start':
      return inBatch(state, event.batch, (batch) => {
        batch.phase = 'running'
      })
    case 'step-start':
      state.running.set(event.id, { start: event, retries: 0, note: event.attempt > 1 ? event.reason : '' })
      state.calls += 1
      advance(state.pace, event.at, 0)
      return inBatch(state, event.batch, (batch) => {
        batch.running += 1
        if (batch.phase === 'waiting') batch.phase = 'running'
      })
    case 'step-retry': {
      const call = state.running.get(event.id)
      if (!call) return state
      call.retries += 1
      call.note = event.message
      return state
    }
    case 'step-end': {
      const call = state.running.get(event.id)
      state.running.delete(event.id)
      advance(state.pace, event.at, 0)
      if (event.usage) {
        state.usage.inputTokens += event.usage.inputTokens
        state.usage.outputTokens += event.usage.outputTokens
        state.usage.usd += event.usage.usd ?? 0
        if (event.usage.usd === undefined) state.usage.unpriced += 1
        if (event.usage.estimated) state.usage.estimated += 1
      }
      return call
        ? inBatch(state, call.start.batch, (batch) => {
            batch.running -= 1
          })
        : state
    }
    case 'cell-end': {
      if (event.state !== 'accepted') note(state, event.code ?? event.state, event.message ?? event.code ?? event.state, event.cell, event.state)
      advance(state.pace, state.pace.at, 1)
      return inBatch(state, event.batch, (batch) => {
        batch.settled = Math.min(batch.todo, batch.settled + 1)
        batch.done = batch.items - batch.todo + batch.settled
        if (event.state === 'rejected') batch.rejected += 1
        else if (event.state === 'failed') batch.failed += 1
        else if (event.cached) batch.cached += 1
        else batch.generated += 1
      })
    }
    case 'batch-end':
      return inBatch(state, event.batch, (batch) => {
        batch.phase = 'ended'
        batch.done = event.counts.items - event.counts.pending
        batch.rejected = event.counts.rejected
        batch.failed = event.counts.failed
        batch.cached = Math.max(0, event.counts.accepted - batch.generated)
      })
    case 'output-end':
      state.outputs.push(event)
      return state
    case 'notice': {
      const key = `${event.diagnostic.code} ${event.diagnostic.headline}`
      const known = state.notices.get(key)
      if (known) known.count += 1
      else if (state.notices.size < MOST_KINDS) state.notices.set(key, { diagnostic: event.diagnostic, count: 1 })
      return state
    }
    case 'stopping':
      state.stopping = event
      return state
    case 'run-end':
      state.end = event
      state.running.clear()
      return state
  }
}

function plan(state: State, event: Planned): State {
  state.items = event.items
  state.outputNames = event.outputs
  state.models = event.models
  state.budgetUsd = event.budgetUsd
  state.concurrency = event.concurrency
  state.batches = new Map(event.batches.map((batch) => [batch.batch, planned(batch)]))
  return state
}

function planned({ batch, items, cached, todo, after }: PlannedBatch): BatchState {
  return {
    ...{ batch, items, cached, todo, after },
    ...{ phase: 'waiting', generated: 0, rejected: 0, failed: 0, running: 0, done: items - todo, settled: 0 },
  }
}

function inBatch(state: State, name: string, change: (batch: BatchState) => void): State {
  const batch = state.batches.get(name)
  if (batch) change(batch)
  return state
}

function note(state: State, code: string, message: string, cell: string, kind: 'rejected' | 'failed'): void {
  const known = state.problems.get(code)
  if (known) known.count += 1
  else if (state.problems.size < MOST_KINDS) state.problems.set(code, { code, message, cell, state: kind, count: 1 })
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
