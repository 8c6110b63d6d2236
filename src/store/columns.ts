/**
 * Columns on disk: what the last build knew about each item, as typed arrays that are read in one piece. A cache: losing
 * the file costs time, never money, so it is neither synced nor repaired; a checksum tells a torn one.
 */
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { crashPoint } from '../util/crash-point.ts'
import { FILE_MODE, makePrivateFolder } from './private-folder.ts'

export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array

/** Anything JSON can say, and arrays by name. */
export interface Columns<Head> {
  readonly head: Head
  readonly arrays: ReadonlyMap<string, Column>
}

const KINDS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const
type Kind = keyof typeof KINDS

interface Section {
  readonly name: string
  readonly kind: Kind
  /** Bytes from the end of the directory. */
  readonly at: number
  readonly length: number
}

/** `dtgc`, a version, the length of the directory; then a checksum over all that follows. */
const MAGIC = 'dtgc0001'
/** CRC-32: three times as fast as SHA-256, and what it guards against is a torn file, not a forger. */
const CHECKSUM_BYTES = 4
const START = MAGIC.length + 4 + CHECKSUM_BYTES
// Typed arrays must start at a multiple of their own size.
const ALIGN = 8

/** Undefined when there is none, or when it is not what was written: then nothing is known. */
export function readColumns<Head>(path: string): Columns<Head> | undefined {
  try {
    const bytes = readWhole(path)
    if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
    const directoryBytes = bytes.readUInt32LE(MAGIC.length)
    if (crc32(bytes.subarray(START)) !== bytes.readUInt32LE(START - CHECKSUM_BYTES)) return undefined
    const { head, sections } = JSON.parse(bytes.toString('utf8', START, START + directoryBytes)) as {
      head: Head
      sections: readonly Section[]
    }
    const from = bytes.byteOffset + aligned(START + directoryBytes)
    const arrays = sections.map(({ name, kind, at, length }) => [name, new KINDS[kind](bytes.buffer, from + at, length)] as const)
    return { head, arrays: new Map(arrays) }
  } catch {
    return undefined
  }
}

/** Atomic. Throws what the file system throws: the caller decides whether it matters. */
export function writeColumns<Head>(path: string, { head, arrays }: Columns<Head>): void {
  makePrivateFolder(dirname(path))
  let at = 0
  const sections: Section[] = []
  for (const [name, column] of arrays) {
    sections.push({ name, kind: kindOf(column), at, length: column.length })
    at = aligned(at + column.byteLength)
  }
  const directory = Buffer.from(JSON.stringify({ head, sections }))
  const gap = Buffer.alloc(aligned(START + directory.length) - START - directory.length)
  const parts: Uint8Array[] = [directory, gap]
  for (const column of arrays.values()) {
    parts.push(
      new Uint8Array(column.buffer, column.byteOffset, column.byteLength),
      new Uint8Array(aligned(column.byteLength) - column.byteLength),
    )
  }
  let sum = 0
  for (const part of parts) sum = crc32(part, sum)
  const start = Buffer.alloc(START)
  start.write(MAGIC, 'latin1')
  start.writeUInt32LE(directory.length, MAGIC.length)
  start.writeUInt32LE(sum, START - CHECKSUM_BYTES)
  // One name for all: whoever writes has the outputs to itself, and a killed one's leavings are overwritten.
  const temp = `${path}.new`
  try {
    const file = openSync(temp, 'w', FILE_MODE)
    try {
      for (const part of [start, ...parts]) writeAll(file, part)
    } finally {
      closeSync(file)
    }
    crashPoint('before-columns')
    renameSync(temp, path)
  } catch (error) {
    rmSync(temp, { force: true })
    throw error
  }
}

export function forgetColumns(path: string): void {
  rmSync(path, { force: true })
}

function kindOf(column: Column): Kind {
  return (Object.keys(KINDS) as Kind[]).find((kind) => column instanceof KINDS[kind]) as Kind
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN
}

/** Into memory of its own, so that arrays can lie over it. */
function readWhole(path: string): Buffer<ArrayBuffer> {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.from(new ArrayBuffer(size))
    let at = 0
    for (let read = 1; read > 0 && at < size; at += read) read = readSync(file, bytes, at, size - at, at)
    return bytes.subarray(0, at)
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}
