/** Leaves the stamp: all that a finished build depended on, so that the next one can see that nothing changed. */
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChosenModel, Reads } from '../config/dataset.ts'
import { listingDigest } from '../config/listing-of.ts'
import { sampleDigest } from '../config/sample-digest.ts'
import { crashPoint } from '../util/crash-point.ts'
import { STORE_FILE } from './open.ts'
import { FILE_MODE, makePrivateFolder } from './private-folder.ts'
import type { Seen, SeenContent, Stamp } from './stamp-check.cts'

// By Node itself, under the name it has here or compiled: bundlers and test runners do not know CommonJS in TypeScript.
const checking = createRequire(import.meta.url)(import.meta.url.endsWith('.ts') ? './stamp-check.cts' : './stamp-check.cjs')
const { granularityNs, hasKey, STAMP_FORMAT, see, sha256File, toolFiles } = checking as typeof import('./stamp-check.cts')
export const { PLACES, stampPath, upToDate } = checking as typeof import('./stamp-check.cts')
export { see, sha256File }

export interface StampInput {
  readonly reads: Reads
  readonly configPath: string
  /** Absolute paths of every file the build wrote or found unchanged. */
  readonly outputs: readonly string[]
  readonly exitCode: number
  /** What the next build says when nothing changed: without mark and time, which are added to the first. */
  readonly lines: readonly string[]
  readonly chosenModel?: ChosenModel
  /** The cli.js that speaks, if not the one beside this module. */
  readonly toolPath?: string
  /** If not this process's own environment. */
  readonly env?: NodeJS.ProcessEnv
}

/** Larger outputs are not hashed: if one is touched, the build looks again in full. */
const MOST_HASHED_BYTES = 64 * 1024 * 1024
const TRIES = 3

/**
 * Call it when the store is closed. Leaves no stamp, and removes an old one, when something changed during the build or
 * the config is not the one a plain `datagen build` would find. Returns whether there is one now; never throws.
 */
export function writeStamp(root: string, input: StampInput): boolean {
  const path = stampPath(root)
  // One name for all: whoever stamps has the outputs to itself, and a killed one's leavings are overwritten.
  const temp = `${path}.new`
  try {
    makePrivateFolder(dirname(path))
    const file = openSync(temp, 'w', FILE_MODE)
    try {
      const stamp = take(root, input, () => fileSystemTime(file))
      if (!stamp) throw new Error('something changed meanwhile')
      writeSync(file, JSON.stringify(stamp), 0)
    } finally {
      closeSync(file)
    }
    crashPoint('before-stamp')
    renameSync(temp, path)
    return true
  } catch {
    rmSync(temp, { force: true })
    rmSync(path, { force: true, recursive: true })
    return false
  }
}

/** The clock that stamps files, which lags behind the system's and, on a network, differs from it. */
function fileSystemTime(file: number): bigint {
  writeSync(file, ' ', 0)
  return fstatSync(file, { bigint: true }).mtimeNs
}

function take(root: string, input: StampInput, now: () => bigint): Stamp | undefined {
  const { reads, configPath, chosenModel, exitCode, lines } = input
  if (!isFoundFirst(root, configPath)) return undefined
  const tool = toolFiles(input.toolPath ? dirname(input.toolPath) : join(fileURLToPath(import.meta.url), '..', '..'))
  const store = [join(root, '.datagen', STORE_FILE), join(root, '.datagen', `${STORE_FILE}-wal`)]
  const dotEnv = chosenModel ? [join(root, '.env')] : []
  const at = whenQuiet([...reads.files.keys(), ...(reads.large?.keys() ?? []), ...dotEnv, ...input.outputs, ...store], now)

  const files: [string, SeenContent | null][] = []
  for (const [path, sha256] of reads.files) {
    const seen = see(path)
    // What the build went by is what it read, not what is there now.
    if ((seen ? sha256File(path) : null) !== sha256) return undefined
    const code = reads.code?.get(path)
    files.push([path, seen && { ...seen, sha256, ...(code === undefined ? {} : { code }) }])
  }
  for (const [path, digest] of reads.large ?? []) {
    if (sampleDigest(path) !== digest) return undefined
    const seen = see(path)
    files.push([path, seen && { ...seen, sha256: null }])
  }
  const folders = [...(reads.folders ?? [])]
  if (folders.some(([path, digest]) => listingDigest(path) !== digest)) return undefined
  for (const path of dotEnv) {
    const seen = see(path)
    if (seen && Number(BigInt(seen.ctimeNs) / 1_000_000n) >= performance.timeOrigin) return undefined
    files.push([path, seen && { ...seen, sha256: sha256File(path) }])
  }
  const outputs = input.outputs.map((path) => contentOf(path))
  if (outputs.includes(undefined)) return undefined
  return {
    format: STAMP_FORMAT,
    at: String(at),
    node: process.version,
    configPath,
    tool: tool.map((path) => [path, see(path)]),
    files,
    folders,
    outputs: outputs as SeenContent[],
    store: store.map((path) => [path, absentIfEmpty(see(path))]),
    env: [...reads.env],
    choice: chosenModel ? { openaiKey: hasKey(input.env), ollama: chosenModel.ollama ?? null } : null,
    exitCode,
    lines,
  }
}

function contentOf(path: string): SeenContent | undefined {
  const seen = see(path)
  return seen ? { ...seen, sha256: seen.size <= MOST_HASHED_BYTES ? sha256File(path) : null } : undefined
}

/** A log that was checkpointed is empty or gone, as the last reader left it: the same to us. */
function absentIfEmpty(seen: Seen | null): Seen | null {
  return seen && seen.size > 0 ? seen : null
}

function isFoundFirst(root: string, configPath: string): boolean {
  for (const place of PLACES) {
    const path = join(root, place)
    if (path === configPath) return true
    if (place !== 'package.json' && see(path)) return false
  }
  return false
}

/** Waits until the newest file is old enough to be told from its next change; a few milliseconds at most. */
function whenQuiet(paths: readonly string[], now: () => bigint): bigint {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  let at = now()
  for (let i = 0; i < TRIES; i++) {
    const quiet = paths.map(see).every((seen) => !seen || BigInt(seen.ctimeNs) + 10_000_000n < at || granularityNs(seen) > 10_000_000n)
    if (quiet) break
    Atomics.wait(sleeper, 0, 0, 11)
    at = now()
  }
  return at
}
