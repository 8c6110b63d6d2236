/** Rows as format 1 wrote them: read once more when a store is migrated. */
import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import type { Digest, Key, TraceId } from '../util/brand.ts'
import type { Kept } from './record.ts'

const ZSTD = 1
const CHECKSUM_BYTES = 16
const HEAD_BYTES = CHECKSUM_BYTES + 1

/** The tables of format 1, and the indexes whose names format 2 uses for its own. */
export const TABLES_1 = ['counter', 'total', 'run', 'request', 'response', 'intent', 'epoch', 'damaged'] as const
export const INDEXES_1 = ['response_key', 'response_request', 'response_cell', 'response_displaced'] as const

type Value = string | number | null | Uint8Array
export type Row1 = { readonly [column: string]: Value }

/** What the checksum covered beside the value: key, numbers (null as NaN) and model. */
const NUMBERS = ['id', 'ordinal', 'attempt', 'epoch', 'sample', 'input_tokens', 'output_tokens', 'usd', 'estimated', 'ms'] as const

/** Of a row of `response`, with the digest of its request as `digest`; undefined when it is not as it was written. */
export function readResponse1(row: Row1): Kept | undefined {
  const { key, model, value, digest, cell, step } = row
  const numbers = NUMBERS.map((name) => row[name] as number | null)
  if (!(key instanceof Uint8Array && value instanceof Uint8Array && digest instanceof Uint8Array)) return undefined
  if (!numbers.every((number) => typeof number === 'number' || number === null)) return undefined
  const raw = typeof model === 'string' ? unseal(key, numbers, model, value) : undefined
  if (!raw) return undefined
  const [id, ordinal, attempt, epoch, sample, inputTokens, outputTokens, usd, estimated, ms] = numbers as number[]
  return {
    id: id as TraceId,
    key: hex(key) as Key,
    request: hex(digest) as Digest,
    run: row['run'] as number,
    ordinal: ordinal as number,
    attempt: attempt as number,
    epoch: epoch as number,
    sample: sample as number,
    inputTokens: inputTokens as number,
    outputTokens: outputTokens as number,
    usd: usd as number | null,
    estimated: estimated === 1,
    ms: ms as number,
    step: String(step),
    cell: cell instanceof Uint8Array ? hex(cell) : String(cell),
    model: model as string,
    raw,
  }
}

/** Of a row of `request`; undefined when it is not as it was written. */
export function readRequest1({ digest, value }: Row1): { readonly digest: Digest; readonly text: string } | undefined {
  if (!(digest instanceof Uint8Array && value instanceof Uint8Array)) return undefined
  const text = unseal(digest, [], '', value)
  return text && { digest: hex(digest) as Digest, text: Buffer.from(text).toString() }
}

/** A value began with 128 bits of a SHA-256 and the codec. */
function unseal(key: Uint8Array, numbers: readonly (number | null)[], name: string, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < HEAD_BYTES) return undefined
  const facts = Buffer.alloc(2 + key.length + 8 * numbers.length)
  facts[0] = key.length
  facts[1] = numbers.length
  facts.set(key, 2)
  numbers.forEach((number, i) => {
    facts.writeDoubleLE(number ?? Number.NaN, 2 + key.length + 8 * i)
  })
  const text = Buffer.from(name)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  const sum = hash('sha256', Buffer.concat([facts, length, text, sealed.subarray(CHECKSUM_BYTES)]), 'buffer')
  if (sum.compare(sealed, 0, CHECKSUM_BYTES, 0, CHECKSUM_BYTES) !== 0) return undefined
  const bytes = sealed.subarray(HEAD_BYTES)
  return sealed[CHECKSUM_BYTES] === ZSTD ? zstdDecompressSync(bytes) : bytes
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
