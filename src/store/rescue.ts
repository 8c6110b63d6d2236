/**
 * Where responses go that the store could not take: a file that has its room already, then one on another disk. Each
 * belongs to one process; the next one that opens the store for writing takes them back.
 */
import { hash, randomFillSync } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { crashPoint } from '../util/crash-point.ts'
import { FILE_MODE, FOLDER_MODE, OWNERS_FOLDER } from './private-folder.ts'
import type { NewResponse } from './store.ts'

/** Room that is taken beforehand, so that it is there when the disk is full. */
export const RESCUE_BYTES = 1 << 20

/*
 * A record: mark, length and CRC-32 of the content, the content. The content: length of the JSON, the JSON of everything but
 * the raw bytes, the raw bytes. Whatever has no mark or another CRC is no record.
 */
const MARK = Buffer.from('dtgr')
const HEAD_BYTES = 12
/** Follows the last record, because the room behind it holds noise. */
const END = Buffer.alloc(MARK.length)

export interface RescueFile {
  readonly path: string
  /** Whose it is. */
  readonly token: number
  readonly store: string
}

export class Spool {
  readonly #local: string
  readonly #elsewhere: () => string
  #file: number | undefined
  #end = 0
  #used = false

  /** `temp`: where there is a disk of its own, maybe. Makes the room; goes without when there is none. */
  constructor(dir: string, temp: string, token: number, store: string) {
    const name = `${store}-${token}.rescue`
    this.#local = join(dir, OWNERS_FOLDER, name)
    this.#elsewhere = () => join(privateTemp(dir, temp), name)
    let file: number | undefined
    try {
      file = openSync(this.#local, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, FILE_MODE)
      // Noise: a file system that packs what it stores would keep no room for zeros.
      const room = randomFillSync(Buffer.allocUnsafe(RESCUE_BYTES))
      END.copy(room)
      writeAll(file, room, 0)
      fsyncSync(file)
      this.#file = file
    } catch {
      if (file !== undefined) {
        closeSync(file)
        rmSync(this.#local, { force: true })
      }
    }
  }

  /** Durable when it returns. Tells which of them are kept. */
  append(responses: readonly NewResponse[]): ReadonlySet<NewResponse> {
    const records = responses.map((response) => ({ response, bytes: recordOf(response) }))
    const kept = new Set<NewResponse>()
    let room = RESCUE_BYTES - END.length - this.#end
    const here = records.filter(({ bytes }) => {
      const fits = bytes.length <= room
      if (fits) room -= bytes.length
      return fits
    })
    if (this.#file !== undefined && here.length > 0) {
      const bytes = Buffer.concat([...here.map((record) => record.bytes), END])
      if (tried(() => this.#overwrite(bytes))) for (const { response } of here) kept.add(response)
    }
    const rest = records.filter(({ response }) => !kept.has(response))
    if (rest.length > 0 && tried(() => appendTo(this.#elsewhere(), Buffer.concat(rest.map(({ bytes }) => bytes))))) {
      for (const { response } of rest) kept.add(response)
    }
    if (kept.size > 0) {
      this.#used = true
      crashPoint('after-spool')
    }
    return kept
  }

  /** The room is given back, unless something lies in it. */
  close(): void {
    if (this.#file === undefined) return
    closeSync(this.#file)
    this.#file = undefined
    if (!this.#used) rmSync(this.#local, { force: true })
  }

  #overwrite(bytes: Buffer): void {
    writeAll(this.#file as number, bytes, this.#end)
    fsyncSync(this.#file as number)
    this.#end += bytes.length - END.length
  }
}

/** All rescue files of a dataset's folder, used or not. */
export function rescueFiles(dir: string, temp: string): RescueFile[] {
  return [join(dir, OWNERS_FOLDER), () => privateTemp(dir, temp, false)].flatMap((at) => {
    try {
      const folder = typeof at === 'string' ? at : at()
      return readdirSync(folder).flatMap((name) => {
        const [, store, token] = /^([0-9a-f]+)-(\d+)\.rescue$/.exec(name) ?? []
        const isFile = lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile()
        return store === undefined || !isFile ? [] : [{ path: join(folder, name), token: Number(token), store }]
      })
    } catch {
      return [] // not there, or not ours
    }
  })
}

/** What lies in a rescue file; `torn` counts places where a record begins that cannot be believed. */
export function readRescue(path: string): { readonly responses: readonly NewResponse[]; readonly torn: number } {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } finally {
    closeSync(file)
  }
  const responses: NewResponse[] = []
  let torn = 0
  let at = 0
  while (at + HEAD_BYTES <= bytes.length && !bytes.subarray(at, at + END.length).equals(END)) {
    const response = responseAt(bytes, at)
    if (response) {
      responses.push(response)
      at += HEAD_BYTES + bytes.readUInt32BE(at + MARK.length)
    } else {
      torn++
      at = nextRecord(bytes, at + 1)
    }
  }
  return { responses, torn }
}

/** The next place where a sound record lies, or the end. */
function nextRecord(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(MARK, from)
  while (at >= 0 && !responseAt(bytes, at)) at = bytes.indexOf(MARK, at + 1)
  return at < 0 ? bytes.length : at
}

function recordOf({ raw, ...facts }: NewResponse): Buffer {
  const json = Buffer.from(JSON.stringify(facts))
  const record = Buffer.allocUnsafe(HEAD_BYTES + 4 + json.length + raw.length)
  MARK.copy(record)
  record.writeUInt32BE(record.length - HEAD_BYTES, 4)
  record.writeUInt32BE(json.length, HEAD_BYTES)
  json.copy(record, HEAD_BYTES + 4)
  record.set(raw, HEAD_BYTES + 4 + json.length)
  record.writeUInt32BE(crc32(record.subarray(HEAD_BYTES)), 8)
  return record
}

function responseAt(bytes: Buffer, at: number): NewResponse | undefined {
  if (at + HEAD_BYTES > bytes.length || bytes.compare(MARK, 0, MARK.length, at, at + MARK.length) !== 0) return undefined
  const content = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + bytes.readUInt32BE(at + 4))
  if (content.length !== bytes.readUInt32BE(at + 4) || crc32(content) !== bytes.readUInt32BE(at + 8)) return undefined
  const jsonEnd = 4 + content.readUInt32BE(0)
  return {
    ...(JSON.parse(content.toString('utf8', 4, jsonEnd)) as Omit<NewResponse, 'raw'>),
    raw: Uint8Array.from(content.subarray(jsonEnd)),
  }
}

/** A folder of this user and this dataset only; anything else at its place is refused, because others may write where it lies. */
function privateTemp(dir: string, temp: string, make = true): string {
  const user = process.getuid?.() ?? 0
  const folder = join(temp, `datagen-rescue-${hash('sha256', `${user}\n${realpathSync(dir)}`).slice(0, 16)}`)
  if (make) {
    try {
      mkdirSync(folder, { mode: FOLDER_MODE })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  const stat = lstatSync(folder)
  if (!stat.isDirectory() || stat.uid !== user || (stat.mode & 0o077) !== 0) throw new Error(`${folder} is not private`)
  return folder
}

function appendTo(path: string, bytes: Buffer): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, FILE_MODE)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.uid !== (process.getuid?.() ?? 0)) throw new Error(`${path} is not ours`)
    writeAll(file, bytes, undefined)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, bytes: Buffer, at: number | undefined): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at === undefined ? null : at + done)
}

function tried(action: () => void): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
