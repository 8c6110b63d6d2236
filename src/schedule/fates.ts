/** What became of the items so far, as planning from it needs it. */
import type { BatchSpec } from '../config/dataset.ts'
import type { Tried } from '../plan/gaps.ts'
import { itemsOf } from '../plan/plan.ts'
import { STATE } from './board.ts'
import type { Work } from './work.ts'

/** Names of the batches that a batch comes after, and of those that they come after. */
export function batchesBefore({ dataset }: Work, spec: BatchSpec): ReadonlySet<string> {
  const before = new Set(spec.after)
  for (const { name, after } of [...dataset.batches].reverse()) if (before.has(name)) for (const earlier of after) before.add(earlier)
  return before
}

/** The items of these batches that have their final state; after the barriers. */
export function* fatesIn({ plan, board }: Work, batches: ReadonlySet<string>): Generator<Tried> {
  for (const batch of plan.batches) {
    if (!batches.has(batch.spec.name)) continue
    for (const { index, row } of itemsOf(batch)) {
      const state = board.state[index]
      if (state === STATE.accepted) yield { row, fate: 'accepted' }
      else if (state === STATE.rejected) yield { row, fate: board.twin[index] === 1 ? 'duplicate' : 'rejected' }
    }
  }
}

/** How many draws of each row are planned, or will be, in batches other than the one named. */
export function drawsIn({ plan }: Work, but?: string): (row: number) => number {
  const draws = new Map<number, number>()
  // What a batch takes is its own also while its prompts are still to be decided: the order of decisions must not show.
  for (const { name, samples } of plan.dataset.batches)
    if (name !== but) for (const row of plan.own.get(name) ?? []) draws.set(row, samples)
  for (const batch of plan.batches) {
    if (batch.spec.name === but) continue
    for (const { row, sample } of itemsOf(batch)) draws.set(row, Math.max(draws.get(row) ?? 0, sample + 1))
  }
  return (row) => draws.get(row) ?? 0
}
