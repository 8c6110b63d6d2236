/** From accepted items to files: rows in plan order, a sidecar of the same length, nothing rewritten that is the same. */
import type { JsonObject } from '../../schema/json.ts'
import { openaiChatRow } from '../assemble/openai-chat.ts'
import { provenanceRow } from '../assemble/provenance.ts'
import { fileIndex, filesOf, type OutputFile } from '../assemble/split.ts'
import { matches } from '../check/rules.ts'
import type { OutputSpec } from '../config/dataset.ts'
import type { OutputEnd } from '../events/event.ts'
import { cellId, guardedValues } from '../plan/cells.ts'
import { type Item, itemsOf, type PlanBatch } from '../plan/plan.ts'
import type { Used } from '../plan/resolve.ts'
import type { Draft, Files } from '../write/files.ts'
import { jsonLine } from '../write/jsonl.ts'
import { STATE } from './board.ts'
import type { Work } from './work.ts'

export interface WriteOptions {
  readonly root: string
  readonly files: Files
  /** Write what there is under `*.partial.jsonl` when an output is incomplete. */
  readonly partial: boolean
  /** Steps answered by a simulated model: their rows say so. */
  readonly simulated: ReadonlySet<string>
}

/** `train.jsonl` → `train.meta.jsonl`. */
export function sidecarPath(path: string): string {
  return withSuffix(path, 'meta')
}

export function partialPath(path: string): string {
  return withSuffix(path, 'partial')
}

function withSuffix(path: string, suffix: string): string {
  return path.endsWith('.jsonl') ? `${path.slice(0, -'jsonl'.length)}${suffix}.jsonl` : `${path}.${suffix}.jsonl`
}

/** The batches an output draws from, in plan order. */
function batchesOf(work: Work, output: OutputSpec): PlanBatch[] {
  return work.plan.batches.filter((batch) => output.batches.includes(batch.spec.name))
}

/** Complete: every item it draws from has its final state. Rejected items are final; failed and pending ones are not. */
export function isComplete(work: Work, output: OutputSpec): boolean {
  const drawn = batchesOf(work, output)
  // A row of an earlier batch that is still to come may be the twin of a row that is here: then this one goes.
  const judged = work.dataset.checks.some(({ rule, severity }) => rule.check === 'unique' && severity === 'reject')
  const last = drawn.at(-1)
  const relevant = judged && last ? work.plan.batches.slice(0, work.plan.batches.indexOf(last) + 1) : drawn
  return relevant.every((batch) => {
    const { failed, pending } = work.board.batchCounts(batch)
    return failed + pending === 0
  })
}

/** Writes one output, or leaves it alone when it is incomplete; returns an event per file. */
export async function writeOutput(work: Work, output: OutputSpec, options: WriteOptions): Promise<OutputEnd[]> {
  const files = filesOf(output)
  const complete = isComplete(work, output)
  if (!complete && !options.partial) {
    const rows = countRows(work, output)
    return files.map((file, i) => ({
      type: 'output-end',
      output: file.name,
      path: file.path,
      rows: rows[i] as number,
      bytes: 0,
      what: 'held-back',
    }))
  }
  const open = files.map((file) => new Pair(complete ? file : { ...file, path: partialPath(file.path) }, options))
  try {
    for (const { file, row, meta } of linesOf(work, output, options.simulated)) open[file]?.add(row, meta())
    // A disk that fills up must not leave new files beside old ones: first everything is on it, then everything is renamed.
    for (const pair of open) pair.prepare()
    const ends: OutputEnd[] = []
    for (const pair of open) ends.push(pair.commit(complete))
    if (complete) forgetPartial(files, options.files)
    return ends
  } catch (error) {
    for (const pair of open) pair.discard()
    throw error
  }
}

/** The complete file stands: what `--partial` wrote before it says less. */
function forgetPartial(files: readonly OutputFile[], place: Files): void {
  for (const { path } of files) {
    place.discardPartial(partialPath(path))
    place.discardPartial(sidecarPath(partialPath(path)))
  }
}

/** The accepted rows in plan order as lines, with the file of `filesOf` each belongs to. */
export function* linesOf(
  work: Work,
  output: OutputSpec,
  simulated: ReadonlySet<string> = new Set(),
): Generator<{ file: number; row: string; meta: () => string }> {
  for (const item of rowsOf(work, output)) {
    const file = fileIndex(output, cellId(work.plan.dimensions, item.row))
    const { example, used } = exampleOf(work, item)
    yield { file, row: jsonLine(openaiChatRow(example)), meta: () => jsonLine(metaOf(work, item, used, simulated)) }
  }
}

function* rowsOf(work: Work, output: OutputSpec): Generator<Item> {
  for (const batch of batchesOf(work, output)) {
    for (const item of itemsOf(batch)) {
      if (work.board.state[item.index] !== STATE.accepted) continue
      if (!output.where || matches(output.where, guardedValues(work.plan.dimensions, item.row))) yield item
    }
  }
}

function countRows(work: Work, output: OutputSpec): number[] {
  const rows = filesOf(output).map(() => 0)
  for (const item of rowsOf(work, output)) {
    const file = fileIndex(output, cellId(work.plan.dimensions, item.row))
    rows[file] = (rows[file] as number) + 1
  }
  return rows
}

function exampleOf(work: Work, item: Item) {
  const resolution = work.resolve(item)
  if (resolution.kind !== 'example') throw new Error(`datagen bug: accepted row ${work.label(item)} resolves to ${resolution.kind}`)
  return resolution
}

function metaOf(work: Work, item: Item, used: readonly Used[], simulated: ReadonlySet<string>): JsonObject {
  // Only the last attempt of each step stands behind the row.
  const answers = new Map(used.map((answer) => [answer.step, answer]))
  const sources = [...answers.values()].map(({ step, key, kept: { model, inputTokens, outputTokens, usd } }) => ({
    step,
    key,
    model,
    inputTokens,
    outputTokens,
    usd,
  }))
  return provenanceRow(
    guardedValues(work.plan.dimensions, item.row),
    item.sample,
    sources,
    sources.some(({ step }) => simulated.has(step)),
  )
}

/** A file and its sidecar. */
class Pair {
  readonly #file: OutputFile
  readonly #rows: Draft
  readonly #meta: Draft
  #count = 0

  constructor(file: OutputFile, { files, root }: WriteOptions) {
    this.#file = file
    this.#rows = files.open(file.path, root)
    this.#meta = files.open(sidecarPath(file.path), root)
  }

  add(row: string, meta: string): void {
    this.#count++
    this.#rows.write(row)
    this.#meta.write(meta)
  }

  prepare(): void {
    this.#meta.prepare()
    this.#rows.prepare()
  }

  /** The sidecar first: a row without its provenance must not be seen. */
  commit(complete: boolean): OutputEnd {
    this.#meta.commit()
    const { what, bytes } = this.#rows.commit()
    const { name, path } = this.#file
    return { type: 'output-end', output: name, path, rows: this.#count, bytes, what: complete ? what : 'partial' }
  }

  discard(): void {
    this.#rows.discard()
    this.#meta.discard()
  }
}
