/** A dataset's work, laid out: which cells, in which batches, how many draws of each. Pure. */
import type { BatchSpec, Dataset, DimensionSpec } from '../config/dataset.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { cellsOf } from './cells.ts'
import { type Expansion, type Expansions, type Lessons, maySettleLater, NOTHING_EXPANDED, type Round } from './expansion.ts'
import { type HeldRows, ownRows } from './own-rows.ts'

export interface Plan {
  readonly dataset: Dataset
  readonly dimensions: readonly DimensionSpec[]
  /** In running order. */
  readonly batches: readonly PlanBatch[]
  /** The rows that each batch takes as the config alone decides, also where its items are still to come. */
  readonly own: ReadonlyMap<string, Uint32Array>
  /** Cells × samples over all batches. */
  readonly items: number
}

/**
 * Items `first … first + items - 1` of the plan: cell-major, then by draw. A batch that is planned in rounds has one of these for
 * each, behind each other.
 */
export interface PlanBatch {
  readonly spec: BatchSpec
  /** From 0. */
  readonly round: number
  /** Rows of the full product, ascending. */
  readonly rows: Uint32Array
  /** Which draw of its cell each row is; left out, each has the draws 0 … `samples` - 1. */
  readonly draws?: Uint16Array
  readonly first: number
  readonly items: number
  /** What is not decided yet: so many items at most, once these batches are complete. */
  readonly toCome?: { readonly atMost: number; readonly waitsFor: readonly string[] }
  /** What its prompts may see of the batches before it. */
  readonly lessons?: Lessons
}

/** One draw of one cell: the unit that is built. */
export interface Item {
  readonly index: number
  readonly batch: PlanBatch
  readonly row: number
  readonly sample: number
}

/** What a plan is laid out from, beside the dataset. */
export interface Layout {
  /** The rows of each batch that are the config's affair alone, when an earlier plan is known to have chosen the same. */
  readonly selected?: ReadonlyMap<string, Uint32Array> | undefined
  readonly held?: HeldRows | undefined
  /** What batches that wait for others have come to. */
  readonly expansions?: Expansions
}

/** Throws a `DatagenError` (exit 2) when no cell is left: an empty dataset is never what was meant. */
export function planOf(dataset: Dataset, { selected, held, expansions = NOTHING_EXPANDED }: Layout = {}): Plan {
  const rows = selected ?? ownRows(dataset, cellsOf(dataset).rows, held)
  const batches: PlanBatch[] = []
  let first = 0
  for (const spec of dataset.batches) {
    const own = rows.get(spec.name)
    if (!own) throw new Error(`datagen bug: an equal plan has no batch "${spec.name}"`)
    for (const batch of roundsOf(spec, own, expansions.get(spec.name), first)) {
      batches.push(batch)
      first += batch.items
    }
  }
  if (first === 0 && batches.every(({ toCome }) => !toCome)) throw nothingLeft(dataset)
  return { dataset, dimensions: dataset.dimensions, batches, own: rows, items: first }
}

const NO_ROWS = new Uint32Array()

/** The rounds of one batch, beginning at an item: what is decided, and on the last what may still come. */
function roundsOf(spec: BatchSpec, own: Uint32Array, expansion: Expansion | undefined, start: number): PlanBatch[] {
  const lessons = expansion?.lessons
  const waiting = maySettleLater(spec) && !expansion?.settled
  const drawn = expansion?.rounds ?? []
  // What a batch takes by itself, it takes as soon as its prompts are known.
  const rounds: (Round | { readonly rows: Uint32Array })[] = [...(spec.gaps || (spec.avoid && !lessons) ? [] : [{ rows: own }]), ...drawn]
  if (rounds.length === 0) rounds.push({ rows: NO_ROWS })
  let first = start
  return rounds.map((round, at): PlanBatch => {
    const draws = 'draws' in round ? round.draws : undefined
    const items = round.rows.length * (draws ? 1 : spec.samples)
    const last = at === rounds.length - 1
    const batch = {
      spec,
      round: at,
      rows: round.rows,
      ...(draws ? { draws } : {}),
      first,
      items,
      ...(last && waiting ? { toCome: toCome(spec, own, rounds) } : {}),
      ...(lessons ? { lessons } : {}),
    }
    first += items
    return batch
  })
}

function toCome(spec: BatchSpec, own: Uint32Array, rounds: readonly { readonly rows: Uint32Array }[]): NonNullable<PlanBatch['toCome']> {
  const planned = rounds.reduce((n, { rows }) => n + rows.length, 0)
  const most = spec.gaps ? (spec.size ?? planned) : spec.acceptedExactly !== undefined ? spec.candidates : own.length * spec.samples
  return { atMost: Math.max(0, most - planned), waitsFor: [...spec.after] }
}

function nothingLeft(dataset: Dataset): DatagenError {
  const place = dataset.locate(['where'])
  return new DatagenError({
    code: 'plan/no-cells',
    severity: 'error',
    headline: 'no cell is left to build: every combination of values is excluded',
    ...(place ? { place } : {}),
    hint: 'loosen `where` in the config or in its batches; nothing was changed',
  })
}

export function itemAt(plan: Plan, index: number): Item {
  const batch = batchAt(plan, index)
  return itemIn(batch, index - batch.first)
}

function batchAt({ batches, items }: Plan, index: number): PlanBatch {
  for (const batch of batches) if (index - batch.first < batch.items) return batch
  throw new Error(`datagen bug: no item ${index} in a plan of ${items}`)
}

/** The item at a place within its batch. */
function itemIn(batch: PlanBatch, within: number): Item {
  const { rows, draws, spec, first } = batch
  const cell = draws ? within : Math.floor(within / spec.samples)
  const sample = draws ? (draws[within] as number) : within % spec.samples
  return { index: first + within, batch, row: rows[cell] as number, sample }
}

export function* itemsOf(batch: PlanBatch): Generator<Item> {
  for (let within = 0; within < batch.items; within++) yield itemIn(batch, within)
}

/** The rounds of a batch, in order. */
export function roundsNamed({ batches }: Pick<Plan, 'batches'>, name: string): PlanBatch[] {
  return batches.filter(({ spec }) => spec.name === name)
}
