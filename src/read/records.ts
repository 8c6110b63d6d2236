/** The records of a dataset file, whatever it is packed in, one at a time: JSON Lines, a JSON array, JSON over several lines, Parquet. */
import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import type { Json } from '../../schema/json.ts'
import { ElementCutter } from './elements.ts'
import type { Fault, RecordPlace } from './fault.ts'
import { jsonFault } from './json-fault.ts'
import { LineCutter, type LineFacts } from './lines.ts'
import { LONGEST_STREAM_BYTES, type ParquetFile, parquetRows } from './parquet.ts'
import { type Cutter, LONGEST_BYTES, type Piece } from './pieces.ts'
import { openSource, type Source } from './source.ts'
import { type Packing, unpack } from './unpack.ts'
import { utf8Fault } from './utf8.ts'

export type RawRecord =
  /** `bytes`: how long its text was; 0 where it had none of its own (Parquet). */
  | { readonly kind: 'value'; readonly place: RecordPlace; readonly value: Json; readonly bytes: number }
  /** One row that cannot be read; the next may be. */
  | { readonly kind: 'broken'; readonly place: RecordPlace; readonly fault: Fault }
  /** The file cannot be read on; nothing follows. */
  | { readonly kind: 'unreadable'; readonly fault: Fault }

export type Layout = 'lines' | 'array' | 'sequence' | 'parquet'

/** What is known about a file so far; complete when its records have been read. */
export interface FileFacts extends LineFacts {
  /** Bytes read from the disk or stream. */
  packedBytes: number
  /** Bytes after unpacking. */
  bytes: number
  packing: Packing
  layout: Layout | undefined
  /** It begins with a UTF-8 byte order mark. */
  bom: boolean
  /** Records so far, broken ones too. */
  rows: number
}

export function noFacts(): FileFacts {
  return {
    packedBytes: 0,
    bytes: 0,
    packing: 'none',
    layout: undefined,
    bom: false,
    rows: 0,
    lines: 0,
    blankLines: 0,
    crlfLines: 0,
    openEnd: false,
  }
}

export interface ReadOptions {
  /** Longest record that is held, in bytes. */
  readonly longest?: number
}

/** Never throws for what a file holds or for a file that is not there; `facts` is filled in as the reading goes. */
export async function* readRecords(source: Source, facts: FileFacts, options: ReadOptions = {}): AsyncGenerator<RawRecord> {
  let stream: Readable | undefined
  try {
    stream = openSource(source)
    const unpacked = await unpack(counted(stream, facts))
    facts.packing = unpacked.packing
    const strange = strangeFile(unpacked.head)
    if (strange) return yield { kind: 'unreadable', fault: strange }
    if (unpacked.head.subarray(0, 4).equals(PARQUET)) {
      facts.layout = 'parquet'
      yield* parquetRecords(source, facts, unpacked.bytes)
    } else yield* textRecords(unpacked.bytes, facts, options.longest ?? LONGEST_BYTES)
  } catch (error) {
    yield { kind: 'unreadable', fault: fileFault(error as NodeJS.ErrnoException) }
  } finally {
    stream?.destroy()
  }
}

const PARQUET = Buffer.from('PAR1')
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

async function* counted(stream: Readable, facts: FileFacts): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
    facts.packedBytes += bytes.length
    yield bytes
  }
}

async function* textRecords(chunks: AsyncIterable<Buffer>, facts: FileFacts, longest: number): AsyncGenerator<RawRecord> {
  let cutter: Cutter | undefined
  let head: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    facts.bytes += chunk.length
    let text = chunk
    if (!cutter) {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const layout = layoutOf(head)
      if (!layout) continue
      cutter = begin(head, layout, facts, longest)
      text = facts.bom ? head.subarray(BOM.length) : head
      head = Buffer.alloc(0)
    }
    yield* records(cutter.push(text), facts)
  }
  if (!cutter) {
    // Nothing but blanks, or a first line without its end.
    cutter = begin(head, layoutOf(head, true) ?? 'lines', facts, longest)
    yield* records(cutter.push(facts.bom ? head.subarray(BOM.length) : head), facts)
  }
  yield* records(cutter.end(), facts)
}

function begin(head: Buffer, layout: 'lines' | 'array' | 'sequence', facts: FileFacts, longest: number): Cutter {
  facts.layout = layout
  facts.bom = head.subarray(0, BOM.length).equals(BOM)
  const offset = facts.bom ? BOM.length : 0
  return layout === 'lines' ? new LineCutter(facts, offset, longest) : new ElementCutter(layout, offset, longest)
}

/** Blanks before the first value that are looked through for it. */
const MOST_BLANKS = 1024 * 1024

