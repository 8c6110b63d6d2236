/** Where outputs go: the disk in production, a map in simulations. */
import { AtomicFile, type Written } from './atomic-file.ts'
import { discardPartial } from './temps.ts'

/** A file that is seen whole or not at all. */
export interface Draft {
  write(chunk: string): void
  /** Brings all but the name to its place. */
  prepare(): void
  commit(): Written
  /** Leaves the old file as it is; harmless after `commit`. */
  discard(): void
}

export interface Files {
  /** `path` absolute, below `root`. */
  open(path: string, root: string): Draft
  discardPartial(path: string): void
}

/** Copies of finished files, by digest: SHA-256 in hex. */
export interface Keepsakes {
  /** Whether the file is there with these bytes. */
  holds(path: string, bytes: number, sha256: string): boolean
  /** Keeps what a finished file has now. Where that is not possible, nothing happens. */
  keep(path: string, sha256: string): void
  /** Brings a file back; false when there is no sound copy. */
  restore(path: string, root: string, sha256: string): boolean
  /** Forgets all but these. */
  prune(sha256s: ReadonlySet<string>): void
}

export const disk: Files = {
  open: (path, root) => new AtomicFile(path, root),
  discardPartial,
}
