/** From accepted items to files: rows in plan order, a sidecar of the same length, nothing rewritten that is the same. */
import { filesOf, type OutputFile } from '../assemble/split.ts'
import type { Dataset, OutputSpec } from '../config/dataset.ts'
import type { OutputEnd } from '../events/event.ts'
import { crashPoint } from '../util/crash-point.ts'
import { boundYoungSpace } from '../util/young-space.ts'
import type { Draft, Files, Keepsakes } from '../write/files.ts'
import { isComparison } from './comparison.ts'
import { ingredientsOf, type MemoFile, type OutputMemo } from './output-memo.ts'
import { type Objections, PlatformCheck } from './platform-check.ts'
import { batchesOf, countRows, linesOf } from './rows.ts'
import type { Work } from './work.ts'

export interface WriteOptions {
  readonly root: string
  readonly files: Files
  /** Copies of finished outputs, from which a lost one is brought back; left out, it is assembled again. */
  readonly keepsakes?: Keepsakes
  /** Write what there is under `*.partial.jsonl` when an output is incomplete. */
  readonly partial: boolean
  /** Steps answered by a simulated model: their rows say so. */
  readonly simulated: ReadonlySet<string>
}

/** What became of an output. */
export interface WrittenOutput {
  readonly ends: readonly OutputEnd[]
  /** Of the platform that it is for; nothing of an output that is held back. */
  readonly objections: readonly Objections[]
  /** Only of a complete output whose ingredients can be named. */
  readonly memo?: OutputMemo
}

/** Names of the steps that a simulated model answers. */
export function simulatedSteps({ recipe }: Dataset): ReadonlySet<string> {
  return new Set(recipe.steps.flatMap((step) => (step.kind === 'ask' && step.model.provider === 'simulated' ? [step.name] : [])))
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

/** Complete: every item it draws from has its final state. Rejected items are final; failed and pending ones are not. */
export function isComplete(work: Work, output: OutputSpec): boolean {
  const drawn = batchesOf(work, output)
  // A row of an earlier batch that is still to come may be the twin of a row that is here: then this one goes.
  const judged = work.dataset.checks.some((check) => isComparison(check) && check.severity === 'reject')
  const last = drawn.at(-1)
  const relevant = judged && last ? work.plan.batches.slice(0, work.plan.batches.indexOf(last) + 1) : drawn
  return relevant.every(({ spec }) => work.isSettled(spec.name))
}

/** Writes one output, or leaves it alone when it is incomplete; an event for each file. Throws `AnswerGone` as `linesOf` does. */
export function writeOutput(work: Work, output: OutputSpec, options: WriteOptions): WrittenOutput {
  const files = filesOf(output)
  const complete = isComplete(work, output)
  if (!complete && !options.partial) {
    const rows = countRows(work, output, files.length)
    return { ends: files.map((file, i) => end(file, rows[i] as number, 0, 'held-back')), objections: [] }
  }
  if (!complete) return { ends: assemble(work, output, files, options, false).ends, objections: [] }

  const ingredients = ingredientsOf(work, output, options.simulated)
  const memo = work.recall.outputs.find((known) => known.output === output.name && known.ingredients === ingredients)
  const written = (memo && fromMemo(memo, files, options)) ?? assemble(work, output, files, options, true)
  forgetPartial(files, options.files)
  const { ends, objections } = written
  if (ingredients === undefined) return { ends, objections }
  const told = objections.length > 0 ? { objections } : {}
  return { ends, objections, memo: { output: output.name, ingredients, files: written.files, ...told } }
}

interface Result {
  readonly ends: readonly OutputEnd[]
  readonly files: readonly MemoFile[]
  readonly objections: readonly Objections[]
}

/** The bytes are known: what is on the disk stands if it has them, and what is not is brought back. */
function fromMemo(
  { files: known, objections = [] }: OutputMemo,
  files: readonly OutputFile[],
  { keepsakes, root }: WriteOptions,
): Result | undefined {
  if (!keepsakes) return undefined
  const restored = new Set<string>()
  // Each sidecar before its file, as when they are written.
  for (const { path, bytes, sha256 } of known.toReversed()) {
    if (keepsakes.holds(path, bytes, sha256)) continue
    if (!keepsakes.restore(path, root, sha256)) return undefined
    restored.add(path)
  }
  const ends = files.map((file) => {
    const main = known.find(({ path }) => path === file.path) as MemoFile
    return end(file, main.rows, main.bytes, restored.has(file.path) ? 'written' : 'unchanged')
  })
  return { ends, files: known, objections }
}

function assemble(work: Work, output: OutputSpec, files: readonly OutputFile[], options: WriteOptions, complete: boolean): Result {
  const open = files.map((file) => new Pair(complete ? file : { ...file, path: partialPath(file.path) }, options))
  try {
    const judges = complete && output.for !== undefined ? files.map(({ path }) => new PlatformCheck(output.for as string, path)) : []
    for (const { file, item, row, meta } of linesOf(work, output, options.simulated)) {
      open[file]?.add(row, meta())
      judges[file]?.row(row, work.label(item))
    }
    // A disk that fills up must not leave new files beside old ones: first everything is on it, then everything is renamed.
    for (const pair of open) pair.prepare()
    crashPoint('before-output')
    const ends: OutputEnd[] = []
    for (const pair of open) ends.push(pair.commit(complete))
    crashPoint('after-outputs')
    const objections = judges.flatMap((judge, i) => judge.end(ends[i]?.bytes ?? 0, i > 0) ?? [])
    return { ends, files: open.flatMap((pair) => pair.written), objections }
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

function end({ name, path }: OutputFile, rows: number, bytes: number, what: OutputEnd['what']): OutputEnd {
  return { type: 'output-end', output: name, path, rows, bytes, what }
}

// One write for many rows: each costs about as much as making the row.
const PORTION_CHARS = 256 * 1024

/** A file and its sidecar. */
class Pair {
  readonly #file: OutputFile
  readonly #rows: Draft
  readonly #meta: Draft
  #count = 0
  #rowText = ''
  #metaText = ''
  readonly written: MemoFile[] = []

  constructor(file: OutputFile, { files, root }: WriteOptions) {
    this.#file = file
    this.#rows = files.open(file.path, root)
    this.#meta = files.open(sidecarPath(file.path), root)
  }

  add(row: string, meta: string): void {
    this.#count++
    this.#rowText += row
    this.#metaText += meta
    if (this.#rowText.length + this.#metaText.length >= PORTION_CHARS) this.#flush()
  }

  #flush(): void {
    boundYoungSpace()
    this.#rows.write(this.#rowText)
    this.#meta.write(this.#metaText)
    this.#rowText = ''
    this.#metaText = ''
  }

  prepare(): void {
    this.#flush()
    this.#meta.prepare()
    this.#rows.prepare()
  }

  /** The sidecar first: a row without its provenance must not be seen. */
  commit(complete: boolean): OutputEnd {
    const { name, path } = this.#file
    const meta = this.#meta.commit()
    crashPoint('between-outputs')
    const main = this.#rows.commit()
    const rows = this.#count
    this.written.push(
      { path, rows, bytes: main.bytes, sha256: main.sha256 },
      { path: sidecarPath(path), rows, bytes: meta.bytes, sha256: meta.sha256 },
    )
    return { type: 'output-end', output: name, path, rows, bytes: main.bytes, what: complete ? main.what : 'partial' }
  }

  discard(): void {
    this.#rows.discard()
    this.#meta.discard()
  }
}
