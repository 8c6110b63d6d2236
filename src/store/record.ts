/** Rows as they lie in the store: everything that a response or a request means in one run of bytes, under one checksum. */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Digest, Key, TraceId } from '../util/brand.ts'
import type { KeyedTrace, NewResponse } from './store.ts'

const CODEC = { plain: 0, zstd: 1 } as const

/** Smaller values stay as they are: one zstd call costs ~28 µs each way whatever the size, twice the whole `put`. */
const COMPRESS_FROM_BYTES = 4096
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/*
 * Both kinds begin with the CRC-32 of all that follows it, then the codec of the value, which stands last. A CRC finds every
 * flipped bit and every burst of up to 32, and overlooks one in four thousand million other faults. It is against bit
 * rot, not against forgers. Numbers are big-endian.
 */
const AT = { sum: 0, codec: 4 } as const
const REQUEST = { digest: 5, text: 37 } as const
const RESPONSE = {
  flags: 5,
  key: 6,
  request: 38,
  id: 70,
  run: 76,
  ordinal: 80,
  attempt: 84,
  epoch: 88,
  sample: 92,
  inputTokens: 96,
  outputTokens: 102,
  usd: 108,
  ms: 116,
  stepLength: 124,
  cellLength: 126,
  modelLength: 128,
  /** Step, cell and model in UTF-8, then the value. A cell that is lower-case hex lies here as bytes. */
  names: 132,
} as const
const FLAG = { estimated: 1, priced: 2, hexCell: 4 } as const

/** A response as it is kept: with its own id and the `run` row it belongs to. */
export interface Kept extends Omit<NewResponse, 'requestText' | 'run'> {
  readonly id: TraceId
  readonly run: number
}

/** Bytes of a response's record that are not its value. */
export function headBytes(record: Uint8Array): number {
  const bytes = buffer(record)
  return (
    RESPONSE.names +
    bytes.readUInt16BE(RESPONSE.stepLength) +
    bytes.readUInt16BE(RESPONSE.cellLength) +
    bytes.readUInt32BE(RESPONSE.modelLength)
  )
}

/** Throws for numbers that are none of these: whole, not negative, in range. */
export function sealResponse(kept: Kept): Uint8Array {
  const { id, raw, run, ordinal, attempt, epoch, sample, inputTokens, outputTokens, usd, estimated, ms, step, model, cell } = kept
  const [codec, value] = pack(raw)
  const hexCell = isHex(cell)
  const [stepBytes, modelBytes] = [Buffer.byteLength(step), Buffer.byteLength(model)]
  const cellBytes = hexCell ? cell.length / 2 : Buffer.byteLength(cell)
  const record = Buffer.allocUnsafe(RESPONSE.names + stepBytes + cellBytes + modelBytes + value.length)
  record[AT.codec] = codec
  record[RESPONSE.flags] = (estimated ? FLAG.estimated : 0) | (usd === null ? 0 : FLAG.priced) | (hexCell ? FLAG.hexCell : 0)
  writeDigest(record, kept.key, RESPONSE.key)
  writeDigest(record, kept.request, RESPONSE.request)
  record.writeUIntBE(whole(id), RESPONSE.id, 6)
  record.writeUInt32BE(whole(run), RESPONSE.run)
  record.writeUInt32BE(whole(ordinal), RESPONSE.ordinal)
  record.writeUInt32BE(whole(attempt), RESPONSE.attempt)
  record.writeUInt32BE(whole(epoch), RESPONSE.epoch)
  record.writeUInt32BE(whole(sample), RESPONSE.sample)
  record.writeUIntBE(whole(inputTokens), RESPONSE.inputTokens, 6)
  record.writeUIntBE(whole(outputTokens), RESPONSE.outputTokens, 6)
  record.writeDoubleBE(usd ?? 0, RESPONSE.usd)
  record.writeDoubleBE(ms, RESPONSE.ms)
  record.writeUInt16BE(stepBytes, RESPONSE.stepLength)
  record.writeUInt16BE(cellBytes, RESPONSE.cellLength)
  record.writeUInt32BE(modelBytes, RESPONSE.modelLength)
  let end: number = RESPONSE.names
  end += record.write(step, end)
  end += hexCell ? record.write(cell, end, 'hex') : record.write(cell, end)
  end += record.write(model, end)
  record.set(value, end)
  return signed(record)
}

