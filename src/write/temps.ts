/** What is in the way afterwards: temporary files of dead runs, and partial files once the complete one stands. */
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Temporary files carry the id of the process that writes them. */
export const TEMP_PREFIX = '.datagen-tmp-'

/** Removes what processes that no longer run have left beside these files; returns how many. */
export function cleanTemps(files: readonly string[]): number {
  let removed = 0
  for (const folder of new Set(files.map((file) => dirname(file)))) {
    for (const name of namesIn(folder)) {
      const pid = Number(/^\.datagen-tmp-(\d+)-/.exec(name)?.[1] ?? Number.NaN)
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
