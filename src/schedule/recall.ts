/**
 * The second rung of the ladder: what the last build knew about each item, kept in columns. Items whose cell, guides and
 * definition are the same are taken over by copying arrays; only the others are looked at.
 */
import { KEY_FORMAT } from '../key/format.ts'
import { indexIn } from '../plan/ascending.ts'
import { maySettleLater } from '../plan/expansion.ts'
import { type Fingerprints, fingerprintsOf, renderFingerprints } from '../plan/fingerprints.ts'
import { type Ordinals, ordinalsOf, unmovedOrdinals } from '../plan/ordinals.ts'
import { type Origins, originsOf } from '../plan/origins.ts'
import { haveSameItems, type Outline, type PlannedRows } from '../plan/outline.ts'
import type { Plan } from '../plan/plan.ts'
import type { RequestDigests } from '../plan/request-digests.ts'
import { NO_REVIEWS, type Pin, type Reviews } from '../review/reviews.ts'
import type { Column, Columns } from '../store/columns.ts'
import type { Store } from '../store/store.ts'
import { type AnswerColumns, type Board, type BoardColumns, type Problem, STATE } from './board.ts'
import type { RememberedMeasures } from './measure-memo.ts'
import type { OutputMemo } from './output-memo.ts'
import { pinsOf } from './pins.ts'
import { judgedAnew, type Reviewed, reviewedOf } from './reviewed.ts'
import { type Judge, uniqueChecks } from './verdict.ts'
import type { Work } from './work.ts'

/** What stands beside the arrays. */
export interface ColumnsHead {
  readonly keyFormat: number
  readonly outline: Outline
  readonly store: { readonly identity: string; readonly generation: number }
  readonly batches: readonly { readonly name: string; readonly first: number; readonly samples: number; readonly lessons?: string }[]
  /** Some batches wait for others: which rows they have follows from more than the config. */
  readonly waits?: true
  readonly problems: readonly Problem[]
  readonly modelSets: readonly (readonly string[])[]
  readonly outputs: readonly OutputMemo[]
  readonly reviewed?: Reviewed
  /** What measuring all rows came to; only the build's own columns have it. */
  readonly measured?: RememberedMeasures
  /** Judges that did not tell good from bad when rows were judged. */
  readonly failing?: readonly string[]
}

export type PlanColumns = Columns<ColumnsHead>

const STATE_COLUMNS = ['state', 'twin', 'problemOf'] as const satisfies readonly (keyof BoardColumns)[]

export interface Recall {
  /** Items that must be looked at, ascending. */
  readonly todo: Uint32Array
  readonly fingerprints: Fingerprints
  /** Of the requests that were rendered for this recall. */
  readonly digests: RequestDigests
  readonly ordinals: Ordinals
  /** Marks of each unique check. */
  readonly uniques: readonly Fingerprints[]
  readonly outputs: readonly OutputMemo[]
  readonly measured: RememberedMeasures
  /**
   * Which guides of an item that was known changed since, one bit for each dimension: items with equal edits are asked for
   * one reason. 0 when nothing of the kind is known.
   */
  edit(item: number): number
  /** What is known of the answers behind rows; a board writes to it for the items of `todo` only. */
  readonly known: Partial<AnswerColumns>
  /** Fills an empty board with what is known; the items of `todo` stay pending. */
  restore(board: Board): void
}

/** The rows of an earlier plan that has the same items as this outline: then nothing needs to be selected again. */
export function rowsFrom(columns: PlanColumns | undefined, now: Outline): ReadonlyMap<string, Uint32Array> | undefined {
  if (!columns || columns.head.keyFormat !== KEY_FORMAT || columns.head.waits || !haveSameItems(now, columns.head.outline)) return undefined
  return new Map(plannedRows(columns).batches.map(({ name, rows }) => [name, rows]))
}

function plannedRows({ head, arrays }: PlanColumns): PlannedRows {
  return {
    batches: head.batches.map((batch, i) => {
      const draws = arrays.get(`draws ${i}`)
      return { ...batch, rows: arrays.get(`rows ${i}`) as Uint32Array, ...(draws instanceof Uint16Array ? { draws } : {}) }
    }),
  }
}

/** What is not there was zero throughout. */
function u32({ arrays }: PlanColumns, name: string): Uint32Array {
  const column = arrays.get(name) ?? new Uint32Array((arrays.get('state') as Column).length)
  if (!(column instanceof Uint32Array)) throw new Error(`datagen bug: the column "${name}" is of another kind`)
  return column
}

