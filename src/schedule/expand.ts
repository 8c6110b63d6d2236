/** Deciding about batches that wait for others: what their prompts may see, and which items they have. */
import type { Json, JsonObject } from '../../schema/json.ts'
import type { BatchSpec } from '../config/dataset.ts'
import { cellId } from '../plan/cells.ts'
import { type Expansion, type Expansions, maySettleLater } from '../plan/expansion.ts'
import { type PlanBatch, roundsNamed } from '../plan/plan.ts'
import type { CellId } from '../util/brand.ts'
import { batchRemarks } from './batch-remarks.ts'
import { STATE } from './board.ts'
import { type Decision, decidedBefore, decidedLast, type Question } from './decisions.ts'
import { batchesBefore } from './fates.ts'
import { gapRound } from './gap-round.ts'
import { lessonsFrom, MOST_OPENINGS, type Opening, openingOf, openingsAsJson, openingsFromJson } from './lessons.ts'
import { examplesIn } from './rows.ts'
import { topUpRound } from './top-up.ts'
import type { Work } from './work.ts'

/** Decisions that a build keeps before it asks for anything that follows from them. */
export type Decisions = readonly Decision[]

export interface Decided {
  readonly expansions: Expansions
  readonly decided: Decisions
}

/** The first batch about which something can be decided now, decided about; undefined when there is none. After the barriers. */
export function decideNext(work: Work): Decided | undefined {
  // Which cells are left for a batch depends on what those before it took, so they are planned one after the other.
  let isTurn = true
  for (const spec of work.dataset.batches) {
    if (!maySettleLater(spec)) continue
    const held = work.expansions.get(spec.name) ?? { rounds: [], settled: false }
    if (held.settled) continue
    if (spec.after.every((name) => work.isSettled(name))) {
      const decided: Decision[] = []
      const next = withLessons(work, spec, held, decided) ?? (isTurn ? withRound(work, spec, held, decided) : undefined)
      if (next) return { expansions: new Map(work.expansions).set(spec.name, next), decided }
    }
    isTurn &&= !spec.gaps && spec.acceptedExactly === undefined
  }
  return undefined
}

/** First what the prompts see, for before that nothing can be asked. */
function withLessons(work: Work, spec: BatchSpec, held: Expansion, decided: Decision[]): Expansion | undefined {
  if (held.lessons || !(spec.avoid || spec.remarks)) return undefined
  const openings = spec.avoid ? openingsBefore(work, spec, decided) : []
  const remarks = spec.remarks ? batchRemarks(work, batchesBefore(work, spec)) : []
  const lessons = lessonsFrom(work.plan.dimensions, spec, openings, remarks)
  return { ...held, lessons, settled: !spec.gaps && spec.acceptedExactly === undefined }
}

function withRound(work: Work, spec: BatchSpec, held: Expansion, decided: Decision[]): Expansion | undefined {
  const own = roundsNamed(work.plan, spec.name)
  if (!own.every((round) => isFinal(work, round))) return undefined
  const planned = own.reduce((n, { items }) => n + items, 0)
  const most = (spec.gaps ? spec.size : spec.candidates) ?? 0
  const turns = spec.gaps ? spec.rounds : spec.rounds + 1 // the first one is the config's own
  const left = most - planned
  const made = spec.gaps ? held.rounds.length : own.length
  const goesOn = left > 0 && made < turns
  const round = goesOn ? (spec.gaps ? gapRound(work, spec, spec.gaps, { at: made, left }, decided) : topUpRound(work, spec)) : undefined
  if (!round || round.rows.length === 0) return { ...held, settled: true }
  const settled = made + 1 >= turns || (spec.gaps !== undefined && round.rows.length >= left)
  return { ...held, rounds: [...held.rounds, round], settled: settled && spec.acceptedExactly === undefined }
}

function isFinal(work: Work, batch: PlanBatch): boolean {
  const { failed, pending } = work.board.batchCounts(batch)
  return failed + pending === 0
}

/**
 * How accepted rows of the batches before begin. Decided by which cells have rows, not by what they say: a row that is asked for
 * anew changes no prompt, and further rows change only those near them.
 */
function openingsBefore(work: Work, spec: BatchSpec, decided: Decision[]): Opening[] {
  const before = batchesBefore(work, spec)
  const accepted: number[] = []
  for (const { spec: other, first, items } of work.plan.batches) {
    if (!before.has(other.name)) continue
    for (let item = first; item < first + items; item++) if (work.board.state[item] === STATE.accepted) accepted.push(item)
  }
  const cells = new Map<CellId, number>()
  for (const item of accepted.slice(0, MOST_OPENINGS)) cells.set(cellId(work.plan.dimensions, work.item(item).row), item)
  const question: Question = {
    what: 'covered',
    batch: spec.avoid?.version === undefined ? spec.name : `${spec.name} ${spec.avoid.version}`,
    about: { cells: [...cells.keys()].sort(), version: spec.avoid?.version ?? null },
  }
  const known = decidedBefore(work.store, question)
  if (known) return openingsFromJson(known as JsonObject)
  const last = decidedLast(work.store, question) as JsonObject | undefined
  const openings: Opening[] = []
  const unknown: number[] = []
  for (const [cell, item] of cells) {
    const text: Json | undefined = last && Object.hasOwn(last, cell) ? last[cell] : undefined
    if (typeof text === 'string') openings.push({ cell, text })
    else unknown.push(item)
  }
  for (const { item, example } of examplesIn(work, unknown)) {
    const text = openingOf(example)
    if (text !== undefined) openings.push({ cell: cellId(work.plan.dimensions, item.row), text })
  }
  decided.push({ question, answer: openingsAsJson(openings) })
  return openings
}
