/** Removes what a run that was killed left half-written. */
import { readdirSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TEMP_PREFIX } from './atomic-file.ts'

/** Looks only into the folders of these outputs; the caller holds the build lock, so nothing found is in use. */
export function cleanTemps(outputs: readonly string[]): void {
  for (const folder of new Set(outputs.map((path) => dirname(path)))) {
    for (const name of entries(folder)) {
      if (!name.startsWith(TEMP_PREFIX)) continue
      try {
        unlinkSync(join(folder, name))
      } catch {
        // Gone by itself, or not ours to remove: it does no harm.
      }
    }
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
