/** Writes a file that must not be there yet. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Never overwrites: `exists` means that nothing was touched. */
export async function writeNew(path: string, text: string): Promise<'written' | 'exists'> {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, text, { flag: 'wx' })
    return 'written'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return 'exists'
    throw error
  }
}
