/** `datagen validate <file…> --for <platform>`: every row against the exact rules of who will train on it. */
import { resolve } from 'node:path'
import { countTokens } from '../generate/tokens.ts'
import { type FileFacts, noFacts, type RawRecord, readRecords } from '../read/records.ts'
import type { Source } from '../read/source.ts'
import { chooseColor } from '../report/choose.ts'
import type { Paper } from '../report/line.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { suggest } from '../util/suggest.ts'
import { checkFile } from '../validate/file.ts'
import type { Platform } from '../validate/platform.ts'
import { PLATFORMS, platformNamed } from '../validate/platforms.ts'
import { checkRow, textsOf } from '../validate/row.ts'
import { Progress } from './cache/progress.ts'
import type { Environment } from './environment.ts'
import { fileLine, findingLine } from './validate/json.ts'
import { listText, rulesText } from './validate/list.ts'
import { type Found, Tally } from './validate/tally.ts'
import { endText, fileText } from './validate/text.ts'

export interface ValidateFlags {
  readonly for?: string
  readonly json?: boolean
  readonly list?: boolean
  /** Findings of one code that are listed. */
  readonly maxErrors?: number
  readonly color?: boolean
}

/** Enough to see what a code means; the count says how often. */
const SHOWN_OF_A_CODE = 3

export async function validateCommand(environment: Environment, flags: ValidateFlags, names: readonly string[]): Promise<ExitCode> {
  const { stdout } = environment
  const paper: Paper = { color: chooseColor(flags.color, environment.env, stdout.isTTY === true), columns: stdout.columns }
  const platform = flags.for === undefined ? undefined : platformCalled(flags.for)
  if (flags.list) {
    stdout.write(platform ? rulesText(platform, paper) : listText(PLATFORMS, paper))
    return EXIT.ok
  }
  if (!platform) throw noPlatform()
  if (names.length === 0) throw noFile()
  const tallies: Tally[] = []
  for (const name of names) {
    const tally = await validated(environment, flags, name, platform)
    tallies.push(tally)
    stdout.write(flags.json ? `${fileLine(tally)}\n` : fileText(tally, paper))
  }
  if (!flags.json && names.length > 1) stdout.write(endText(tallies, platform, paper))
  if (tallies.some(({ counts }) => counts.has('E_OPEN'))) return EXIT.usage
  return tallies.some(({ errors }) => errors > 0) ? EXIT.incomplete : EXIT.ok
}

async function validated(environment: Environment, flags: ValidateFlags, name: string, platform: Platform): Promise<Tally> {
  using progress = new Progress(environment, flags.json === true)
  const source: Source =
    name === '-'
      ? { kind: 'stream', name: 'standard input', stream: environment.stdin }
      : { kind: 'file', name, path: resolve(environment.cwd, name) }
  const facts = noFacts()
  const tally = new Tally(source.name, platform, flags.maxErrors ?? (flags.json ? 0 : SHOWN_OF_A_CODE))
  const listed = flags.maxErrors ?? Number.POSITIVE_INFINITY
  const add = (found: Found): void => {
    tally.add(found)
    if (flags.json && (tally.counts.get(found.code) ?? 0) <= listed) environment.stdout.write(`${findingLine(tally, found)}\n`)
  }
  for await (const record of readRecords(source, facts)) {
    await checkRecord(record, platform, tally, add)
    progress.at(`${source.name}: row`, facts.rows)
    // A pipe that is slower than this program must not fill the memory.
    if (flags.json && environment.stdout.writableNeedDrain) await drained(environment.stdout)
  }
  closeFile(facts, platform, tally, add)
  return tally
}

async function checkRecord(record: RawRecord, platform: Platform, tally: Tally, add: (found: Found) => void): Promise<void> {
  if (record.kind === 'unreadable') return add({ ...record.fault, path: '', place: undefined })
  const { place } = record
  if (record.kind === 'broken') return add({ ...record.fault, path: '', place })
  const { shape, findings } = checkRow(record.value, platform)
  tally.shape(shape)
  for (const finding of findings) add({ ...finding, place })
  const { maxTokens } = platform.file
  // A token is a byte at least, so short rows need not be counted.
  if (maxTokens === undefined || (record.bytes > 0 && record.bytes <= maxTokens)) return
  const tokens = await tokensOf(textsOf(record.value), maxTokens)
  if (tokens > maxTokens)
    add({
      code: 'W_LEN',
      path: '',
      message: `about ${grouped(tokens)} tokens (by o200k_base) of at most ${grouped(maxTokens)}`,
      hint: 'what is beyond is cut off or refused, and the answer is at the end',
      place,
    })
}

async function tokensOf(texts: readonly string[], enough: number): Promise<number> {
  if (texts.reduce((sum, text) => sum + text.length * 3, 0) <= enough) return 0
  let tokens = 0
  for (const text of texts) tokens += await countTokens(text)
  return tokens
}

function closeFile(facts: FileFacts, platform: Platform, tally: Tally, add: (found: Found) => void): void {
  tally.close(facts)
  // A file that could not be read says nothing about its number of rows.
  if (tally.counts.has('E_OPEN') || tally.counts.has('E_FILE')) return
  const { rows, packedBytes, layout, packing, bom, blankLines, firstBlankLine } = facts
  const blank = firstBlankLine === undefined ? {} : { firstBlankLine }
  const seen = { rows, packedBytes, layout, packing, bom, blankLines, ...blank, shapes: tally.shapes }
  for (const finding of checkFile(seen, platform)) add({ ...finding, place: undefined })
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve)
    // Who reads has gone: nothing will ever drain.
    stream.once('close', resolve)
    stream.once('error', () => resolve())
  })
}

function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

function platformCalled(id: string): Platform {
  const platform = platformNamed(id)
  if (platform) return platform
  const ids = PLATFORMS.map((known) => known.id)
  const near = suggest(id, ids)
  throw new DatagenError({
    code: 'usage/unknown-platform',
    severity: 'error',
    headline: `datagen knows no rules of "${id}"`,
    facts: [['known', ids.join(', ')]],
    hint: near ? `did you mean "${near}"?` : '`datagen validate --list` says what each of them takes',
  })
}

function noPlatform(): DatagenError {
  return new DatagenError({
    code: 'usage/no-platform',
    severity: 'error',
    headline: 'say who is to train on the file: `--for <platform>`',
    facts: [['known', PLATFORMS.map(({ id }) => id).join(', ')]],
    hint: '`datagen validate --list` says what each of them takes',
  })
}

function noFile(): DatagenError {
  return new DatagenError({
    code: 'usage/no-file',
    severity: 'error',
    headline: 'no file was given',
    hint: '`datagen validate data/train.jsonl --for together`; "-" is standard input',
  })
}
