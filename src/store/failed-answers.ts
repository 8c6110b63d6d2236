/** Bodies that were no answers, kept to be looked at: few, small, for their owner only, and no part of the store. */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FILE_MODE, FOLDER_MODE } from './private-folder.ts'

/** Below `.datagen`. */
export const FAILED_ANSWERS_FOLDER = 'failed-answers'

const MOST_OF_A_KIND = 3 // in one run: the fourth page of a firewall says nothing new
const MOST_FILES = 30

export class FailedAnswers {
  readonly #folder: string
  readonly #run: string
  readonly #kept = new Map<string, number>()

  constructor(dir: string, run: string) {
    this.#folder = join(dir, FAILED_ANSWERS_FOLDER)
    this.#run = run
  }

  /** The file's name below `.datagen`; undefined when it was not kept, for there are enough or there is no room: no reason to fail. */
  keep(kind: string, bytes: Uint8Array): string | undefined {
    const before = this.#kept.get(kind) ?? 0
    if (before >= MOST_OF_A_KIND) return undefined
    this.#kept.set(kind, before + 1)
    // The run's name begins with its time, so that the oldest ones come first.
    const name = `${this.#run}-${kind}-${before + 1}.txt`.replace(/[^\w.-]/g, '_')
    try {
      mkdirSync(this.#folder, { recursive: true, mode: FOLDER_MODE })
      for (const old of namesIn(this.#folder).slice(0, 1 - MOST_FILES)) rmSync(join(this.#folder, old), { force: true })
      writeFileSync(join(this.#folder, name), bytes, { mode: FILE_MODE, flag: 'wx' })
      return join(FAILED_ANSWERS_FOLDER, name)
    } catch {
      return undefined
    }
  }
}

/** What is kept of all runs. */
export function weighFailedAnswers(dir: string): { readonly files: number; readonly bytes: number } {
  const folder = join(dir, FAILED_ANSWERS_FOLDER)
  const sizes = namesIn(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
  return { files: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) }
}

export function removeFailedAnswers(dir: string): void {
  rmSync(join(dir, FAILED_ANSWERS_FOLDER), { recursive: true, force: true })
}

/** Oldest first. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
