/**
 * The first rung of the ladder: has anything changed at all since the last build? Built-in modules only, no row is
 * read, and the work does not grow with the dataset. CommonJS, because loading it costs milliseconds less.
 */
import type { BigIntStats } from 'node:fs'

/** What is remembered of a file; times and inode as text, because they exceed what JSON numbers hold. */
export interface Seen {
  readonly path: string
  readonly size: number
  readonly mtimeNs: string
  readonly ctimeNs: string
  readonly ino: string
}

/** `sha256` null: the file was too large to hash, so it must look exactly the same. */
export interface SeenContent extends Seen {
  readonly sha256: string | null
  /** Of a file that is only run as code: the digest of its spelling, which comments and layout do not change. */
  readonly code?: string
  /** When this file was looked at, if later than the rest. */
  readonly at?: string
}

export interface Stamp {
  readonly format: number
  /** Time of the file system just before the files were looked at, in nanoseconds. */
  readonly at: string
  readonly node: string
  readonly configPath: string
  /** This datagen's own files, present or (null) absent. */
  readonly tool: readonly (readonly [path: string, Seen | null])[]
  /** All that loading the config read, present or (null) absent. */
  readonly files: readonly (readonly [path: string, SeenContent | null])[]
  /** Folders that were searched for documents, with the digest of their listing, or null where there was none. */
  readonly folders?: readonly (readonly [path: string, digest: string | null])[]
  readonly outputs: readonly SeenContent[]
  /** The store's main file and its log; an empty log counts as absent. */
  readonly store: readonly (readonly [path: string, Seen | null])[]
  /** SHA-256 of the value, or null when unset. */
  readonly env: readonly (readonly [name: string, string | null])[]
  /** Only when datagen chose the model itself: whether a key was set, and whether something listened on Ollama's port. */
  readonly choice: { readonly openaiKey: boolean; readonly ollama: boolean | null } | null
  readonly exitCode: number
  readonly lines: readonly string[]
}

type Env = { readonly [name: string]: string | undefined }

/** Where a config may stand, in order of precedence within a folder; the same list as in config/find.ts. */
export declare const PLACES: readonly string[]
export declare const STAMP_FORMAT: number
/** Two changes closer together than this may leave the same time on a file. */
export declare function granularityNs(file: Seen): bigint
export declare function see(path: string): Seen | null
export declare function sha256File(path: string): string
/** Left out, the environment is this process's own. */
export declare function hasKey(env?: Env): boolean
/** The files whose change means another datagen; `dir` is the folder of cli.js. */
export declare function toolFiles(dir: string): string[]
export declare function stampPath(root: string): string
/** The stamp of the nearest folder that has one, when everything is as it says; else undefined. */
export declare function upToDate(cwd: string, env: Env, toolDir: string, ollamaPort?: number): Promise<Stamp | undefined>

const fs = process.getBuiltinModule('node:fs')
const path = process.getBuiltinModule('node:path')

const OLLAMA_PORT = 11434
const PROBE_MS = 50 // on this machine an answer or a refusal takes under one
const HASH_CHUNK_BYTES = 1024 * 1024

exports.STAMP_FORMAT = 1
const places = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((ext) => 'datagen.config.' + ext)
exports.PLACES = places.concat(
  ['', '.json', '.yaml', '.yml'].map((ext) => '.datagenrc' + ext),
  'package.json',
)

exports.stampPath = stampFile
function stampFile(root: string): string {
  return path.join(root, '.datagen', 'stamp.json')
}

exports.toolFiles = function toolFiles(dir: string): string[] {
  // cli.js alone may stay the same when other files are compiled anew; the compiler's notes do not.
  return [path.join(dir, 'cli.js'), path.join(dir, '..', '..', 'package.json'), path.join(dir, '..', '.tsbuildinfo')]
}

