/** Why an output is not what a build would write: cells to ask, files that are gone or changed, rows that come out otherwise. */
import { filesOf } from '../assemble/split.ts'
import type { BatchSpec, OutputSpec } from '../config/dataset.ts'
import { itemsOf, roundsNamed } from '../plan/plan.ts'
import { STATE } from './board.ts'
import type { Lock, LockBatch } from './lock-file.ts'
import { reasonFor, reasonText } from './reasons.ts'
import { REVIEW } from './verdict.ts'
import type { Work } from './work.ts'

// A reason costs a look-up and a diff; beyond this many the groups are known well enough.
const MOST_REASONS = 20_000

// What a batch job has been asked for already.
const AWAITED = 'waiting for batch jobs'

export interface ReasonCount {
  readonly reason: string
  readonly count: number
}

/** Of each batch, why its items would be asked; most frequent first. After a survey. */
export function pendingReasons(work: Work): Map<string, ReasonCount[]> {
  let left = MOST_REASONS
  return new Map(
    work.dataset.batches.map(({ name }) => {
      const counts = new Map<string, number>()
      for (const item of roundsNamed(work.plan, name).flatMap((round) => [...itemsOf(round)])) {
        if (work.board.state[item.index] !== STATE.pending) continue
        if (work.waits[item.index] === 1) {
          counts.set(AWAITED, (counts.get(AWAITED) ?? 0) + 1)
          continue
        }
        const resolution = left-- > 0 ? work.resolve(item) : undefined
        const wanted = resolution?.kind === 'wanted' ? resolution : undefined
        const text = wanted ? reasonText(reasonFor(work.dataset, item, wanted, work.store), wanted.step.name) : 'not compared one by one'
        counts.set(text, (counts.get(text) ?? 0) + 1)
      }
      const reasons = [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
      return [name, reasons]
    }),
  )
}

export interface Evidence {
  readonly pending: ReadonlyMap<string, readonly ReasonCount[]>
  readonly isThere: (path: string) => boolean
  /** Whether a file is as the last build left it; undefined when nobody knows. */
  readonly isAsLeft: (path: string) => boolean | undefined
  /** As the last complete build locked it, and as it would be now. */
  readonly locked: Lock | undefined
  readonly now: Lock
}

/** `change` is what a comparison of bytes has found. Empty exactly for an output that is up to date. */
export function staleness(work: Work, output: OutputSpec, change: 'new' | 'will change' | 'unchanged', evidence: Evidence): string[] {
  if (change === 'unchanged') return []
  const batches = work.dataset.batches.filter(({ name }) => output.batches.includes(name))
  const asks = batches.flatMap(({ name }) => evidence.pending.get(name) ?? [])
  const reasons = merged(asks).map(
    ({ reason, count }) => `${count} ${count === 1 ? 'cell' : 'cells'} ${reason === AWAITED ? AWAITED : `to ask: ${reason}`}`,
  )
  const missing = filesOf(output).filter(({ path }) => !evidence.isThere(path))
  reasons.push(
    ...missing.map(({ name }) => (missing.length === 1 && name === output.name ? 'the file is missing' : `the file of ${name} is missing`)),
  )
  if (reasons.length > 0) return reasons
  const waiting = batches.find(({ name }) => roundsNamed(work.plan, name).some(({ toCome }) => toCome))
  if (waiting) return [`batch "${waiting.name}" is not planned to its end: it waits for what others come out as`]
  if (batches.some(({ name }) => !evidence.now.batches.has(name)))
    return ['it waits for an earlier batch: a row there may be the twin of a row here']
  const left = filesOf(output).map(({ path }) => evidence.isAsLeft(path))
  if (left.includes(false)) return ['the file was changed by hand']
  const cause = causeOf(batches, evidence)
  // Where another build came after it, nobody knows how the last one left the file.
  return [`rows would change without a call: ${cause}${cause === LAID_OUT && left.includes(undefined) ? ', or the file by hand' : ''}`]
}

function merged(counts: readonly ReasonCount[]): ReasonCount[] {
  const sums = new Map<string, number>()
  for (const { reason, count } of counts) sums.set(reason, (sums.get(reason) ?? 0) + count)
  return [...sums].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
}

const LAID_OUT = 'where, holdout or the order of its rows changed'

/** The lock remembers numbers, not rules: what is said here follows from which of them moved. */
function causeOf(batches: readonly BatchSpec[], { locked, now }: Evidence): string {
  const pairs = batches.map(({ name }) => [locked?.batches.get(name), now.batches.get(name)] as const)
  if (pairs.some(([before]) => !before)) return 'what was built before is not known'
  const moved = pairs.filter((pair): pair is [LockBatch, LockBatch] => pair[0]?.rows !== pair[1]?.rows)
  if (moved.length === 0) return LAID_OUT
  if (moved.some(([before, after]) => before.cells !== after.cells || before.samples !== after.samples)) return 'other cells are wanted'
  if (moved.some(([before, after]) => before.rejected.get(REVIEW) !== after.rejected.get(REVIEW))) return 'reviews changed'
  if (moved.some(([before, after]) => !equal(before.rejected, after.rejected))) return 'checks changed'
  return 'the example changed, which answers count, or what a person edited'
}

function equal(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([name, count]) => b.get(name) === count)
}
