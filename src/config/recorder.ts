/** What a load looked at: files by digest, environment variables by digest, and what was absent. */

import type { Reads } from './dataset.ts'
import { sha256 } from './digest.ts'

/** The environment as a parameter. */
export type Env = Readonly<Record<string, string | undefined>>

export interface Recorder {
  /** The folder of the config. */
  readonly root: string
  readonly env: Env
  readonly reads: Reads
  /** A file that was read, or (null) looked for in vain. The first look counts: that is what the config saw. */
  file(path: string, content: Uint8Array | string | null): void
  variable(name: string): void
}

export function createRecorder(root: string, env: Env): Recorder {
  const files = new Map<string, string | null>()
  const variables = new Map<string, string | null>()
  return {
    root,
    env,
    reads: { files, env: variables },
    file(path, content) {
      if (!files.has(path)) files.set(path, content === null ? null : sha256(content))
    },
    variable(name) {
      const value = env[name]
      variables.set(name, value === undefined ? null : sha256(value))
    },
  }
}

let current: Recorder | undefined

/** The recorder of the load that is under way; undefined outside of one. */
export function currentRecorder(): Recorder | undefined {
  return current
}

/** Loads are synchronous where they run the config's code, so one variable is enough. */
export function recording<T>(recorder: Recorder, run: () => T): T {
  const outer = current
  current = recorder
  try {
    return run()
  } finally {
    current = outer
  }
}
