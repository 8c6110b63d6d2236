/** The lines of a file that anybody may have made: compressed or not, of any length, read in bounded memory. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { unzstd } from '../../util/unzstd.ts'

export interface ReadLine {
  /** From 1. */
  readonly number: number
  /** Undefined for a line that is too long or is not UTF-8. */
  readonly text: string | undefined
  readonly why?: string
}

/** A request and its answer, each escaped as JSON; models give answers a thousandth of this. */
export const LONGEST_LINE_BYTES = 64 * 1024 * 1024
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const NEWLINE = 0x0a

/** Opens a file for reading. */
export function openLines(path: string): Readable {
  return createReadStream(path, { highWaterMark: 1024 * 1024 })
}

/** Empty lines are passed over but counted. Ends with a line that says why, when the stream breaks off. */
export async function* readLines(source: Readable, longest: number = LONGEST_LINE_BYTES): AsyncGenerator<ReadLine> {
  let number = 0
  let parts: Buffer[] = []
  let held = 0
  let dropped = false
  const take = (): ReadLine | undefined => {
    number++
    const line = Buffer.concat(parts, held)
    const tooLong = dropped
    parts = []
    held = 0
    dropped = false
    if (tooLong) return { number, text: undefined, why: `it is longer than ${longest} bytes` }
    if (line.length === 0) return undefined
    try {
      return { number, text: UTF8.decode(line) }
    } catch {
      return { number, text: undefined, why: 'it is not UTF-8' }
    }
  }
  try {
    for await (const chunk of plain(source)) {
      let start = 0
      while (start < chunk.length) {
        const end = chunk.indexOf(NEWLINE, start)
        const part = chunk.subarray(start, end < 0 ? chunk.length : end)
        start += part.length + 1
        if (held + part.length > longest) dropped = true
        if (dropped) [parts, held] = [[], 0]
        else if (part.length > 0) {
          parts.push(part)
          held += part.length
        }
        if (end < 0) break
        const line = take()
        if (line) yield line
      }
    }
    if (held > 0 || dropped) {
      const line = take()
      if (line) yield line
    }
  } catch (error) {
    yield { number: number + 1, text: undefined, why: `the file cannot be read further: ${(error as Error).message}` }
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undoes the compression when the first bytes are those of a zstd frame. */
async function* plain(source: Readable): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0)
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  while (head.length < ZSTD_MAGIC.length) {
    const { done, value } = await chunks.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  const whole = async function* () {
    if (head.length > 0) yield head
    for (;;) {
      const { done, value } = await chunks.next()
      if (done) return
      yield value
    }
  }
  if (!head.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC)) yield* whole()
  else yield* unzstd(whole())
}
