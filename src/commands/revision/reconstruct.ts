/** The rows of a revision, made again from this store; its lock tells whether they are the ones it had. */

import { EarlierEpochs } from '../../schedule/earlier-epochs.ts'
import { type Lock, lockOf } from '../../schedule/lock-file.ts'
import { surveyAll } from '../../schedule/survey.ts'
import type { Work } from '../../schedule/work.ts'
import type { Store } from '../../store/store.ts'
import type { Diagnostic } from '../../util/diagnostic.ts'
import { blamingConfig } from '../config-problem.ts'
import { lockPath, readLock } from '../lock-file.ts'
import { workOf } from '../session.ts'
import type { Revision } from './load.ts'

/** Each is a look at everything: enough for the last few times somebody asked again. */
const MOST_MOMENTS = 30
const MOST_LOOKS = 2_000_000 // items in all

export interface Reconstructed {
  readonly work: Work
  /** What its lock says otherwise. */
  readonly mismatch: readonly Diagnostic[]
}

/**
 * Answers that were asked for anew since then must not count. When that was is looked for, from now backward: the moment at
 * which the rows are as the lock says or, where nothing says so, at which nothing was missing.
 */
export async function reconstructed(revision: Revision, store: Store, breathe: () => Promise<void>): Promise<Reconstructed> {
  const read = readLock(lockPath(revision.loaded))
  const lock = read?.kind === 'lock' ? read.lock : undefined
  const latest = new EarlierEpochs(store)
  let best = judged(lookAt(revision, latest.store), lock)
  const { moments } = latest
  const looks = Math.min(MOST_MOMENTS, Math.floor(MOST_LOOKS / best.work.plan.items))
  // The very first as well: often everything was asked again at once.
  for (const moment of new Set([...moments.slice(0, looks), ...moments.slice(-1)])) {
    if (best.wrong.length === 0 && (lock || best.missing === 0)) break
    await breathe()
    const earlier = judged(lookAt(revision, new EarlierEpochs(store, moment).store), lock)
    if (earlier.wrong.length < best.wrong.length || (earlier.wrong.length === best.wrong.length && earlier.missing < best.missing))
      best = earlier
  }
  return { work: best.work, mismatch: lock ? mismatch(revision, best.work, lock, best.wrong) : [] }
}

function judged(work: Work, lock: Lock | undefined): { work: Work; wrong: readonly string[]; missing: number } {
  return { work, wrong: lock ? different(work, lock) : [], missing: work.board.counts(0, work.plan.items).pending }
}

function lookAt(revision: Revision, store: Store): Work {
  return revision.blaming(() =>
    blamingConfig(revision.loaded, () => {
      const work = workOf(revision.loaded, store)
      surveyAll(work)
      return work
    }),
  )
}

/** Batches that the lock knows, and that came out otherwise. */
function different(work: Work, lock: Lock): string[] {
  const { batches } = lockOf(work)
  return work.dataset.batches
    .map(({ name }) => name)
    .filter((name) => lock.batches.has(name) && lock.batches.get(name)?.rows !== batches.get(name)?.rows)
}

function mismatch({ name }: Revision, work: Work, lock: Lock, batches: readonly string[]): Diagnostic[] {
  if (batches.length === 0) return []
  return [
    {
      code: 'diff/not-as-locked',
      severity: 'warning',
      headline: `this store does not make the rows that ${name} had`,
      facts: batches.map((batch) => {
        const found = work.counts(batch).accepted
        return [`batch ${batch}`, `${lock.batches.get(batch)?.accepted} rows by its lock, ${found} from this store`] as const
      }),
      hint: 'it was built elsewhere, or its answers are gone; what follows compares with what this store has',
    },
  ]
}
