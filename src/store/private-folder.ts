/** `.datagen`: for its owner only, and never in git, because it holds everything a model said. */
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const FOLDER_MODE = 0o700
export const FILE_MODE = 0o600

/** Below `.datagen`: locks, rescue files and notes, one of each for every process that is at work. */
export const OWNERS_FOLDER = 'owners'

/** Makes the folder if it is missing and takes others' rights away if they have any. */
export function makePrivateFolder(dir: string): void {
  makeFolder(dir)
  tighten(dir, FOLDER_MODE)
  const ignore = join(dir, '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n', { mode: FILE_MODE })
}

/** Node calls a read-only file system ENOENT when it makes several folders at once; making one tells the truth. */
function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: FOLDER_MODE })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dir, { mode: FOLDER_MODE })
  }
}

/** Takes away every right that `mode` does not give. */
export function tighten(path: string, mode: number): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat && (stat.mode & 0o777 & ~mode) !== 0) chmodSync(path, mode)
}
