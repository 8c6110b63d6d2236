/** Where a dataset comes from: a file, or a stream such as standard input. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'

export type Source =
  | { readonly kind: 'file'; readonly name: string; readonly path: string }
  | { readonly kind: 'stream'; readonly name: string; readonly stream: Readable }

const CHUNK_BYTES = 1024 * 1024 // fewer turns of the event loop than the default 64 KiB, and still little to hold

/** The bytes as they are; the stream is closed when the reader stops early. */
export function openSource(source: Source): Readable {
  return source.kind === 'stream' ? source.stream : createReadStream(source.path, { highWaterMark: CHUNK_BYTES })
}
