/** What the last complete build left on the disk, as long as no build has come after it. */
import { readFileSync } from 'node:fs'
import { see, sha256File, stampPath } from './stamp.ts'
import type { Stamp } from './stamp-check.cts'

export interface LastFiles {
  /** Whether a file is as the build left it; undefined when that build did not speak of it. */
  isAsLeft(path: string): boolean | undefined
}

/** Undefined when a build has opened the store since, or when nothing is known: then a difference may be a build's own. */
export function lastFiles(root: string): LastFiles | undefined {
  const stamp = readStamp(root)
  if (
    !stamp?.store.every(
      ([path, before]) => (before?.size ?? 0) === (see(path)?.size ?? 0) && (before === null || before.mtimeNs === see(path)?.mtimeNs),
    )
  )
    return undefined
  const left = new Map(stamp.outputs.map((file) => [file.path, file]))
  return {
    isAsLeft(path) {
      const before = left.get(path)
      const now = see(path)
      if (!before || !now) return undefined
      if (now.size !== before.size) return false
      if (now.mtimeNs === before.mtimeNs && now.ino === before.ino) return true
      return before.sha256 === null ? undefined : sha256File(path) === before.sha256
    },
  }
}

function readStamp(root: string): Stamp | undefined {
  try {
    const stamp = JSON.parse(readFileSync(stampPath(root), 'utf8')) as Stamp
    return Array.isArray(stamp.store) && Array.isArray(stamp.outputs) ? stamp : undefined
  } catch {
    return undefined
  }
}
