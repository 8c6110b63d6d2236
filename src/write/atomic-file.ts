/** A file that appears whole or not at all, and is not touched when every byte is as before. */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asWriteFailure } from './failure.ts'
import { resolveTarget } from './target.ts'
import { TEMP_PREFIX } from './temps.ts'

export interface Written {
  readonly what: 'written' | 'unchanged'
  readonly bytes: number
  readonly sha256: string
}

const CHUNK_BYTES = 256 * 1024 // measured: larger chunks are no faster

/**
 * Owns a file under way until `commit` or `discard`. As long as what comes equals the old file, nothing is written; from the first difference on, it
 * goes to a temporary file beside the old one, which `commit` puts in its place. Throws WriteFailures.
 */
export class AtomicFile implements Disposable {
  readonly #path: string
  readonly #target: string
  readonly #hash = createHash('sha256')
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #bytes = 0
  /** The old file, while all that came so far equals it. */
  #old: number | undefined
  #temp: { readonly path: string; readonly file: number } | undefined
  #mode = 0o666
  #prepared = false
  #ended = false

  constructor(path: string, root: string) {
    this.#path = path
    this.#target = guarded(path, () => resolveTarget(path, root))
    guarded(path, () => this.#openOld())
  }

  write(chunk: string | Uint8Array): void {
    if (this.#ended) throw new Error(`datagen bug: ${this.#path} is written after its end`)
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Uint8Array.from(chunk)
    this.#prepared = false
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes >= CHUNK_BYTES) this.#flush()
  }

  /** Brings all but the name to the disk. When several files belong together, prepare them all before the first `commit`. */
  prepare(): void {
    if (this.#ended) throw new Error(`datagen bug: ${this.#path} is committed after its end`)
    if (this.#prepared) return
    this.#flush()
    this.#guard(() => {
      if (this.#old !== undefined && fstatSync(this.#old).size > this.#bytes) this.#diverge()
      if (this.#old === undefined) fsyncSync((this.#temp ?? this.#openTemp()).file)
    })
    this.#prepared = true
  }

  commit(): Written {
    this.prepare()
    return this.#guard(() => {
      const written = { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
      if (this.#old !== undefined) {
        this.discard()
        return { what: 'unchanged', ...written }
      }
      const { path, file } = this.#temp ?? this.#openTemp()
      closeSync(file)
      this.#temp = { path, file: -1 }
      renameSync(path, this.#target)
      this.#temp = undefined
      this.#ended = true
      fsyncFolder(dirname(this.#target))
      return { what: 'written', ...written }
    })
  }

  /** Leaves the old file as it is; harmless after `commit`. */
  discard(): void {
    this.#ended = true
    if (this.#old !== undefined) closeSync(this.#old)
    this.#old = undefined
    if (this.#temp && this.#temp.file >= 0) closeSync(this.#temp.file)
    if (this.#temp) rmSync(this.#temp.path, { force: true })
    this.#temp = undefined
  }

  [Symbol.dispose](): void {
    this.discard()
  }

  #openOld(): void {
    try {
      this.#old = openSync(this.#target, 'r')
      this.#mode = fstatSync(this.#old).mode & 0o777
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  #openTemp() {
    const path = join(dirname(this.#target), `${TEMP_PREFIX}${process.pid}-${randomBytes(6).toString('hex')}`)
    this.#temp = { path, file: openSync(path, 'wx', this.#mode) }
    return this.#temp
  }

  #flush(): void {
    if (this.#waitingBytes === 0) return
    const chunk = this.#waiting.length === 1 ? (this.#waiting[0] as Uint8Array) : Buffer.concat(this.#waiting, this.#waitingBytes)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#guard(() => {
      if (this.#old !== undefined && !sameAt(this.#old, this.#bytes, chunk)) this.#diverge()
      if (this.#old === undefined) writeAll((this.#temp ?? this.#openTemp()).file, chunk)
      this.#hash.update(chunk)
      this.#bytes += chunk.length
    })
  }

  /** The old file's beginning, which equals what came so far, becomes the new file's. */
  #diverge(): void {
    const { file } = this.#openTemp()
    const old = this.#old as number
    const copied = createHash('sha256')
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let at = 0; at < this.#bytes; ) {
      const count = readSync(old, buffer, 0, Math.min(CHUNK_BYTES, this.#bytes - at), at)
      if (count === 0) break
      copied.update(buffer.subarray(0, count))
      writeAll(file, buffer.subarray(0, count))
      at += count
    }
    if (copied.digest('hex') !== this.#hash.copy().digest('hex')) throw new Error('another program changed the file meanwhile')
    closeSync(old)
    this.#old = undefined
  }

  #guard<Result>(action: () => Result): Result {
    try {
      return guarded(this.#path, action)
    } catch (error) {
      this.discard()
      throw error
    }
  }
}

function guarded<Result>(path: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw asWriteFailure(error, path)
  }
}

function sameAt(file: number, at: number, chunk: Uint8Array): boolean {
  const old = Buffer.allocUnsafe(chunk.length)
  return readSync(file, old, 0, chunk.length, at) === chunk.length && Buffer.compare(old, chunk) === 0
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/** Makes the rename itself durable; Windows has no such thing. */
export function fsyncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