/** undefined when a byte of the record is not as it was written, or it is not the record of this row. */
export function openResponse(stored: unknown, id: number): Kept | undefined {
  const record = intact(stored, RESPONSE.names)
  if (!record || record.readUIntBE(RESPONSE.id, 6) !== id) return undefined
  const cellAt = RESPONSE.names + record.readUInt16BE(RESPONSE.stepLength)
  const modelAt = cellAt + record.readUInt16BE(RESPONSE.cellLength)
  const flags = record[RESPONSE.flags] as number
  return {
    ...traceOf(record, id, modelAt),
    request: record.toString('hex', RESPONSE.request, RESPONSE.id) as Digest,
    run: record.readUInt32BE(RESPONSE.run),
    ordinal: record.readUInt32BE(RESPONSE.ordinal),
    attempt: record.readUInt32BE(RESPONSE.attempt),
    epoch: record.readUInt32BE(RESPONSE.epoch),
    sample: record.readUInt32BE(RESPONSE.sample),
    estimated: (flags & FLAG.estimated) !== 0,
    ms: record.readDoubleBE(RESPONSE.ms),
    step: record.toString('utf8', RESPONSE.names, cellAt),
    cell: record.toString(flags & FLAG.hexCell ? 'hex' : 'utf8', cellAt, modelAt),
  }
}

/** As `openResponse`, for what a build wants of it: half the time. */
export function openTrace(stored: unknown, id: number): KeyedTrace | undefined {
  const record = intact(stored, RESPONSE.names)
  if (!record || record.readUIntBE(RESPONSE.id, 6) !== id) return undefined
  return traceOf(record, id, RESPONSE.names + record.readUInt16BE(RESPONSE.stepLength) + record.readUInt16BE(RESPONSE.cellLength))
}

/** `modelAt`: where the model's name begins. */
function traceOf(record: Buffer, id: number, modelAt: number): KeyedTrace {
  const valueAt = modelAt + record.readUInt32BE(RESPONSE.modelLength)
  return {
    id: id as TraceId,
    key: record.toString('hex', RESPONSE.key, RESPONSE.request) as Key,
    raw: unpack(record, valueAt),
    model: record.toString('utf8', modelAt, valueAt),
    inputTokens: record.readUIntBE(RESPONSE.inputTokens, 6),
    outputTokens: record.readUIntBE(RESPONSE.outputTokens, 6),
    usd: (record[RESPONSE.flags] as number) & FLAG.priced ? record.readDoubleBE(RESPONSE.usd) : null,
  }
}

export function sealRequest(digest: Digest, text: string): Uint8Array {
  const bytes = Buffer.byteLength(text)
  // Most are small enough to be written where they belong at once.
  const [codec, value] = bytes < COMPRESS_FROM_BYTES ? [CODEC.plain, undefined] : pack(Buffer.from(text))
  const record = Buffer.allocUnsafe(REQUEST.text + (value?.length ?? bytes))
  record[AT.codec] = codec
  writeDigest(record, digest, REQUEST.digest)
  if (value) record.set(value, REQUEST.text)
  else record.write(text, REQUEST.text)
  return signed(record)
}

/** undefined when a byte of the record is not as it was written. */
export function openRequest(stored: unknown): { readonly digest: Digest; readonly text: string } | undefined {
  const record = intact(stored, REQUEST.text)
  if (!record) return undefined
  return { digest: record.toString('hex', REQUEST.digest, REQUEST.text) as Digest, text: buffer(unpack(record, REQUEST.text)).toString() }
}

/** The first 32 bits of a digest, as SQLite stores them in four bytes. */
export function prefixOf(digest: string): number {
  return Number.parseInt(digest.slice(0, 8), 16) | 0
}

/** Where a response belongs, as a number to find it by; others may share it. */
export function placeOf(cell: string, sample: number, step: string): number {
  return crc32(`${sample}\n${step}\n${cell}`) | 0
}

function pack(value: Uint8Array): readonly [codec: number, bytes: Uint8Array] {
  if (value.length < COMPRESS_FROM_BYTES) return [CODEC.plain, value]
  const smaller = zstdCompressSync(value, ZSTD)
  return smaller.length < value.length ? [CODEC.zstd, smaller] : [CODEC.plain, value]
}

function unpack(record: Buffer, from: number): Uint8Array {
  const value = record.subarray(from)
  return record[AT.codec] === CODEC.zstd ? zstdDecompressSync(value) : value
}

function signed(record: Buffer): Buffer {
  record.writeUInt32BE(crc32(record.subarray(AT.codec)), AT.sum)
  return record
}

function intact(stored: unknown, least: number): Buffer | undefined {
  if (!(stored instanceof Uint8Array) || stored.length < least) return undefined
  const record = buffer(stored)
  return crc32(record.subarray(AT.codec)) === record.readUInt32BE(AT.sum) ? record : undefined
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function writeDigest(record: Buffer, digest: string, at: number): void {
  if (digest.length !== 64 || record.write(digest, at, 'hex') !== 32) throw new Error(`datagen bug: not a SHA-256 in hex: ${digest}`)
}

function whole(number: number): number {
  if (!Number.isSafeInteger(number)) throw new RangeError(`datagen bug: not a whole number: ${number}`)
  return number
}

/** Names that are lower-case hex take half the room as bytes; others stay text. */
function isHex(name: string): boolean {
  return name.length >= 16 && name.length % 2 === 0 && /^[0-9a-f]+$/.test(name)
}

/** Servers name their models as they like; a lone surrogate would not survive UTF-8, and a NUL cuts a text off for many readers. */
export function storable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '\ufffd')
}
