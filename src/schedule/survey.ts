/** The diff: for every item that is not known already, whether kept answers carry it to an example, and if not, what is missing. */
import type { Item, PlanBatch } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { boundYoungSpace } from '../util/young-space.ts'
import { STATE } from './board.ts'
import { Judge } from './verdict.ts'
import type { Work } from './work.ts'

// Keys asked about at a time.
const CHUNK = 4096

/**
 * Brings the board up to date for one batch; `onWanted` hears of every item with something to ask.
 * Returns what the answers behind finished items had cost in US dollars, where known.
 */
export function survey(work: Work, judge: Judge, batch: PlanBatch, onWanted: (item: Item, wanted: Wanted) => void): number {
  const { board } = work
  const todo = work.todo(batch)
  for (let at = 0; at < todo.length; at++) {
    if (at % CHUNK === 0) {
      boundYoungSpace()
      work.noteAbsent(todo.subarray(at, at + CHUNK))
    }
    const index = todo[at] as number
    if (board.state[index] !== STATE.pending) continue
    const item = work.item(index)
    const pin = work.pins.get(index)
    if (pin) {
      // Judges saw the model's words, not the person's.
      judge.row(item, { example: pin.edit.edited, used: [], values: {} })
      continue
    }
    const resolution = work.look(item)
    switch (resolution.kind) {
      case 'example':
        judge.row(item, resolution)
        break
      case 'rejected':
        board.fail(index, STATE.rejected, resolution)
        break
      case 'distrusted':
        board.fail(index, STATE.failed, resolution)
        break
      case 'wanted':
        if (work.absentIsFirst && resolution.isFirst && resolution.draw.attempt === 0) work.absent[index] = 1
        onWanted(item, resolution)
    }
  }
  return board.usdOf(batch)
}

/** The board as a build without calls would leave it: for commands that only look. */
export function surveyAll(work: Work): void {
  const judge = new Judge(work)
  for (const batch of work.plan.batches) {
    survey(work, judge, batch, (item, wanted) => void work.awaits(item, wanted))
    judge.barrier(batch)
  }
}
