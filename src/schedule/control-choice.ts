/** Controls from rows: which rows, and how each is spoiled. Nothing is asked for that. */
import type { Example } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import type { JudgeSpec } from '../check/judged.ts'
import { matches } from '../check/rules.ts'
import { pairWithSpoiled, SPOILINGS, spoiled } from '../check/spoil.ts'
import type { JudgedCell } from '../config/dataset.ts'
import { cellFraction } from '../key/key.ts'
import { cellId, coordinates, guardedValues } from '../plan/cells.ts'
import { itemsOf, type PlanBatch } from '../plan/plan.ts'
import { STATE } from './board.ts'
import { type Control, controlsOf, firstRows, heldControls, holderOf } from './controls.ts'
import { type Decision, decidedBefore } from './decisions.ts'
import { examplesIn } from './rows.ts'
import type { Work } from './work.ts'

/** Fewer rows than this say too little of a judge to spend calls on it. */
export const FEWEST_ROWS = 8

interface Base {
  readonly example: Example
  readonly told: JudgedCell
  readonly from: { readonly cell: Readonly<Record<string, string>>; readonly sample: number }
  readonly label: string
  readonly ordinal: number
}

interface Bases {
  /** Rows to be spoiled. */
  readonly bases: readonly Base[]
  /** Rows that lend them an answer or a cell. */
  readonly pool: readonly Base[]
}

export interface Chosen {
  readonly controls: readonly Control[]
  /** To be kept before anything is asked that follows from it; undefined where nothing new was chosen. */
  readonly decision?: Decision
}

/** The controls of a judge by the rows that are judged now, in batches of which nothing is under way. */
export function chooseControls(work: Work, check: JudgeSpec, batches: readonly PlanBatch[]): Chosen {
  const controls = controlsOf(work, check)
  const held = heldControls(work, check)
  const wanted = check.rule.controls?.made ?? 0
  const missing = wanted - rowsOf(held)
  if (missing <= 0) return { controls }
  const taken = new Set(held.map(({ from }) => JSON.stringify(from)))
  const { bases, pool } = basesIn(work, check, batches, missing, taken)
  if (bases.length === 0) return { controls }
  const made = [...held, ...bases.flatMap((base, i) => controlsFrom(check, base, pool, rowsOf(held) + i))]
  const holder = holderOf(work.dataset, check)
  const question = { ...holder, about: { judge: holder.batch, rows: made.map(({ name, how }) => `${name} ${how}`) } }
  const before = decidedBefore(work.store, question) as { readonly controls: readonly Json[] } | undefined
  const all = before ? before.controls.map((one) => one as unknown as Control) : made
  return {
    controls: [...controls.filter(({ from }) => !from), ...firstRows(all, wanted)],
    decision: { question, answer: { controls: made as unknown as Json } },
  }
}

/** So many rows will be spoiled once there are enough. */
export function toBeMade(work: Work, check: JudgeSpec, controls: readonly Control[]): number {
  const { plan } = work
  const planned = plan.batches.reduce((sum, batch) => {
    let own = 0
    for (const { row } of itemsOf(batch)) if (matches(check.rule.where, guardedValues(plan.dimensions, row))) own++
    return sum + own
  }, 0)
  if (planned < FEWEST_ROWS) return 0
  return Math.max(0, (check.rule.controls?.made ?? 0) - rowsOf(controls.filter(({ from }) => from)))
}

function rowsOf(controls: readonly Control[]): number {
  return new Set(controls.map(({ from }) => JSON.stringify(from))).size
}

