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

export const disk: Files = {
  open: (path, root) => new AtomicFile(path, root),
  discardPartial,
}
