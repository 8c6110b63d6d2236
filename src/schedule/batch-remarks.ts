/** The reasons that people gave for rejecting rows of some batches, for the prompts of later ones. */
import { itemAt } from '../plan/plan.ts'
import { remarksOf } from '../review/remarks.ts'
import { itemOf } from './pins.ts'
import type { Work } from './work.ts'

/** Also of rows that were asked again since: what was wrong with them is still worth saying. */
export function batchRemarks({ plan, reviews }: Pick<Work, 'plan' | 'reviews'>, batches: ReadonlySet<string>): string[] {
  return remarksOf(reviews, (cell, sample) => {
    const item = itemOf(plan, cell, sample)
    return item !== undefined && batches.has(itemAt(plan, item).batch.spec.name)
  })
}
