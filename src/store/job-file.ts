/** The file in which the requests of one batch job are gathered, line by line, until the provider has it. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest, JobId } from '../util/brand.ts'
import { FILE_MODE, FOLDER_MODE } from './private-folder.ts'

/** Below `.datagen`. */
const FOLDER = 'jobs'

// One write for many lines.
const PORTION_BYTES = 1 << 20

export interface RequestFile {
  readonly path: string
  readonly bytes: number
  readonly requests: number
  add(line: string): void
  /** Everything is on the disk; the digest of all of it. */
  seal(): Digest
  remove(): void
}

/** A file of a job whose process died says nothing that the store does not know: the next one begins it anew. */
export function openRequestFile(dir: string, id: JobId): RequestFile {
  const folder = join(dir, FOLDER)
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  const path = join(folder, `${id}.jsonl`)
  const file = openSync(path, 'w', FILE_MODE)
  const hash = createHash('sha256')
  const waiting: Buffer[] = []
  let [bytes, requests, held] = [0, 0, 0]
  let isOpen = true

  const flush = () => {
    const portion = Buffer.concat(waiting.splice(0), held)
    held = 0
    hash.update(portion)
    for (let at = 0; at < portion.length; ) at += writeSync(file, portion, at)
  }
  const close = () => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  return {
    path,
    get bytes() {
      return bytes
    },
    get requests() {
      return requests
    },
    add(line) {
      const more = Buffer.from(`${line}\n`)
      waiting.push(more)
      held += more.length
      bytes += more.length
      requests++
      if (held >= PORTION_BYTES) flush()
    },
    seal() {
      flush()
      const { size } = fstatSync(file)
      close()
      if (size !== bytes) throw new Error(`datagen bug: ${path} has ${size} bytes instead of ${bytes}`)
      return hash.digest('hex') as Digest
    },
    remove() {
      close()
      rmSync(path, { force: true })
    },
  }
}

/** Removes what processes that died have left behind. `isOpen`: jobs that somebody is at work on. */
export function removeRequestFiles(dir: string, isOpen: (id: JobId) => boolean): void {
  let names: string[]
  try {
    names = readdirSync(join(dir, FOLDER))
  } catch {
    return // no job was ever gathered here
  }
  for (const name of names) {
    const id = Number(/^(\d+)\.jsonl$/.exec(name)?.[1])
    if (!Number.isNaN(id) && !isOpen(id as JobId)) rmSync(join(dir, FOLDER, name), { force: true })
  }
}
