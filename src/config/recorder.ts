/** What a load looked at: files by digest, environment variables by digest, and what was absent. */

import type { Reads } from './dataset.ts'
import { sha256 } from './digest.ts'
import { listingDigest } from './listing-of.ts'

/** The environment as a parameter. */
export type Env = Readonly<Record<string, string | undefined>>

export interface Recorder {
  /** The folder of the config. */
  readonly root: string
  readonly env: Env
  readonly reads: Reads
  /** The files whose bytes count; any other was only run as code, or parsed as the config itself. */
  readonly texts: ReadonlySet<string>
  /** A file that was read, or (null) looked for in vain. The first look counts: that is what the config saw. */
  file(path: string, content: Uint8Array | string | null): void
  /** A file whose bytes count only by what was made of them: code that was run, the config itself, documents, reviews. */
  source(path: string, content: Uint8Array | string | null): void
  /** A file too large to be hashed, by the digest of samples of it. */
  large(path: string, digest: string | null): void
  variable(name: string): void
  /** A folder that was searched for documents: one more or one less is a change. */
  folder(path: string): void
}

export function createRecorder(root: string, env: Env): Recorder {
  const files = new Map<string, string | null>()
  const variables = new Map<string, string | null>()
  const folders = new Map<string, string | null>()
  const large = new Map<string, string | null>()
  const texts = new Set<string>()
  const note = (path: string, content: Uint8Array | string | null) => {
    if (!files.has(path)) files.set(path, content === null ? null : sha256(content))
  }
  return {
    root,
    env,
    reads: { files, env: variables, folders, large },
    texts,
    file(path, content) {
      texts.add(path)
      note(path, content)
    },
    source: note,
    large(path, digest) {
      if (!large.has(path)) large.set(path, digest)
    },
    variable(name) {
      const value = env[name]
      variables.set(name, value === undefined ? null : sha256(value))
    },
    folder(path) {
      if (!folders.has(path)) folders.set(path, listingDigest(path))
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
