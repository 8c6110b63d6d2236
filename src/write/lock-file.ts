/** The one file of a build that is meant to be committed: whole or not at all, untouched when nothing in it changed. */
import { crashPoint } from '../util/crash-point.ts'
import { AtomicFile, type Written } from './atomic-file.ts'

/** Throws WriteFailures. */
export function writeLockFile(path: string, root: string, text: string): Written['what'] {
  using file = new AtomicFile(path, root)
  file.write(text)
  file.prepare()
  crashPoint('before-lock-file')
  return file.commit().what
}
