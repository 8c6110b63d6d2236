/** The next items of a batch that fills gaps: measured over what it and the batches before it came to, decided once for equal reports. */
import type { Json } from '../../schema/json.ts'
import type { BatchSpec, DimensionSpec, GapsSpec } from '../config/dataset.ts'
import { digestOf } from '../key/key.ts'
import { indexIn } from '../plan/ascending.ts'
import { cellId, cellsOf, guardedValues, rowNamed } from '../plan/cells.ts'
import { expandGaps } from '../plan/expand.ts'
import type { Round } from '../plan/expansion.ts'
import { type Field, type GapReport, gapReport } from '../plan/gaps.ts'
import { rowsWanted } from '../plan/own-rows.ts'
import { Picks } from '../plan/picks.ts'
import { otherThanFirst } from '../plan/shares.ts'
import { type Decision, decidedBefore, decidedLast, type Question } from './decisions.ts'
import { batchesBefore, drawsIn, fatesIn } from './fates.ts'
import type { Work } from './work.ts'

export interface Measured {
  readonly field: Field
  readonly report: GapReport
}

/** What the rows of a batch (`own`) and of those before it lack; `left`: how many further items it may have. */
export function measureGaps(work: Work, spec: BatchSpec, { strength, shares }: GapsSpec, left: number, own = true): Measured {
  const { dimensions } = work.plan
  const branches = (work.dataset.recipe.branches ?? []).map(({ name, values, of }) => ({
    name,
    values,
    of: (row: number) => of(guardedValues(dimensions, row)),
  }))
  const field = { dimensions, branches, allowed: rowsWanted(dimensions, cellsOf(work.dataset).rows, spec) }
  const tried = [...fatesIn(work, new Set([...batchesBefore(work, spec), ...(own ? [spec.name] : [])]))]
  const accepted = tried.filter(({ fate }) => fate === 'accepted').length
  const rules = [...shares].map(([name, [least, most]]) =>
    otherThanFirst(dimensions.find((dimension) => dimension.name === name) as DimensionSpec, least, most),
  )
  return { field, report: gapReport(field, tried, { total: accepted + left, strength, shares: rules }) }
}

/** Which round it is, from 0, and how many items it may have. */
export interface Turn {
  readonly at: number
  readonly left: number
}

function roundName({ name }: BatchSpec, round: number): string {
  return `${name} ${round}`
}

/** At most `left` items; none when nothing is missing. */
export function gapRound(work: Work, spec: BatchSpec, gaps: GapsSpec, { at, left }: Turn, decided: Decision[]): Round {
  const { dimensions } = work.plan
  const { field, report } = measureGaps(work, spec, gaps, left)
  const question: Question = {
    what: 'gaps',
    batch: roundName(spec, at),
    about: { report: report as unknown as Json, size: left, fill: gaps.fill, space: spaceOf(dimensions) },
  }
  const drawsOf = drawsIn(work)
  const known = decidedBefore(work.store, question)
  if (known) return again(dimensions, field, drawsOf, known as unknown as KeptRound)
  const last = Array.from({ length: spec.rounds }, (_, round) =>
    decidedLast(work.store, { what: 'gaps', batch: roundName(spec, round) }),
  ) as unknown as (KeptRound | undefined)[]
  const held = new Set(last.flatMap((cells) => cells ?? []).flatMap(([cell]) => rowNamed(dimensions, cell) ?? []))
  const round = expandGaps({ field, report, drawsOf, size: left, purpose: 'gaps', fill: gaps.fill, held })
  if (round.rows.length > 0) decided.push({ question, answer: kept(dimensions, round) as unknown as Json })
  return round
}

/** Cells by id with how many draws of each: what outlives a change in the order of dimensions or values. */
type KeptRound = readonly (readonly [cell: string, draws: number])[]

function kept(dimensions: readonly DimensionSpec[], { rows }: Round): KeptRound {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(cellId(dimensions, row), (counts.get(cellId(dimensions, row)) ?? 0) + 1)
  return [...counts]
}

/** A round that was decided before, as far as its cells are still allowed. */
function again(dimensions: readonly DimensionSpec[], { allowed }: Field, drawsOf: (row: number) => number, cells: KeptRound): Round {
  const picks = new Picks(drawsOf, Number.POSITIVE_INFINITY)
  for (const [cell, draws] of cells) {
    const row = rowNamed(dimensions, cell)
    if (row === undefined || indexIn(allowed, row) < 0) continue
    for (let draw = 0; draw < draws; draw++) picks.add(row)
  }
  return picks.items()
}

/** Which values there are, whatever their order and guides. */
function spaceOf(dimensions: readonly DimensionSpec[]): string {
  const names = dimensions
    .map(({ name, values }) => [name, ...values.map(({ id }) => id).sort()])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
  return digestOf(JSON.stringify(names))
}
