/** Undoes gzip and zstd, told by the first bytes and never by a file's name. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { unzstd } from '../util/unzstd.ts'

export type Packing = 'none' | 'gzip' | 'zstd'

export interface Unpacked {
  readonly packing: Packing
  /** The first bytes after unpacking, at most `HEAD_BYTES`; `bytes` gives them again. */
  readonly head: Buffer
  readonly bytes: AsyncGenerator<Buffer>
}

const HEAD_BYTES = 8

/** Looks at the head of a stream; the rest is read as `bytes` is. Rejects where the stream or its packing breaks off. */
export async function unpack(source: AsyncIterable<Buffer>): Promise<Unpacked> {
  const raw = await peek(source)
  const packing = packingOf(raw.head)
  if (packing === 'none') return { packing, ...raw }
  return { packing, ...(await peek(packing === 'gzip' ? gunzipped(raw.bytes) : unzstd(raw.bytes))) }
}

function packingOf(head: Buffer): Packing {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head.length < 4) return 'none'
  const magic = head.readUInt32LE(0)
  // A zstd file may open with a skippable frame.
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : 'none'
}

async function peek(source: AsyncIterable<Buffer>): Promise<{ head: Buffer; bytes: AsyncGenerator<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  while (held.length < HEAD_BYTES) {
    const { done, value } = await chunks.next()
    if (done) break
    held = held.length === 0 ? value : Buffer.concat([held, value])
  }
  const bytes = async function* (): AsyncGenerator<Buffer> {
    try {
      if (held.length > 0) yield held
      for (;;) {
        const { done, value } = await chunks.next()
        if (done) return
        if (value.length > 0) yield value
      }
    } finally {
      await chunks.return?.()
    }
  }
  return { head: held.subarray(0, HEAD_BYTES), bytes: bytes() }
}

/** Members that follow each other are one text. */
async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  // An error reaches the reader through `gunzip` itself.
  pipeline(Readable.from(chunks), gunzip, () => {})
  yield* gunzip as AsyncIterable<Buffer>
}
