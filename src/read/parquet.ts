/** Rows of a Parquet file, a bounded number at a time. */
import { open } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet'
import type { Json } from '../../schema/json.ts'
import type { Fault } from './fault.ts'

/** Rows decoded together: what is held at once is a few times their text. */
const BATCH_BYTES = 32 * 1024 * 1024
const MOST_ROWS = 20_000
/** Parquet's index is at its end, so a stream must be held whole. */
export const LONGEST_STREAM_BYTES = 1024 * 1024 * 1024

/** What the bytes are read from. */
export type ParquetFile = { readonly path: string } | { readonly bytes: Buffer }

export type ParquetRow = { readonly value: Json } | { readonly fault: Fault }

/** Ends after a row that says why, when the file cannot be read on. */
export async function* parquetRows(file: ParquetFile): AsyncGenerator<ParquetRow> {
  const handle = 'path' in file ? await open(file.path) : undefined
  try {
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
    const buffer: AsyncBuffer = 'bytes' in file ? inMemory(file.bytes) : await onDisk(handle as Awaited<ReturnType<typeof open>>)
    const metadata = await parquetMetadataAsync(buffer)
    for (const { rowStart, rowEnd } of batches(metadata)) {
      const rows = await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, compressors: COMPRESSORS, useOffsetIndex: true })
      for (const row of rows) yield { value: jsonOf(row) }
    }
  } catch (error) {
    yield { fault: { code: 'E_FILE', message: `the Parquet file cannot be read: ${(error as Error).message}` } }
  } finally {
    await handle?.close()
  }
}

const COMPRESSORS: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
}

function* batches({ row_groups }: FileMetaData): Generator<{ rowStart: number; rowEnd: number }> {
  let start = 0
  for (const group of row_groups) {
    const rows = Number(group.num_rows)
    if (!(rows >= 0 && rows <= 2 ** 31)) throw new Error('a row group with an impossible number of rows')
    const size = Math.max(1, Number(group.total_byte_size))
    const step = Math.min(MOST_ROWS, Math.max(1, Math.floor((rows * BATCH_BYTES) / size)))
    for (let from = 0; from < rows; from += step) yield { rowStart: start + from, rowEnd: start + Math.min(rows, from + step) }
    start += rows
  }
}

function inMemory(bytes: Buffer): AsyncBuffer {
  return { byteLength: bytes.length, slice: (from, to) => copied(bytes.subarray(from, to)) }
}

async function onDisk(handle: Awaited<ReturnType<typeof open>>): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    async slice(from, to = size) {
      const start = Math.max(0, from)
      const wanted = Math.min(size, to) - start
      if (wanted < 0) throw new Error('it points outside of itself')
      const bytes = Buffer.allocUnsafe(wanted)
      const { bytesRead } = await handle.read(bytes, 0, wanted, start)
      return copied(bytes.subarray(0, bytesRead))
    },
  }
}

/** Buffers share a pool; hyparquet wants an `ArrayBuffer` of its own. */
function copied(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
}

/** Deepest nesting of a schema that is followed. */
const DEEPEST = 64

/** A decoded value as JSON: whole numbers that JSON cannot hold become texts, dates ISO texts, bytes text or base64. */
function jsonOf(value: unknown, depth = 0): Json {
  if (value === null || value === undefined || depth > DEEPEST) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, (item) => jsonOf(item, depth + 1))
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item, depth + 1)]))
  return null
}