exports.see = look
function look(file: string): Seen | null {
  let stat: BigIntStats | undefined
  try {
    stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false })
  } catch {
    return null // a part of the path is a file, or may not be entered
  }
  if (!stat || !stat.isFile()) return null
  return { path: file, size: Number(stat.size), mtimeNs: String(stat.mtimeNs), ctimeNs: String(stat.ctimeNs), ino: String(stat.ino) }
}

exports.sha256File = hashOf
function hashOf(file: string): string {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  const from = fs.openSync(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(HASH_CHUNK_BYTES)
    for (let count = 1; count > 0; ) {
      count = fs.readSync(from, buffer, 0, HASH_CHUNK_BYTES, null)
      hash.update(buffer.subarray(0, count))
    }
  } finally {
    fs.closeSync(from)
  }
  return hash.digest('hex')
}

exports.hasKey = keyIsSet
function keyIsSet(env?: Env): boolean {
  return ((env || process.env)['OPENAI_API_KEY'] || '').trim() !== ''
}

exports.granularityNs = granularity
/** The kernel's clock for files ticks every 1 to 10 ms; whole seconds mean a file system that knows no finer (FAT: 2 s). */
function granularity(file: Seen): bigint {
  return BigInt(/0{9}$/.test(file.mtimeNs) && /0{9}$/.test(file.ctimeNs) ? 2000000000 : 10000000)
}

/** As git's index does: equal looks prove nothing when the last change was no older than the look itself. */
function looksSame(before: Seen, now: Seen, at: string): boolean {
  const same = before.size === now.size && before.mtimeNs === now.mtimeNs && before.ctimeNs === now.ctimeNs && before.ino === now.ino
  return same && BigInt(now.ctimeNs) + granularity(now) < BigInt(at) && BigInt(now.mtimeNs) + granularity(now) < BigInt(at)
}

function sameLooks(entries: Stamp['tool'], at: string, emptyIsAbsent = false): boolean {
  return entries.every(([file, before]) => {
    const found = look(file)
    const now = emptyIsAbsent && found !== null && found.size === 0 ? null : found
    return before === null || now === null ? before === null && now === null : looksSame(before, now, at)
  })
}

/** A touched file, or one checked out anew, is the same file if its bytes are. */
function sameContent(before: SeenContent | null, file: string, at: string): boolean {
  const now = look(file)
  if (before === null) return now === null
  if (now === null || now.size !== before.size) return false
  return looksSame(before, now, before.at || at) || (before.sha256 !== null && hashOf(file) === before.sha256)
}

/** Code of which only comments or layout changed is the same code. */
function sameCode(before: SeenContent | null, file: string): boolean {
  if (before === null || before.code === undefined) return false
  const module = __filename.endsWith('.cts') ? '../config/code-tokens.cts' : '../config/code-tokens.cjs'
  const { codeTokens, spell } = require(module) as typeof import('../config/code-tokens.cts')
  const tokens = codeTokens(file, fs.readFileSync(file, 'utf8'))
  return (
    tokens !== undefined && process.getBuiltinModule('node:crypto').createHash('sha256').update(spell(tokens)).digest('hex') === before.code
  )
}

/**
 * Remembers edited files as they are now, so that the next build need not take them apart again. As when a stamp is made,
 * the clock of the file system is read before the files are. Failing to only costs the next build its time.
 */
function refresh(root: string, stamp: Stamp, edited: readonly string[]): void {
  const temp = stampFile(root) + '.' + process.pid
  try {
    const to = fs.openSync(temp, 'w', 0o600)
    try {
      fs.writeSync(to, ' ', 0)
      const at = String(fs.fstatSync(to, { bigint: true }).mtimeNs)
      const again = ([file, before]: Stamp['files'][number]): Stamp['files'][number] => {
        if (before === null || edited.indexOf(file) < 0) return [file, before]
        const seen = look(file)
        const sha256 = hashOf(file)
        if (seen === null || !sameCode(before, file) || hashOf(file) !== sha256) throw new Error('it changed meanwhile')
        return [file, { ...before, ...seen, sha256, at }]
      }
      fs.writeSync(to, JSON.stringify({ ...stamp, files: stamp.files.map(again) }), 0)
    } finally {
      fs.closeSync(to)
    }
    fs.renameSync(temp, stampFile(root))
  } catch {
    try {
      fs.rmSync(temp, { force: true })
    } catch {} // a disk that cannot be written
  }
}

