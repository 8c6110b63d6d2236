/**
 * A file that appears whole or not at all: written beside its place, synced, renamed over it; identical bytes
 * leave the old file untouched, time stamps included.
 */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, readSync, realpathSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'

/** Temporary files of a run that died are recognised by this. */
export const TEMP_PREFIX = '.datagen-tmp-'
// Rows are gathered into chunks: a system call for each row costs more than the row.
const CHUNK_CHARACTERS = 256 * 1024

export interface Written {
  readonly what: 'written' | 'unchanged'
  readonly bytes: number
}

/** The disk refused an output; the old file is as it was. Exit code 6. */
export class WriteFailure extends DatagenError {
  constructor(path: string, error: unknown) {
    const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    super(
      {
        code: full ? 'write/full' : 'write/failed',
        severity: 'error',
        headline: full ? 'the disk that holds the output is full' : 'an output cannot be written',
        facts: [
          ['file', path],
          ['why', error instanceof Error ? error.message : String(error)],
        ],
        hint: 'the old file was left as it was, and every answer is kept: mend the disk and build again, it costs nothing',
      },
      EXIT.store,
    )
    this.name = 'WriteFailure'
  }
}

/** Owns a temporary file until `commit` or `discard`. Throws `WriteFailure`. */
export class AtomicFile {
  readonly path: string
  readonly #temp: string
  readonly #hash = createHash('sha256')
  #fd: number | undefined
  #buffer = ''
  #bytes = 0

  /** The path must lie inside `root`, links followed; its folder is made. */
  constructor(path: string, root: string) {
    this.path = path
    this.#temp = join(dirname(path), `${TEMP_PREFIX}${process.pid}-${basename(path)}`)
    try {
      mkdirSync(dirname(path), { recursive: true })
      demandInside(path, root)
      this.#fd = openSync(this.#temp, 'w')
    } catch (error) {
      throw error instanceof DatagenError ? error : new WriteFailure(path, error)
    }
  }

  write(text: string): void {
    this.#buffer += text
    if (this.#buffer.length >= CHUNK_CHARACTERS) this.#flush()
  }

  /** Compares with the file that is there, and replaces it if a byte differs. */
  commit(): Written {
    const fd = this.#flush()
    try {
      if (sameFile(this.path, this.#bytes, this.#hash.digest('hex'))) {
        this.discard()
        return { what: 'unchanged', bytes: this.#bytes }
      }
      fsyncSync(fd)
      closeSync(fd)
      this.#fd = undefined
      renameSync(this.#temp, this.path)
      syncFolder(dirname(this.path))
      return { what: 'written', bytes: this.#bytes }
    } catch (error) {
      this.discard()
      throw new WriteFailure(this.path, error)
    }
  }

  /** Removes the temporary file; the file in its place stays as it is. */
  discard(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
    try {
      unlinkSync(this.#temp)
    } catch {
      // Already gone: that is what was wanted.
    }
  }

  #flush(): number {
    const fd = this.#fd
    if (fd === undefined) throw new Error(`datagen bug: ${this.path} is written after its end`)
    const bytes = Buffer.from(this.#buffer, 'utf8')
    this.#buffer = ''
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    } catch (error) {
      this.discard()
      throw new WriteFailure(this.path, error)
    }
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    return fd
  }
}

/** A link or a folder in the place of an output is never replaced or written through. */
function demandInside(path: string, root: string): void {
  const place = lstatSync(path, { throwIfNoEntry: false })
  if (place && !place.isFile()) throw refused(path, place.isSymbolicLink() ? 'it is a symbolic link' : 'it is not a plain file')
  const way = relative(realpathSync(root), realpathSync(dirname(path)))
  if (way === '..' || way.startsWith('../')) throw refused(path, 'it lies outside the project')
}

function refused(path: string, why: string): DatagenError {
  return new DatagenError({ code: 'write/refused', severity: 'error', headline: `datagen does not write to ${path}`, facts: [['why', why]], hint: 'name another path in the output' })
}

/** Size first: most changes show there. */
function sameFile(path: string, bytes: number, sha256: string): boolean {
  const place = statSync(path, { throwIfNoEntry: false })
  if (!place || place.size !== bytes) return false
  const hash = createHash('sha256')
  const fd = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(1024 * 1024)
    for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) hash.update(chunk.subarray(0, read))
  } finally {
    closeSync(fd)
  }
  return hash.digest('hex') === sha256
}

/** Makes the rename itself durable; some file systems cannot, which is no reason to fail. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    // For example on Windows, where folders cannot be opened.
  }
}
