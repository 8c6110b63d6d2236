/** Small file chores around atomic writes: what dead runs left behind, partial files, and files that must be new. */
import { closeSync, fsyncSync, lstatSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { asWriteFailure } from './failure.ts'
import { resolveTarget } from './target.ts'

/** Temporary files carry the id of the process that writes them. */
export const TEMP_PREFIX = '.datagen-tmp-'

/** Removes temporary files of processes that no longer run from these folders; returns how many. */
export function cleanTemps(folders: Iterable<string>): number {
  let removed = 0
  for (const folder of new Set(folders)) {
    for (const name of namesIn(folder)) {
      const pid = Number(/^\.datagen-tmp-(\d+)-[0-9a-f]+$/.exec(name)?.[1] ?? Number.NaN)
      if (Number.isNaN(pid) || isRunning(pid)) continue
      rmSync(join(folder, name), { force: true })
      removed++
    }
  }
  return removed
}

/** Removes a `*.partial.jsonl` once the complete file stands; says whether there was one. */
export function discardPartial(path: string): boolean {
  if (!basename(path).includes('.partial.') || !lstatSync(path, { throwIfNoEntry: false })?.isFile()) return false
  rmSync(path, { force: true })
  return true
}

/** Writes a file that must not exist yet; an existing one is left alone. Throws a WriteFailure for what the disk refuses. */
export async function writeNew(path: string, text: string, { root }: { readonly root: string } = { root: dirname(path) }): Promise<'written' | 'exists'> {
  try {
    const file = openSync(resolveTarget(path, root), 'wx')
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    return 'written'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists'
    throw asWriteFailure(error, path)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
