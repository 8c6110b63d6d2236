/** Files that must be new: what is already there is never touched. */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { asWriteFailure } from './failure.ts'
import { resolveTarget } from './target.ts'

/** Writes the file unless there is one. Throws a WriteFailure for what the disk refuses. */
export async function writeNew(
  path: string,
  text: string,
  { root }: { readonly root: string } = { root: dirname(path) },
): Promise<'written' | 'exists'> {
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
