/** A dataset file as canonical rows: the format found or given, every row read or named. */
import type { Json } from '../../schema/json.ts'
import { type CanonicalRow, isMisfit } from './canonical.ts'
import { type Detection, detect, formatOf } from './detect.ts'
import type { Fault, RecordPlace } from './fault.ts'
import type { RowFormat } from './formats.ts'
import { isObject } from './json-shape.ts'
import { type FileFacts, noFacts, type RawRecord, type ReadOptions, readRecords } from './records.ts'
import type { Source } from './source.ts'

export type DatasetRow =
  | {
      readonly kind: 'row'
      readonly place: RecordPlace
      readonly format: RowFormat
      readonly row: CanonicalRow
      /** The row as it stands in the file. */
      readonly raw: Json
    }
  /** A row that cannot be read, or is in no format; the next may be. */
  | { readonly kind: 'problem'; readonly place: RecordPlace; readonly problem: Fault | RowProblem }
  /** The file cannot be read on; nothing follows. */
  | { readonly kind: 'unreadable'; readonly problem: Fault }

export interface RowProblem {
  readonly code: 'E_FORMAT'
  readonly message: string
  readonly hint?: string
  /** Where in the row. */
  readonly path: string
}

export interface Dataset {
  /** Filled in as the rows are read. */
  readonly facts: FileFacts
  /** Known from the first row on; undefined where no row fits any format. */
  readonly detection: Detection | undefined
  /** How many rows were read in each format so far, by its id: more than one names a mixed file. */
  readonly formats: ReadonlyMap<string, number>
  /** Reads as it is consumed, in bounded memory; never throws for what the file holds. Can be walked once. */
  readonly rows: AsyncGenerator<DatasetRow>
}

export interface DatasetOptions extends ReadOptions {
  /** Every row is read in this format, whatever it looks like. */
  readonly format?: RowFormat
}

/** Rows that are looked at before the format is decided: enough to see past a strange beginning. */
const SAMPLE_ROWS = 200
const SAMPLE_BYTES = 16 * 1024 * 1024

export function readDataset(source: Source, options: DatasetOptions = {}): Dataset {
  const facts = noFacts()
  const formats = new Map<string, number>()
  let detection: Detection | undefined
  const read = (record: RawRecord): DatasetRow => {
    const row = datasetRow(record, options.format ?? detection?.format, options.format !== undefined)
    if (row.kind === 'row') formats.set(row.format.id, (formats.get(row.format.id) ?? 0) + 1)
    return row
  }
  const rows = async function* (): AsyncGenerator<DatasetRow> {
    let sample: RawRecord[] | undefined = []
    let bytes = 0
    for await (const record of readRecords(source, facts, options)) {
      if (!sample) {
        yield read(record)
        continue
      }
      sample.push(record)
      if (record.kind === 'value') bytes += record.bytes
      if (sample.length < SAMPLE_ROWS && bytes < SAMPLE_BYTES) continue
      detection = detect(values(sample))
      for (const held of sample) yield read(held)
      sample = undefined
    }
    if (!sample) return
    detection = detect(values(sample))
    for (const held of sample) yield read(held)
  }
  return {
    facts,
    formats,
    get detection() {
      return detection
    },
    rows: rows(),
  }
}

function values(records: readonly RawRecord[]): Json[] {
  return records.flatMap((record) => (record.kind === 'value' ? [record.value] : []))
}

function datasetRow(record: RawRecord, expected: RowFormat | undefined, forced: boolean): DatasetRow {
  if (record.kind === 'unreadable') return { kind: 'unreadable', problem: record.fault }
  const { place } = record
  const problem = (given: Fault | RowProblem): DatasetRow => ({ kind: 'problem', place, problem: given })
  if (record.kind === 'broken') return problem(record.fault)
  const { value } = record
  if (!isObject(value)) return problem({ code: 'E_FORMAT', message: `a row is an object, not ${nameOf(value)}`, path: '' })
  const format = forced || (expected && expected.fit(value) > 0) ? expected : (formatOf(value)?.format ?? undefined)
  if (!format)
    return problem({
      code: 'E_FORMAT',
      message: `no format that is known has the keys ${keysOf(value)}`,
      hint: 'a row needs messages, conversations, contents, prompt, instruction, question or text',
      path: '',
    })
  try {
    const row = format.read(value)
    if (!isMisfit(row)) return { kind: 'row', place, format, row, raw: value }
    return problem({ code: 'E_FORMAT', message: `not ${format.id}: ${row.misfit}`, path: row.path })
  } catch (error) {
    // A stack is the one thing that JSON can exhaust.
    if (!(error instanceof RangeError)) throw error
    return problem({ code: 'E_DEPTH', message: 'the row is nested too deeply to be read' })
  }
}

function nameOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value === 'string' ? 'a text' : `a ${typeof value}`
}

const MOST_KEYS = 8

function keysOf(row: object): string {
  const keys = Object.keys(row)
  const shown = keys.slice(0, MOST_KEYS).map((key) => key.slice(0, 40))
  return keys.length === 0 ? '(none)' : keys.length > MOST_KEYS ? `${shown.join(', ')} …` : shown.join(', ')
}
