/** The accepted rows of an output in plan order, made again from kept answers: read in bulk, without making a request. */
import type { Example } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import { FORMATS } from '../assemble/formats.ts'
import { provenanceRow, type Source } from '../assemble/provenance.ts'
import { ProvenanceLines } from '../assemble/provenance-lines.ts'
import { fileIndex } from '../assemble/split.ts'
import { scoresOf } from '../check/judged.ts'
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
  readonly item: Item
  readonly row: string
  /** Its sidecar line. */
  readonly meta: () => string
}

/** Rows read from the store at a time: enough for a scan to pay, few enough to be gone before memory is cleared away. */
const CHUNK = 256

/** The batches an output draws from, in plan order. */
export function batchesOf(work: Work, output: OutputSpec): PlanBatch[] {
  return work.plan.batches.filter((batch) => output.batches.includes(batch.spec.name))
}

/** Throws `AnswerGone` when the store has lost what a row is made of. */
export function* linesOf(work: Work, output: OutputSpec, simulated: ReadonlySet<string> = new Set()): Generator<Line> {
  const { plan } = work
  const judges = work.dataset.checks.filter(({ rule }) => rule.check === 'judge')
  const { rows } = FORMATS[output.format]
  const lines = new ProvenanceLines(plan.dimensions, simulated, (value) => jsonLine(value).slice(0, -1))
  for (const items of chunksOf(work, output)) {
    for (const { item, example, sources, details, values } of examplesIn(work, items)) {
      const file = output.holdout.length === 0 ? 0 : fileIndex(output, cellId(plan.dimensions, item.row))
      const by = work.pins.get(item.index)?.edit.by
      const meta = () =>
        by === undefined
          ? `${lines.line(item.row, item.sample, sources, details, scoresOf(judges, values))}\n`
          : editedMeta(work, item, by, simulated)
      for (const row of rows(example)) yield { file, item, row: jsonLine(row), meta }
    }
  }
}

/** What somebody made of a simulated answer is no more for training than the answer. */
function editedMeta({ plan }: Work, item: Item, by: string, simulated: ReadonlySet<string>): string {
  return jsonLine(provenanceRow(guardedValues(plan.dimensions, item.row), item.sample, [], simulated.size > 0, undefined, { editedBy: by }))
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
  readonly details: JsonObject | undefined
  /** What its steps came to; of a row that a person wrote, nothing. */
  readonly values: { readonly [step: string]: Json }
}

export function* examplesIn(work: Work, items: readonly number[]): Generator<MadeRow> {
  const { dataset, plan, store, board } = work
  const asked = dataset.recipe.steps.filter((step): step is AskSpec | RunSpec => step.kind !== 'derive')
  const kept = board.answers.map((column) => store.readAll(Uint32Array.from(items, (item) => column[item] as number)))
  for (let i = 0; i < items.length; i++) {
    const item = work.item(items[i] as number)
    const pin = work.pins.get(item.index)
    if (pin) {
      yield { item, example: pin.edit.edited, sources: [], details: undefined, values: {} }
      continue
    }
    const values = { __proto__: null } as unknown as Record<string, Json>
    const context = contextOf(plan.dimensions, item.row, item.sample, values, item.batch.lessons)
    const sources: Source[] = []
    const example = replay(dataset.recipe, { context, values }, (step) => {
      const trace = kept[asked.indexOf(step)]?.[i]
      if (trace) sources.push(sourceOf(step.name, trace))
      return readValue(step, trace)
    })
    yield { item, example, sources, details: dataset.recipe.details?.(context), values }
  }
}

function readValue(step: AskSpec | RunSpec, trace: KeyedTrace | undefined): Json {
  // No row is made of vectors, and they are long.
  if (trace && step.kind === 'ask' && step.embeds) return null
  const reading = trace && readResponse(step, trace.raw)
  if (reading?.kind !== 'value') throw new AnswerGone()
  return reading.value
}

function sourceOf(step: string, { key, model, inputTokens, outputTokens, usd }: KeyedTrace): Source {
  return { step, key, model, inputTokens, outputTokens, usd }
}
