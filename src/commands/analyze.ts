/** `datagen analyze <file…>`: what a dataset is like, whoever made it; nothing is asked and nothing is written. */
import { existsSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { countTokens } from '../generate/tokens.ts'
import { Measurement } from '../measure/evaluate.ts'
import { saidBy } from '../measure/row.ts'
import { type Dataset, readDataset } from '../read/dataset.ts'
import { FORMATS, formatNamed, type RowFormat } from '../read/formats.ts'
import { noFacts, readRecords } from '../read/records.ts'
import type { Source } from '../read/source.ts'
import { AnalysisProgress } from '../report/analysis-progress.ts'
import { analysisText } from '../report/analysis-text.ts'
import type { AnalysisView, AnalyzedFile, AnalyzedTokens } from '../report/analysis-view.ts'
import { chooseColor } from '../report/choose.ts'
import { comparisonText } from '../report/comparison-text.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { suggest } from '../util/suggest.ts'
import type { Environment } from './environment.ts'

export interface AnalyzeFlags {
  readonly format?: string
  readonly json?: boolean
  readonly failOn?: 'warn' | 'fail'
  /** US dollars for a million tokens. */
  readonly price?: number
  /** Files of evaluation items. */
  readonly against?: readonly string[]
  readonly near?: boolean
  readonly exactTokens?: boolean
  readonly color?: boolean
}

const TOKENIZER = 'o200k_base'
const MOST_EXAMPLES = 5

export async function analyzeCommand(environment: Environment, flags: AnalyzeFlags, names: readonly string[]): Promise<ExitCode> {
  const format = flags.format === undefined ? undefined : formatOf(flags.format)
  const evaluation = flags.against ? await evaluationItems(environment, flags.against) : undefined
  const views: AnalysisView[] = []
  for (const name of names) views.push(await analyzed(environment, flags, name, format, evaluation))
  const { stdout } = environment
  const paper = { columns: stdout.columns ?? 100, color: chooseColor(flags.color, environment.env, stdout.isTTY === true) }
  if (flags.json) stdout.write(`${safeJson({ schema: 1, files: views })}\n`)
  else if (views.length === 2) stdout.write(`${comparisonText(views[0] as AnalysisView, views[1] as AnalysisView, paper)}\n`)
  else stdout.write(`${views.map((view) => analysisText(view, paper)).join('\n\n')}\n`)
  return views.some((view) => isTooBad(view, flags.failOn)) ? EXIT.incomplete : EXIT.ok
}

/** A row that cannot be read is as bad as a failed check: whoever trains on the file does so without it. */
function isTooBad({ file, measures }: AnalysisView, failOn: AnalyzeFlags['failOn']): boolean {
  if (failOn === undefined) return false
  return file.broken.rows > 0 || measures.status === 'fail' || (failOn === 'warn' && measures.status === 'warn')
}

async function analyzed(
  environment: Environment,
  flags: AnalyzeFlags,
  name: string,
  format: RowFormat | undefined,
  evaluation: readonly string[] | undefined,
): Promise<AnalysisView> {
  const source = sourceOf(environment, name)
  const progress = new AnalysisProgress(environment.stderr, environment.clock.now)
  const dataset = readDataset(source, format ? { format } : {})
  const cells = source.kind === 'file' ? new CellFile(source.path) : undefined
  const measurement = new Measurement({
    ...(flags.near === false ? { near: false } : {}),
    ...(evaluation ? { evaluation } : {}),
    onStage: (stage) => progress.stage(source.name, stage),
  })
  const counted = { prompt: 0, response: 0 }
  const examples: { row: number; line?: number; code: string; message: string }[] = []
  let broken = 0
  try {
    for await (const read of dataset.rows) {
      if (read.kind === 'unreadable') throw unreadable(source.name, read.problem)
      if (read.kind === 'problem') {
        broken++
        const { code, message } = read.problem
        const { row, line } = read.place
        if (examples.length < MOST_EXAMPLES) examples.push({ row, ...(line === undefined ? {} : { line }), code, message })
        continue
      }
      const cell = await cells?.of(read.place.row)
      measurement.push({ row: read.row, place: read.place.row, ...(cell ? { cell } : {}) })
      if (flags.exactTokens) {
        counted.prompt += await countTokens(saidBy('user', read.row.messages))
        counted.response += await countTokens(saidBy('assistant', read.row.messages))
      }
      progress.rows(source.name, measurement.rows)
    }
    if (measurement.rows === 0) throw noRows(source.name, broken, examples[0])
    const tokens = await tokensOf(measurement, flags, counted)
    const measures = measurement.finish()
    const found = cells?.found
    return {
      file: {
        ...fileOf(source.name, dataset),
        broken: { rows: broken, examples },
        ...(found === undefined ? {} : { cells: relative(environment.cwd, found) }),
      },
      measures,
      tokens,
    }
  } finally {
    await cells?.close()
    progress.end()
  }
}

function fileOf(name: string, { facts, formats }: Dataset): Omit<AnalyzedFile, 'broken'> {
  return {
    name,
    bytes: facts.packedBytes,
    layout:
      facts.layout === 'lines' ? 'JSON Lines' : facts.layout === 'array' ? 'JSON array' : facts.layout === 'parquet' ? 'Parquet' : 'JSON',
    packing: facts.packing,
    formats: Object.fromEntries(formats),
  }
}

/** Counting every token would take longer than all measures; a megabyte chosen by hash is projected unless all are asked for. */
async function tokensOf(
  measurement: Measurement,
  flags: AnalyzeFlags,
  counted: { readonly prompt: number; readonly response: number },
): Promise<AnalyzedTokens> {
  const side = async (name: 'prompt' | 'response') => {
    const { texts, bytes, sampledBytes } = measurement.sample(name)
    if (flags.exactTokens) return { tokens: counted[name], bytes, exact: true }
    let sum = 0
    for (const text of texts) sum += await countTokens(text)
    return { tokens: sampledBytes === 0 ? 0 : Math.round((sum / sampledBytes) * bytes), bytes, exact: sampledBytes === bytes }
  }
  const prompt = await side('prompt')
  const response = await side('response')
  const perByte = (prompt.tokens + response.tokens) / Math.max(1, prompt.bytes + response.bytes)
  const other = Math.round(measurement.otherBytes * perByte)
  const total = prompt.tokens + response.tokens + other
  return {
    tokenizer: TOKENIZER,
    prompt: prompt.tokens,
    response: response.tokens,
    other,
    total,
    estimated: !prompt.exact || !response.exact || other > 0,
    ...(flags.price === undefined ? {} : { cost: { usdPerMillion: flags.price, usd: (total / 1e6) * flags.price } }),
  }
}

/** `-` is standard input. */
function sourceOf({ cwd, stdin }: Environment, name: string): Source {
  return name === '-' ? { kind: 'stream', name: 'standard input', stream: stdin } : { kind: 'file', name, path: resolve(cwd, name) }
}

function formatOf(id: string): RowFormat {
  const format = formatNamed(id)
  if (format) return format
  const known = FORMATS.map((known) => known.id)
  const near = suggest(id, known)
  throw new DatagenError({
    code: 'analyze/unknown-format',
    severity: 'error',
    headline: `there is no format "${id}"`,
    facts: [['known', known.join(', ')]],
    ...(near ? { hint: `did you mean "${near}"?` } : {}),
  })
}

function unreadable(name: string, problem: { readonly message: string; readonly hint?: string }): DatagenError {
  return new DatagenError({
    code: 'analyze/unreadable',
    severity: 'error',
    headline: `"${name}" cannot be read: ${problem.message}`,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  })
}

function noRows(name: string, broken: number, first: { row: number; code: string; message: string } | undefined): DatagenError {
  return new DatagenError({
    code: 'analyze/no-rows',
    severity: 'error',
    headline: broken === 0 ? `"${name}" has no rows` : `none of the ${broken} rows of "${name}" can be read`,
    ...(first ? { facts: [['first', `row ${first.row}: ${first.code} ${first.message}`] as const] } : {}),
    ...(broken > 0 ? { hint: 'give the format with --format, or see what is wrong with `datagen validate`' } : {}),
  })
}

async function evaluationItems(environment: Environment, names: readonly string[]): Promise<string[]> {
  const items: string[] = []
  for (const name of names) {
    const source = sourceOf(environment, name)
    for await (const read of readDataset(source).rows) {
      if (read.kind === 'unreadable') throw unreadable(source.name, read.problem)
      // The question is what must not be learnt; an item without one counts as a whole.
      if (read.kind === 'row') items.push(saidBy('user', read.row.messages) || saidBy('assistant', read.row.messages))
    }
    if (items.length === 0) throw noRows(source.name, 0, undefined)
  }
  return items
}

/** The cells of the rows, from the provenance that datagen writes beside an output: `train.meta.jsonl` for `train.jsonl`. */
class CellFile {
  /** Its path, where there is one. */
  readonly found: string | undefined
  private readonly records: ReturnType<typeof readRecords> | undefined
  private at = 0

  constructor(path: string) {
    const beside = path.replace(/(?:\.jsonl)?(?:\.gz|\.zst)?$/, '.meta.jsonl')
    if (beside === path || !existsSync(beside) || !statSync(beside).isFile()) return
    this.found = beside
    this.records = readRecords({ kind: 'file', name: beside, path: beside }, noFacts())
  }

  /** Rows are asked for in order. */
  async of(row: number): Promise<{ [dimension: string]: string } | undefined> {
    if (!this.records) return undefined
    for (;;) {
      if (this.at >= row) return undefined
      const { value: record, done } = await this.records.next()
      if (done) return undefined
      this.at++
      if (this.at < row) continue
      return record.kind === 'value' ? cellIn(record.value) : undefined
    }
  }

  async close(): Promise<void> {
    await this.records?.return(undefined)
  }
}

function cellIn(line: unknown): { [dimension: string]: string } | undefined {
  const cell = typeof line === 'object' && line !== null && 'cell' in line ? line.cell : undefined
  if (typeof cell !== 'object' || cell === null) return undefined
  return Object.fromEntries(Object.entries(cell).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