/** Undefined when the columns say nothing about this plan and this store. */
export function recallFrom(
  plan: Plan,
  now: Outline,
  store: Store,
  columns: PlanColumns,
  reviews: Reviews = NO_REVIEWS,
  pins: ReadonlyMap<number, Pin> = pinsOf(plan, reviews),
): Recall | undefined {
  const { head, arrays } = columns
  if (head.keyFormat !== KEY_FORMAT) return undefined
  if (head.store.identity !== store.identity || head.store.generation !== store.generation()) return undefined
  const held = plannedRows(columns)
  const origins = originsOf(plan, now, head.outline, held)
  if (!origins) return undefined
  const move = mover(plan, origins)

  const fingerprints: Fingerprints = { high: move(u32(columns, 'requestHigh')), low: move(u32(columns, 'requestLow')) }
  const digests = renderFingerprints(plan, fingerprints, origins.changed)
  const before = arrays.get('ordinals')
  const ordinals =
    (before === undefined && unmovedOrdinals(plan, store, fingerprints, origins.changed)) || ordinalsOf(plan, store, fingerprints)
  const moved = (item: number) => {
    const origin = origins.of ? (origins.of[item] as number) : item
    return (ordinals.of[item] as number) !== (before === undefined ? sampleAt(held, origin) : (before[origin] as number))
  }
  const known = new Map(
    [...arrays].filter(([name]) => !/^(rows|draws|request|ordinals|unique)/.test(name)).map(([name, column]) => [name, move(column)]),
  )
  const state = known.get('state') as Uint8Array
  const unknown = new Uint8Array(plan.items)
  for (const item of origins.changed) unknown[item] = 1
  const marks = { high: known.get('markHigh') as Uint32Array | undefined, low: known.get('markLow') as Uint32Array | undefined }
  for (const item of judgedAnew(plan, head.reviewed, reviews, pins, marks)) unknown[item] = 1
  for (let item = state.indexOf(STATE.pending); item >= 0; item = state.indexOf(STATE.pending, item + 1)) unknown[item] = 1
  if (before !== undefined || ordinals.equal.length > 0) {
    for (let item = 0; item < plan.items; item++) if (unknown[item] === 0 && moved(item)) unknown[item] = 1
  }
  const todo = indexesOf(unknown)
  return {
    todo,
    fingerprints,
    digests,
    ordinals,
    uniques: uniqueChecks(plan.dataset.checks).map((_, i) => ({
      high: move(u32(columns, `unique ${i} high`)),
      low: move(u32(columns, `unique ${i} low`)),
    })),
    outputs: origins.of ? [] : head.outputs,
    // By the rows themselves, so that it holds or does not, whatever else changed.
    measured: head.measured ?? [],
    edit(item) {
      const at = origins.edits && state[item] !== STATE.pending ? indexIn(origins.changed, item) : -1
      return at < 0 ? 0 : (origins.edits?.[at] as number)
    },
    known: answerColumns(known),
    restore(board) {
      board.adopt(head.problems, head.modelSets)
      // What is not there was zero throughout.
      for (const name of STATE_COLUMNS) board[name].set(known.get(name) ?? [])
      for (const item of todo) {
        board.state[item] = STATE.pending
        board.twin[item] = 0
      }
    },
  }
}

/** A recall for a plan about which nothing is remembered. */
export function recallNothing(plan: Plan, store: Store): Recall {
  const { fingerprints, digests } = fingerprintsOf(plan)
  return lookingAtAll(plan, { fingerprints, digests, ordinals: ordinalsOf(plan, store, fingerprints) })
}

/** The same requests and draws, but what is known of their answers no longer counts. */
export function lookingAtAll(plan: Plan, known: Pick<Recall, 'fingerprints' | 'digests' | 'ordinals'> & Partial<Recall>): Recall {
  const { fingerprints, digests, ordinals, measured = [] } = known
  const todo = new Uint32Array(plan.items)
  for (let item = 0; item < todo.length; item++) todo[item] = item
  return { todo, fingerprints, digests, ordinals, uniques: [], outputs: [], measured, edit: () => 0, known: {}, restore: () => {} }
}

/** Carries a column from the old places to the new ones. */
function mover(plan: Plan, { of }: Origins) {
  return <C extends Column>(column: C): C => {
    if (!of) return column
    const moved = new (column.constructor as new (length: number) => C)(plan.items)
    for (let item = 0; item < plan.items; item++) if ((of[item] as number) >= 0) moved[item] = column[of[item] as number] as number
    return moved
  }
}