function sameEnv(entries: Stamp['env'], env: Env): boolean {
  if (entries.length === 0) return true
  const { createHash } = process.getBuiltinModule('node:crypto')
  return entries.every(([name, before]) => {
    const value = env[name]
    return (value === undefined ? null : createHash('sha256').update(value).digest('hex')) === before
  })
}

function sameListings(folders: Stamp['folders']): boolean {
  if (folders === undefined || folders.length === 0) return true
  const module = __filename.endsWith('.cts') ? '../config/listing.cts' : '../config/listing.cjs'
  const { listingDigest } = require(module) as typeof import('../config/listing.cts')
  return folders.every(([folder, before]) => listingDigest(folder) === before)
}

/** No config nearer to `cwd`, and none in the stamp's folder that would be found before the one it speaks of. */
function sameConfigFound(cwd: string, root: string, configPath: string): boolean {
  for (let dir = cwd; dir !== root; dir = path.dirname(dir)) {
    if (exports.PLACES.some((place: string) => fs.existsSync(path.join(dir, place)))) return false
  }
  for (const place of exports.PLACES) {
    const file = path.join(root, place)
    if (file === configPath) return true
    if (place !== 'package.json' && fs.existsSync(file)) return false
  }
  return false
}

function nearestStamp(cwd: string): { root: string; stamp: Stamp } | undefined {
  for (let dir = cwd; ; dir = path.dirname(dir)) {
    if (fs.existsSync(stampFile(dir))) {
      const stamp = JSON.parse(fs.readFileSync(stampFile(dir), 'utf8'))
      return stamp && stamp.format === exports.STAMP_FORMAT ? { root: dir, stamp } : undefined
    }
    if (path.dirname(dir) === dir) return undefined
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = process.getBuiltinModule('node:net').connect({ port, host: '127.0.0.1' })
    const end = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(PROBE_MS, end(false)).once('connect', end(true)).once('error', end(false))
  })
}

async function sameChoice(choice: Stamp['choice'], env: Env, port: number): Promise<boolean> {
  if (choice === null) return true
  if (keyIsSet(env) !== choice.openaiKey) return false
  return choice.ollama === null || (await listens(port)) === choice.ollama
}

exports.upToDate = async function upToDate(cwd: string, env: Env, toolDir: string, ollamaPort?: number): Promise<Stamp | undefined> {
  try {
    const found = nearestStamp(cwd)
    if (!found) return undefined
    const { root, stamp } = found
    const { at } = stamp
    const tool = exports.toolFiles(toolDir)
    const same =
      stamp.node === process.version &&
      stamp.tool.length === tool.length &&
      stamp.tool.every(([file], i) => file === tool[i]) &&
      sameConfigFound(cwd, root, stamp.configPath) &&
      sameEnv(stamp.env, env) &&
      sameListings(stamp.folders) &&
      sameLooks(stamp.tool, at) &&
      sameLooks(stamp.store, at, true) &&
      stamp.outputs.every((before) => sameContent(before, before.path, at))
    if (!same) return undefined
    const edited = stamp.files.filter(([file, before]) => !sameContent(before, file, at))
    if (!edited.every(([file, before]) => sameCode(before, file))) return undefined
    if (!(await sameChoice(stamp.choice, env, ollamaPort || OLLAMA_PORT))) return undefined
    if (edited.length > 0)
      refresh(
        root,
        stamp,
        edited.map(([file]) => file),
      )
    return stamp
  } catch {
    return undefined // a stamp that cannot be read or understood proves nothing
  }
}
