/** Finished outputs, kept as hard links: they take no room beside the file itself, and outlive it. */
import { createHash } from 'node:crypto'
import { closeSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fsyncFolder } from './atomic-file.ts'
import type { Keepsakes } from './files.ts'
import { resolveTarget } from './target.ts'
import { TEMP_PREFIX } from './temps.ts'

/**
 * Copies in a folder of their own on the same disk. Someone who edits an output in place edits its copy too, so a copy is believed
 * only after it was hashed. Where the file system knows no hard links nothing is kept, and lost outputs are assembled again.
 */
export function keepsakesIn(folder: string): Keepsakes {
  const copyOf = (sha256: string) => join(folder, sha256)
  return {
    holds,
    keep(path, sha256) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        if (isSame(copyOf(sha256), path)) return
        rmSync(copyOf(sha256), { force: true })
        linkSync(path, copyOf(sha256))
      } catch {
        // Saves time next time, nothing else.
      }
    },
    restore(path, root, sha256) {
      try {
        if (digestOfFile(copyOf(sha256)) !== sha256) {
          rmSync(copyOf(sha256), { force: true })
          return false
        }
        const target = resolveTarget(path, root)
        const temp = join(dirname(target), `${TEMP_PREFIX}${process.pid}-${basename(copyOf(sha256)).slice(0, 12)}`)
        rmSync(temp, { force: true })
        linkSync(copyOf(sha256), temp)
        renameSync(temp, target)
        fsyncFolder(dirname(target))
        return true
      } catch {
        return false
      }
    },
    prune(sha256s) {
      try {
        for (const name of namesIn(folder)) if (!sha256s.has(name)) rmSync(join(folder, name), { force: true, recursive: true })
      } catch {
        // It takes room, nothing else.
      }
    },
  }
}

function holds(path: string, bytes: number, sha256: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat?.isFile() === true && stat.size === bytes && digestOfFile(path) === sha256
}

function isSame(one: string, two: string): boolean {
  const [a, b] = [one, two].map((path) => lstatSync(path, { throwIfNoEntry: false }))
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const CHUNK_BYTES = 1024 * 1024

/** SHA-256 in hex; undefined for what is no readable file: a folder in its place, for example. */
export function digestOfFile(path: string): string | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
  const hash = createHash('sha256')
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}
