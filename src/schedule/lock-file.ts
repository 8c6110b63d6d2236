/** `datagen.lock`: what a dataset came out as, in numbers and digests that a reviewer can compare. Pure. */
import { hash } from 'node:crypto'
import type { OutputSpec } from '../config/dataset.ts'
import { type PlanBatch, roundsNamed } from '../plan/plan.ts'
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
  const complete = work.dataset.batches.filter(({ name }) => isComplete(work, onlyOf(name)))
  return { batches: new Map(complete.map(({ name, samples }) => [name, lockBatch(work, roundsNamed(work.plan, name), samples)])), outputs }
}

/** An output of one batch is complete exactly when the batch's rows are final. */
function onlyOf(batch: string): OutputSpec {
  return { name: batch, format: 'openai-chat', path: '', holdout: [], batches: [batch] }
}

function lockBatch(work: Work, rounds: readonly PlanBatch[], samples: number): LockBatch {
  const accepted = rounds.reduce((n, round) => n + work.board.batchCounts(round).accepted, 0)
  return {
    cells: rounds.reduce((n, { rows }) => n + rows.length, 0),
    samples,
    accepted,
    rejected: rejectedBy(work, rounds),
    rows: rowsDigest(work, rounds, accepted),
    models: mostUsed(modelsOf(work, rounds)),
    simulated: accepted > 0 && work.dataset.recipe.steps.some((step) => step.kind === 'ask' && step.model.provider === 'simulated'),
  }
}

/** How many rows of a batch each check or fault has turned down. */
export function rejectedBy({ board }: Work, rounds: readonly PlanBatch[]): Map<string, number> {
  const rejected = new Map<string, number>()
  for (const { first, items } of rounds) {
    for (let item = first; item < first + items; item++) {
      if (board.state[item] === STATE.rejected) add(rejected, board.problem(item)?.code ?? 'rejected')
    }
  }
  return rejected
}

/** Equal digests, equal rows in equal order: 8 bytes of each accepted row's mark, big endian. */
export function rowsDigest({ board: { state, markHigh, markLow } }: Work, rounds: readonly PlanBatch[], accepted: number): string {
  const bytes = new DataView(new ArrayBuffer(8 * accepted))
  let at = 0
  for (const { first, items } of rounds) {
    for (let item = first; item < first + items; item++) {
      if (state[item] !== STATE.accepted) continue
      bytes.setUint32(at, markHigh[item] as number)
      bytes.setUint32(at + 4, markLow[item] as number)
      at += 8
    }
  }
  return hash('sha256', bytes).slice(0, 32)
}

function modelsOf({ board: { state, models, modelSets } }: Work, rounds: readonly PlanBatch[]): Map<string, number> {
  const rowsOfSet = new Uint32Array(modelSets.length)
  for (const { first, items } of rounds) {
    for (let item = first; item < first + items; item++) {
      if (state[item] === STATE.accepted) rowsOfSet[models[item] as number] = (rowsOfSet[models[item] as number] as number) + 1
    }
  }
  const rows = new Map<string, number>()
  for (const [set, count] of rowsOfSet.entries()) if (count > 0) for (const name of modelSets[set] ?? []) add(rows, name, count)
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
  const batches = work.dataset.batches.map(({ name }) => name)
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
