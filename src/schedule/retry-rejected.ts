/** `--retry`: rejected cells are asked again, as a new epoch; what was paid for stays in the store. */
import { cellName } from '../plan/cells.ts'
import { itemsOf } from '../plan/plan.ts'
import { STATE } from './board.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

/** Raises the epoch of the step at which each rejected item was turned down; for a check, of the last asked step. */
export async function raiseEpochs(work: Work): Promise<number> {
  const scout = work.again()
  const judge = new Judge(scout)
  const lastAsked = work.dataset.recipe.steps.findLast((step) => step.kind === 'ask')?.name
  const raised: Promise<void>[] = []
  for (const batch of work.plan.batches) {
    const steps = new Map<number, string>()
    for (const item of itemsOf(batch)) {
      const resolution = scout.resolve(item)
      if (resolution.kind === 'example') judge.row(item, resolution.example)
      else if (resolution.kind === 'rejected') {
        scout.board.fail(item.index, STATE.rejected, resolution)
        if (resolution.step !== undefined) steps.set(item.index, resolution.step)
      }
    }
    judge.barrier(batch)
    for (const item of itemsOf(batch)) {
      if (scout.board.state[item.index] !== STATE.rejected) continue
      const step = steps.get(item.index) ?? lastAsked
      if (step !== undefined) raised.push(work.store.raiseEpoch(cellName(work.plan.dimensions, item.row), item.sample, step))
    }
  }
  await Promise.all(raised)
  return raised.length
}
