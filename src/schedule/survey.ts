/** The diff: for every item, whether kept answers carry it to an example, and if not, what is missing. */
import type { Item, PlanBatch } from '../plan/plan.ts'
import { itemsOf } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { STATE } from './board.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

/**
 * Brings the board up to date for one batch; `onWanted` hears of every item with something to ask.
 * Returns what the answers behind finished items had cost in US dollars, where known.
 */
export function survey(work: Work, judge: Judge, batch: PlanBatch, onWanted: (item: Item, wanted: Wanted) => void): number {
  let usd = 0
  for (const item of itemsOf(batch)) {
    if (work.board.state[item.index] !== STATE.pending) continue
    const resolution = work.resolve(item)
    switch (resolution.kind) {
      case 'example':
        judge.row(item, resolution.example, resolution.used)
        for (const { kept } of resolution.used) usd += kept.usd ?? 0
        break
      case 'rejected':
        work.board.fail(item.index, STATE.rejected, resolution)
        break
      case 'wanted':
        onWanted(item, resolution)
    }
  }
  return usd
}

/** The board as a build without calls would leave it: for commands that only look. */
export function surveyAll(work: Work): void {
  const judge = new Judge(work)
  for (const batch of work.plan.batches) {
    survey(work, judge, batch, () => {})
    judge.barrier(batch)
  }
}
