/** The accepted rows of an output in plan order, made again from kept answers: read in bulk, without making a request. */
import type { Example } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import { FORMATS } from '../assemble/formats.ts'
import { provenanceRow, type Source } from '../assemble/provenance.ts'
import { fileIndex } from '../assemble/split.ts'
import { matches } from '../check/rules.ts'
import type { AskSpec, OutputSpec, RunSpec } from '../config/dataset.ts'
import { cellId, guardedValues } from '../plan/cells.ts'
import { contextOf } from '../plan/context.ts'
import type { Item, PlanBatch } from '../plan/plan.ts'
import { replay } from '../plan/resolve.ts'
import type { KeyedTrace } from '../store/store.ts'
import { jsonLine } from '../write/jsonl.ts'
import { readResponse } from './answers.ts'
import { STATE } from './board.ts'
import type { Work } from './work.ts'

/** An answer that the columns speak of is not there, or is not what it was: what is known about the items is void. */
export class AnswerGone extends Error {
  constructor() {
    super('datagen bug: an answer that a row needs is gone')
    this.name = 'AnswerGone'
  }
}

/** A line of an output. */
export interface Line {
  /** Index into `filesOf`. */
  readonly file: number
  readonly row: string
  /** Its sidecar line. */
  readonly meta: () => string
}

/** Rows read from the store at a time: enough for a scan to pay, few enough to hold. */
const CHUNK = 1024

/** The batches an output draws from, in plan order. */
export function batchesOf(work: Work, output: OutputSpec): PlanBatch[] {
  return work.plan.batches.filter((batch) => output.batches.includes(batch.spec.name))
}

/** Throws `AnswerGone` when the store has lost what a row is made of. */
export function* linesOf(work: Work, output: OutputSpec, simulated: ReadonlySet<string> = new Set()): Generator<Line> {
  const { plan } = work
  const { rows } = FORMATS[output.format]
  for (const items of chunksOf(work, output)) {
    for (const { item, example, sources } of examplesOf(work, items)) {
      const file = output.holdout.length === 0 ? 0 : fileIndex(output, cellId(plan.dimensions, item.row))
      const meta = () => jsonLine(metaOf(work, item, sources, simulated))
      for (const row of rows(example)) yield { file, row: jsonLine(row), meta }
    }
  }
}

/** How many rows each of an output's files has. */
export function countRows(work: Work, output: OutputSpec, files: number): number[] {
  const rows = new Array<number>(files).fill(0)
  const each = FORMATS[output.format].rowsPerExample
  for (const items of chunksOf(work, output)) {
    if (output.holdout.length === 0) rows[0] = (rows[0] as number) + items.length * each
    else
      for (const item of items) {
        const file = fileIndex(output, cellId(work.plan.dimensions, work.item(item).row))
        rows[file] = (rows[file] as number) + each
      }
  }
  return rows
}

/** Indexes of the accepted items an output takes, in portions. */
function* chunksOf(work: Work, output: OutputSpec): Generator<readonly number[]> {
  const { where } = output
  let chunk: number[] = []
  for (const batch of batchesOf(work, output)) {
    for (let item = batch.first; item < batch.first + batch.items; item++) {
      if (work.board.state[item] !== STATE.accepted) continue
      if (where && !matches(where, guardedValues(work.plan.dimensions, work.item(item).row))) continue
      if (chunk.push(item) < CHUNK) continue
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) yield chunk
}

interface MadeRow {
  readonly item: Item
  readonly example: Example
  readonly sources: readonly Source[]
}

function* examplesOf(work: Work, items: readonly number[]): Generator<MadeRow> {
  const { dataset, plan, store, board } = work
  const asked = dataset.recipe.steps.filter((step): step is AskSpec | RunSpec => step.kind !== 'derive')
  const kept = board.answers.map((column) => store.readAll(Uint32Array.from(items, (item) => column[item] as number)))
  for (const [i, index] of items.entries()) {
    const item = work.item(index)
    const values: Record<string, Json> = Object.create(null)
    const context = contextOf(plan.dimensions, item.row, item.sample, values)
    const traces = kept.map((column) => column[i])
    const example = replay(dataset.recipe, { context, values }, (step) => readValue(step, traces[asked.indexOf(step)]))
    yield { item, example, sources: traces.map((trace, at) => sourceOf((asked[at] as AskSpec | RunSpec).name, trace as KeyedTrace)) }
  }
}

function readValue(step: AskSpec | RunSpec, trace: KeyedTrace | undefined): Json {
  const reading = trace && readResponse(step, trace.raw)
  if (reading?.kind !== 'value') throw new AnswerGone()
  return reading.value
}

function sourceOf(step: string, { key, model, inputTokens, outputTokens, usd }: KeyedTrace): Source {
  return { step, key, model, inputTokens, outputTokens, usd }
}

function metaOf(work: Work, item: Item, sources: readonly Source[], simulated: ReadonlySet<string>): JsonObject {
  return provenanceRow(
    guardedValues(work.plan.dimensions, item.row),
    item.sample,
    sources,
    sources.some(({ step }) => simulated.has(step)),
  )
}
