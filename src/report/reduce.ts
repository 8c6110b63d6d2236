/** What each event does to the state. */
import type { Event, Planned, PlannedBatch, Usage } from '../events/event.ts'
import { advance } from './pace.ts'
import { type BatchState, initialState, type State } from './state.ts'

// Kinds of trouble are few; a bug that makes thousands of them must not fill the memory.
const MOST_KINDS = 200

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
    case 'expanded':
      state.items += event.items
      return inBatch(state, event.batch, (batch) => {
        batch.items += event.items
        batch.todo += event.todo
        batch.done += event.cached
        batch.cached += event.cached
        batch.toCome = event.toCome
      })
    case 'batch-start':
      return inBatch(state, event.batch, (batch) => {
        batch.phase = 'running'
      })
    case 'step-start':
      state.running.set(event.id, { start: event, retries: 0, note: event.attempt > 1 ? event.reason : '', until: undefined })
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
      call.until = event.at + event.waitMs
      spend(state, event.usage)
      return state
    }
    case 'step-hedge': {
      const call = state.running.get(event.id)
      if (call) call.note = `${event.reason}: asked twice`
      return state
    }
    case 'step-hedge-end':
      spend(state, event.usage)
      return state
    case 'hold-up':
      state.holdUps.set(event.use, event)
      return state
    case 'step-end': {
      const call = state.running.get(event.id)
      state.running.delete(event.id)
      advance(state.pace, event.at, 0)
      spend(state, event.usage)
      if (call && event.outcome !== 'aborted') heard(state, call.start.model, event.outcome !== 'failed')
      return call
        ? inBatch(state, call.start.batch, (batch) => {
            batch.running -= 1
          })
        : state
    }
    case 'cell-end': {
      if (event.state !== 'accepted')
        note(state, event.code ?? event.state, event.message ?? event.code ?? event.state, event.cell, event.state)
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
        // Rows that were whole may have been taken back.
        batch.generated = Math.min(batch.generated, event.counts.accepted)
        batch.cached = event.counts.accepted - batch.generated
      })
    case 'job': {
      const known = state.jobs.get(event.job)
      state.jobs.set(event.job, { ...event, ...(known?.reasons ? { reasons: known.reasons } : {}) })
      if (event.state === 'submitted') state.calls += event.requests
      return state
    }
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

/** A call to a model has ended: whoever waited for just that no longer does. */
function heard(state: State, model: string, answered: boolean): void {
  for (const [use, { hold }] of state.holdUps)
    if ((hold.why === 'first-call' || (answered && hold.why === 'outage')) && use.endsWith(`:${model}`)) state.holdUps.delete(use)
}

function spend(state: State, usage: Usage | undefined): void {
  if (!usage) return
  state.usage.inputTokens += usage.inputTokens
  state.usage.outputTokens += usage.outputTokens
  state.usage.usd += usage.usd ?? 0
  if (usage.usd === undefined) state.usage.unpriced += 1
  if (usage.estimated) state.usage.estimated += 1
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

/** What waits for a batch job has no final state either. */
function planned({ batch, items, cached, todo: asked, after, toCome = 0, waiting = 0 }: PlannedBatch): BatchState {
  const todo = asked + waiting
  return {
    ...{ batch, items, cached, todo, after, toCome },
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
