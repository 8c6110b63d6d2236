/** Values as they lie in the store: hex as bytes, large texts compressed, and a checksum over all that a row means. */
import { hash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

const CODEC = { plain: 0, zstd: 1 } as const

/**
 * Smaller values stay as they are: one zstd call costs ~28 µs each way whatever the size, three times the whole
 * look-up, and a row this small fits on its database page anyway.
 */
const COMPRESS_FROM_BYTES = 4096
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Against bit rot, not against forgers: 128 bits are plenty. */
const CHECKSUM_BYTES = 16
export const VALUE_HEAD_BYTES = CHECKSUM_BYTES + 1

/** What a reader relies on beside the bytes themselves; `name` ends the head, so that it cannot run into them. */
export interface Facts {
  readonly key: Uint8Array
  readonly numbers: readonly (number | null)[]
  readonly name: string
}

/** Checksum, codec byte, then the value as it is or compressed. */
export function seal(facts: Facts, value: Uint8Array): Uint8Array {
  let codec: number = CODEC.plain
  let bytes = value
  if (value.length >= COMPRESS_FROM_BYTES) {
    const smaller = zstdCompressSync(value, ZSTD)
    if (smaller.length < value.length) [codec, bytes] = [CODEC.zstd, smaller]
  }
  const sealed = Buffer.allocUnsafe(VALUE_HEAD_BYTES + bytes.length)
  sealed[CHECKSUM_BYTES] = codec
  sealed.set(bytes, VALUE_HEAD_BYTES)
  sealed.set(checksum(facts, sealed), 0)
  return sealed
}

/** Undoes `seal`; undefined when a byte of the value or a fact is not as it was. */
export function unseal(facts: Facts, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < VALUE_HEAD_BYTES) return undefined
  const sum = checksum(facts, sealed)
  for (let i = 0; i < CHECKSUM_BYTES; i++) if (sum[i] !== sealed[i]) return undefined
  const bytes = sealed.subarray(VALUE_HEAD_BYTES)
  return sealed[CHECKSUM_BYTES] === CODEC.zstd ? zstdDecompressSync(bytes) : bytes
}

let frame = Buffer.alloc(64 * 1024)

/** SHA-256 of key, numbers (null as NaN), name, then codec and bytes; each part but the last has its length in front or is of fixed size. */
function checksum({ key, numbers, name }: Facts, sealed: Uint8Array): Uint8Array {
  const most = 8 + key.length + 8 * numbers.length + 3 * name.length + sealed.length
  if (frame.length < most) frame = Buffer.alloc(2 * most)
  frame[0] = key.length
  frame[1] = numbers.length
  frame.set(key, 2)
  let end = 2 + key.length
  for (const number of numbers) end = frame.writeDoubleLE(number ?? Number.NaN, end)
  const length = frame.write(name, end + 4, 'utf8')
  end = frame.writeUInt32LE(length, end) + length
  frame.set(sealed.subarray(CHECKSUM_BYTES), end)
  return hash('sha256', frame.subarray(0, end + sealed.length - CHECKSUM_BYTES), 'buffer').subarray(0, CHECKSUM_BYTES)
}

const DIGEST = /^[0-9a-f]{64}$/

/** 64 hex digits as 32 bytes. */
export function digestBytes(digest: string): Uint8Array {
  if (!DIGEST.test(digest)) throw new Error(`datagen bug: not a SHA-256 in hex: ${digest}`)
  return Buffer.from(digest, 'hex')
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Names that are lower-case hex take half the room as bytes; others stay text. */
export function shortened(name: string): string | Uint8Array {
  return name.length >= 16 && name.length % 2 === 0 && /^[0-9a-f]+$/.test(name) ? Buffer.from(name, 'hex') : name
}

export function lengthened(stored: string | Uint8Array): string {
  return typeof stored === 'string' ? stored : hex(stored)
}