/** Undefined while the first bytes do not tell yet. A `{` alone on its line is how pretty printers begin. */
function layoutOf(head: Buffer, whole = false): 'lines' | 'array' | 'sequence' | undefined {
  let i = head.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0
  while (i < head.length && isBlank(head[i] as number)) i++
  if (i >= head.length) return head.length > MOST_BLANKS ? 'lines' : undefined
  if (head[i] === 0x5b) return 'array'
  if (head[i] !== 0x7b) return 'lines'
  for (let k = i + 1; k < head.length; k++) {
    if (head[k] === 0x0a) return 'sequence'
    if (!isBlank(head[k] as number)) return 'lines'
  }
  return whole ? 'lines' : undefined
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function* records(pieces: readonly Piece[], facts: FileFacts): Generator<RawRecord> {
  for (const piece of pieces) yield record(piece, ++facts.rows)
}

function record({ line, offset, bytes, fault }: Piece, row: number): RawRecord {
  const place = { row, line, offset }
  if (bytes === undefined) return { kind: 'broken', place, fault: fault ?? { code: 'E_JSON', message: 'there is no value here' } }
  if (!isUtf8(bytes)) return { kind: 'broken', place, fault: notUtf8(bytes, offset) }
  const text = bytes.toString('utf8')
  try {
    return { kind: 'value', place, value: JSON.parse(text) as Json, bytes: bytes.length }
  } catch {
    return { kind: 'broken', place, fault: notJson(text) }
  }
}

function notUtf8(bytes: Buffer, offset: number): Fault {
  const index = utf8Fault(bytes) ?? 0
  const byte = (bytes[index] ?? 0).toString(16).padStart(2, '0')
  return {
    code: 'E_UTF8',
    message: `byte 0x${byte} at offset ${offset + index} is no UTF-8`,
    hint: 'save the file as UTF-8; nothing was replaced or guessed',
    column: bytes.subarray(0, index).toString('utf8').length + 1,
  }
}

function notJson(text: string): Fault {
  const fault = jsonFault(text)
  if (!fault) return { code: 'E_JSON', message: 'the text is no JSON value that can be held' }
  const { index, message, hint } = fault
  return { code: 'E_JSON', message: `no JSON: ${message}`, column: index + 1, ...(hint === undefined ? {} : { hint }) }
}

async function* parquetRecords(source: Source, facts: FileFacts, chunks: AsyncGenerator<Buffer>): AsyncGenerator<RawRecord> {
  let file: ParquetFile
  if (source.kind === 'file' && facts.packing === 'none') {
    await chunks.return(undefined)
    file = { path: source.path }
  } else {
    const held: Buffer[] = []
    for await (const chunk of chunks) {
      facts.bytes += chunk.length
      if (facts.bytes > LONGEST_STREAM_BYTES)
        return yield {
          kind: 'unreadable',
          fault: {
            code: 'E_FILE',
            message: `a Parquet file from a stream must be held whole, and this one is longer than ${LONGEST_STREAM_BYTES / 2 ** 20} MiB`,
            hint: 'give the file by its path',
          },
        }
      held.push(chunk)
    }
    file = { bytes: Buffer.concat(held) }
  }
  for await (const row of parquetRows(file)) {
    if ('fault' in row) return yield { kind: 'unreadable', fault: row.fault }
    yield { kind: 'value', place: { row: ++facts.rows }, value: row.value, bytes: 0 }
  }
}

const STRANGERS: readonly (readonly [magic: readonly number[], what: string, hint: string])[] = [
  [[0xff, 0xfe], 'UTF-16 text', 'save it as UTF-8'],
  [[0xfe, 0xff], 'UTF-16 text', 'save it as UTF-8'],
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive (or a workbook)', 'unpack it and give the file inside'],
  [[0x42, 0x5a, 0x68], 'packed with bzip2', 'unpack it first: bunzip2'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'packed with xz', 'unpack it first: unxz'],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], 'an Arrow file', 'save the dataset as JSON Lines or Parquet'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF', 'give a file of JSON Lines'],
]

function strangeFile(head: Buffer): Fault | undefined {
  const stranger = STRANGERS.find(([magic]) => magic.every((byte, i) => head[i] === byte))
  return stranger && { code: 'E_FILE', message: `this is ${stranger[1]}, which is not read`, hint: stranger[2] }
}

function fileFault(error: NodeJS.ErrnoException): Fault {
  const fault = (message: string, hint?: string, code: 'E_FILE' | 'E_OPEN' = 'E_FILE'): Fault => ({
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
  })
  const closed = (message: string, hint?: string): Fault => fault(message, hint, 'E_OPEN')
  switch (error.code) {
    case 'ENOENT':
      return closed('there is no such file')
    case 'EISDIR':
      return closed('this is a folder', 'give the files in it')
    case 'EACCES':
    case 'EPERM':
      return closed('the file may not be read by you')
    case 'Z_BUF_ERROR':
      return fault('the packed file ends too early', 'was the download or the copy cut off?')
    default:
      return error.code?.startsWith('Z_') || error.code?.startsWith('ZSTD_')
        ? fault(`the packed file is damaged (${error.message})`)
        : fault(`the file cannot be read: ${error.message}`)
  }
}
