/** `datagen.lock`: what a dataset came out as, in numbers and digests that a reviewer can compare. Pure. */
import { hash } from 'node:crypto'
import type { OutputSpec } from '../config/dataset.ts'
import { itemsOf, type PlanBatch } from '../plan/plan.ts'
import { STATE } from './board.ts'
import { isComplete } from './outputs.ts'
import type { Work } from './work.ts'

export interface Lock {
  readonly batches: ReadonlyMap<string, LockBatch>
  /** Files of outputs, splits as `name/split`. */
  readonly outputs: ReadonlyMap<string, LockOutput>
}

export interface LockBatch {
  readonly cells: number
  readonly samples: number
  readonly accepted: number
  /** Rows that were turned down, by check or fault. */
  readonly rejected: ReadonlyMap<string, number>
  /** 32 hex digits over the marks of the accepted rows, in plan order. */
  readonly rows: string
  /** Rows that each model had a part in, by the name under which it answered. */
  readonly models: ReadonlyMap<string, number>
  /** Answers of a simulated model are behind the rows: a rehearsal, not for training. */
  readonly simulated: boolean
}

export interface LockOutput {
  /** Relative to the config's folder, with forward slashes. */
  readonly path: string
  readonly rows: number
}

// A server that names itself anew with every answer must not fill the file.
const MOST_MODELS = 20
const OTHER_MODELS = 'other models'

/** The batches of which nothing failed and nothing is to come; after a survey or a build, with its barriers. */
export function lockOf(work: Work, outputs: ReadonlyMap<string, LockOutput> = new Map()): Lock {
  const complete = work.plan.batches.filter(({ spec }) => isComplete(work, onlyOf(spec.name)))
  return { batches: new Map(complete.map((batch) => [batch.spec.name, lockBatch(work, batch)])), outputs }
}

/** An output of one batch is complete exactly when the batch's rows are final. */
function onlyOf(batch: string): OutputSpec {
  return { name: batch, format: 'openai-chat', path: '', holdout: [], batches: [batch] }
}

function lockBatch(work: Work, batch: PlanBatch): LockBatch {
  const { board } = work
  const bySet = new Map<number, number>()
  for (const { index } of itemsOf(batch)) if (board.state[index] === STATE.accepted) add(bySet, board.models[index] as number)
  const { accepted } = board.batchCounts(batch)
  return {
    cells: batch.rows.length,
    samples: batch.spec.samples,
    accepted,
    rejected: rejectedBy(work, batch),
    rows: rowsDigest(work, batch),
    models: mostUsed(modelsOf(bySet, board.modelSets)),
    simulated: accepted > 0 && work.dataset.recipe.steps.some((step) => step.kind === 'ask' && step.model.provider === 'simulated'),
  }
}

/** How many rows of a batch each check or fault has turned down. */
export function rejectedBy({ board }: Work, batch: PlanBatch): Map<string, number> {
  const rejected = new Map<string, number>()
  for (const { index } of itemsOf(batch)) if (board.state[index] === STATE.rejected) add(rejected, board.problem(index)?.code ?? 'rejected')
  return rejected
}

/** Equal digests, equal rows in equal order: 8 bytes of each accepted row's mark, big endian. */
export function rowsDigest({ board }: Work, batch: PlanBatch): string {
  const bytes = Buffer.allocUnsafe(8 * board.batchCounts(batch).accepted)
  let at = 0
  for (const { index } of itemsOf(batch)) {
    if (board.state[index] !== STATE.accepted) continue
    bytes.writeUInt32BE(board.markHigh[index] as number, at)
    bytes.writeUInt32BE(board.markLow[index] as number, at + 4)
    at += 8
  }
  return hash('sha256', bytes).slice(0, 32)
}

function modelsOf(bySet: ReadonlyMap<number, number>, sets: readonly (readonly string[])[]): Map<string, number> {
  const rows = new Map<string, number>()
  for (const [set, count] of bySet) for (const name of sets[set] ?? []) add(rows, name, count)
  return rows
}

function mostUsed(rows: ReadonlyMap<string, number>): Map<string, number> {
  if (rows.size <= MOST_MODELS) return new Map(rows)
  const ranked = [...rows].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const kept = new Map(ranked.slice(0, MOST_MODELS))
  for (const [, count] of ranked.slice(MOST_MODELS)) add(kept, OTHER_MODELS, count)
  return kept
}

function add<Name>(counts: Map<Name, number>, name: Name, count = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + count)
}

/** What stands in the file next: new entries, the old ones of what is incomplete, nothing of what is gone. */
export function renewed(before: Lock | undefined, now: Lock, work: Work, files: readonly string[]): Lock {
  const batches = work.plan.batches.map(({ spec }) => spec.name)
  return {
    batches: merged(batches, now.batches, before?.batches),
    outputs: merged(files, now.outputs, before?.outputs),
  }
}

function merged<Entry>(
  names: readonly string[],
  now: ReadonlyMap<string, Entry>,
  before: ReadonlyMap<string, Entry> | undefined,
): Map<string, Entry> {
  return new Map(
    names.flatMap((name): [string, Entry][] => {
      const entry = now.get(name) ?? before?.get(name)
      return entry ? [[name, entry]] : []
    }),
  )
}
