/** A file for its owner only that appears whole or not at all, written as a stream. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import { fsyncFolder } from './atomic-file.ts'
import { asWriteFailure, refuse, WriteFailure } from './failure.ts'
import { resolveTarget } from './target.ts'
import { TEMP_PREFIX } from './temps.ts'

const OWNER_ONLY = 0o600

export interface PrivateFileOptions {
  /** Whether a file that is there already may be replaced. */
  readonly replace: boolean
  /** As zstd. */
  readonly compress: boolean
}

/** Writes the texts and returns the file's size in bytes. Throws a WriteFailure; then the file is as it was before. */
export async function writePrivately(path: string, texts: Iterable<string>, { replace, compress }: PrivateFileOptions): Promise<number> {
  const wanted = resolve(path)
  const target = blaming(wanted, () => resolveTarget(wanted, dirname(wanted)))
  if (!replace && existsSync(target))
    throw refuse('there is a file of this name already', wanted, 'name another one, or add --force to replace it')
  const temp = join(dirname(target), `${TEMP_PREFIX}${process.pid}-${randomBytes(6).toString('hex')}`)
  // What the texts themselves throw is not the disk's fault.
  let own: unknown
  const source = function* () {
    try {
      yield* chunks(texts)
    } catch (error) {
      own = error
      throw error
    }
  }
  try {
    const file = await open(temp, 'wx', OWNER_ONLY)
    try {
      const sink = async (parts: AsyncIterable<Uint8Array>) => {
        for await (const part of parts) await file.writeFile(part)
      }
      await (compress ? pipeline(source, createZstdCompress(), sink) : pipeline(source, sink))
      await file.sync()
      const { size } = await file.stat()
      await file.close()
      await rename(temp, target)
      fsyncFolder(dirname(target))
      return size
    } finally {
      await file.close().catch(() => {})
    }
  } catch (error) {
    await rm(temp, { force: true })
    throw own ?? asWriteFailure(error, wanted)
  }
}

const CHUNK_CHARS = 64 * 1024 // a system call for each line would take longer than making the line

function* chunks(texts: Iterable<string>): Generator<Buffer> {
  let waiting = ''
  for (const text of texts) {
    waiting += text
    if (waiting.length < CHUNK_CHARS) continue
    yield Buffer.from(waiting)
    waiting = ''
  }
  yield Buffer.from(waiting)
}

function blaming<Result>(path: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw error instanceof WriteFailure ? error : asWriteFailure(error, path)
  }
}