/** Accepted rows first, then those that the judge alone turned down: a judge that turns all down is to be found out as well. By hashes of their cells. */
function basesIn(work: Work, check: JudgeSpec, batches: readonly PlanBatch[], most: number, taken: ReadonlySet<string>): Bases {
  const { board, plan, judged } = work
  const columns = board.levels.filter((_, i) => judged[i]?.check === check.id)
  const found: { index: number; rank: number; order: number }[] = []
  for (const batch of batches) {
    for (const { index, row, sample } of itemsOf(batch)) {
      const state = board.state[index]
      const accepted = state === STATE.ready || state === STATE.accepted
      if (!accepted && !(state === STATE.rejected && board.problem(index)?.code === check.id)) continue
      if (columns.some((column) => column[index] === 0) || !matches(check.rule.where, guardedValues(plan.dimensions, row))) continue
      found.push({ index, rank: accepted ? 0 : 1, order: cellFraction(cellId(plan.dimensions, row), `control ${sample}`) })
    }
  }
  if (found.length < FEWEST_ROWS) return { bases: [], pool: [] }
  found.sort((a, b) => a.rank - b.rank || a.order - b.order)
  // Some answers are too short to be spoiled: then the next row serves.
  const enough = 4 * (most + taken.size)
  // What all accepted rows have in common, others may not have: these lend what is not theirs.
  const others = found.toSorted((a, b) => a.order - b.order).slice(0, enough)
  const some = [...new Set([...found.slice(0, enough), ...others].map(({ index }) => index))]
  const pool = [...examplesIn(work, some)].map(({ item, example }): Base => {
    const named = coordinates(plan.dimensions, item.row)
    const told = named.filter(({ name }) => asked(check).includes(name))
    return {
      example,
      told: {
        cell: Object.fromEntries(told.map(({ name, id }) => [name, id])),
        guide: Object.fromEntries(told.map(({ name, guide }) => [name, guide])),
      },
      from: { cell: Object.fromEntries(named.map(({ name, id }) => [name, id])), sample: item.sample },
      label: work.label(item),
      ordinal: work.ordinals.of[item.index] as number,
    }
  })
  return { bases: pool.filter((base) => !taken.has(JSON.stringify(base.from)) && isUsable(check, base, pool)).slice(0, most), pool }
}

function isUsable(check: JudgeSpec, base: Base, all: readonly Base[]): boolean {
  const other = all.find((one) => one !== base)
  return asked(check).length > 0
    ? otherCell(check, base, all) !== undefined
    : SPOILINGS.some((how) => spoiled(how, base.example, other?.example))
}

/** Dimensions that the rubric looks at. */
function asked({ rule }: JudgeSpec): string[] {
  return rule.criteria.flatMap(({ asks }) => asks.dimension ?? [])
}

/** The row that has most of the looked-at values in another way. */
function otherCell(check: JudgeSpec, base: Base, all: readonly Base[]): Base | undefined {
  const apart = (other: Base) => asked(check).filter((name) => other.told.cell[name] !== base.told.cell[name]).length
  const best = all.reduce((most, one) => (apart(one) > apart(most) ? one : most), base)
  return apart(best) > 0 ? best : undefined
}

/** A row and what is made of it. Which way it is spoiled goes round, so that a judge that misses one kind is found out by the others. */
function controlsFrom(check: JudgeSpec, base: Base, all: readonly Base[], place: number): Control[] {
  const { example, told, from, label, ordinal } = base
  const row: Control = { name: label, how: 'row', worth: 'good', example, ...told, ordinal, from }
  if (asked(check).length > 0) {
    const other = otherCell(check, base, all)
    const bad: Control[] = other ? [{ ...row, ...other.told, how: 'other-cell', worth: 'bad', ordinal: 0 }] : []
    return [row, ...bad]
  }
  const other = all[(all.indexOf(base) + 1) % all.length]
  const ways = SPOILINGS.map((_, i) => SPOILINGS[(place + i) % SPOILINGS.length] as (typeof SPOILINGS)[number])
  for (const how of ways) {
    const made = (check.rule.pairs === undefined ? spoiled : pairWithSpoiled)(how, example, other?.example)
    if (!made) continue
    if (check.rule.pairs !== undefined) return [{ ...row, example: made, how, worth: 'both', ordinal: 0 }]
    return [row, { ...row, example: made, how, worth: 'bad', ordinal: 0 }]
  }
  return []
}