function answerColumns(known: ReadonlyMap<string, Column>): Partial<AnswerColumns> {
  const countOf = (kind: string) => [...known.keys()].filter((name) => name.startsWith(kind)).length
  return {
    ...Object.fromEntries(['markHigh', 'markLow', 'usd', 'models'].flatMap((name) => (known.has(name) ? [[name, known.get(name)]] : []))),
    answers: Array.from({ length: countOf('answers ') }, (_, step) => known.get(`answers ${step}`) as Uint32Array),
    levels: Array.from({ length: countOf('levels ') }, (_, i) => known.get(`levels ${i}`) as Uint8Array),
  }
}

function sampleAt({ batches }: PlannedRows, item: number): number {
  const batch = batches.findLast(({ first }) => first <= item)
  if (!batch) return 0
  return batch.draws ? (batch.draws[item - batch.first] as number) : (item - batch.first) % batch.samples
}

function indexesOf(marked: Uint8Array): Uint32Array {
  let count = 0
  for (let item = 0; item < marked.length; item++) count += marked[item] as number
  const indexes = new Uint32Array(count)
  for (let item = marked.indexOf(1), n = 0; item >= 0; item = marked.indexOf(1, item + 1)) indexes[n++] = item
  return indexes
}

function isZero(column: Column): boolean {
  for (let i = 0; i < column.length; i++) if (column[i] !== 0) return false
  return true
}

/** What a build leaves for the next one. Undefined when answers were lost or asked for anew meanwhile. */
export function columnsOf(
  work: Work,
  judge: Judge,
  outputs: readonly OutputMemo[],
  measured: RememberedMeasures = work.recall.measured,
): PlanColumns | undefined {
  const { board, plan, ordinals, fingerprints, store, outline, generation } = work
  const reviewed = reviewedOf(work.reviews, work.pins)
  if (!outline || store.generation() !== generation) return undefined
  const state = Uint8Array.from(board.state)
  for (let item = 0; item < state.length; item++) {
    // What may go differently next time, or has something to say each time, is looked at each time.
    if (state[item] === STATE.failed || board.warned[item] === 1) state[item] = STATE.pending
    // Each build judges at the barrier anew: what counts is what the row is worth by itself.
    else if (state[item] === STATE.accepted || board.twin[item] === 1) state[item] = STATE.ready
  }
  const arrays = new Map<string, Column>([
    ['state', state],
    ['twin', board.twin],
    ['markHigh', board.markHigh],
    ['markLow', board.markLow],
    ['usd', board.usd],
    ['models', board.models],
    ['problemOf', board.problemOf],
    ['requestHigh', fingerprints.high],
    ['requestLow', fingerprints.low],
  ])
  for (const [step, column] of board.answers.entries()) arrays.set(`answers ${step}`, column)
  for (const [i, column] of board.levels.entries()) arrays.set(`levels ${i}`, column)
  for (const [i, { high, low }] of judge.uniques.entries()) arrays.set(`unique ${i} high`, high).set(`unique ${i} low`, low)
  for (const [i, { rows, draws }] of plan.batches.entries()) {
    arrays.set(`rows ${i}`, rows)
    if (draws) arrays.set(`draws ${i}`, draws)
  }
  if (ordinals.equal.length > 0 || store.displaced().length > 0) arrays.set('ordinals', ordinals.of)
  for (const [name, column] of arrays) if (!/^(state|rows|draws|answers|levels)/.test(name) && isZero(column)) arrays.delete(name)
  const head: ColumnsHead = {
    keyFormat: KEY_FORMAT,
    outline,
    store: { identity: store.identity, generation },
    batches: plan.batches.map(({ spec, first, lessons }) => ({
      name: spec.name,
      first,
      samples: spec.samples,
      ...(lessons ? { lessons: lessons.digest } : {}),
    })),
    ...(plan.batches.some(({ spec }) => maySettleLater(spec)) ? { waits: true as const } : {}),
    problems: board.problemList,
    modelSets: board.modelSets,
    outputs,
    ...(reviewed ? { reviewed } : {}),
    ...(measured.length > 0 ? { measured } : {}),
    ...(work.failing.size > 0 ? { failing: [...work.failing] } : {}),
  }
  return { head, arrays }
}
