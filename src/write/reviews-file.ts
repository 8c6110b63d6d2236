/** The file of reviews: whole or not at all, for people's work is in it. */
import { AtomicFile } from './atomic-file.ts'

/** Throws WriteFailures. */
export function writeReviewsFile(path: string, root: string, text: string): void {
  using file = new AtomicFile(path, root)
  file.write(text)
  file.prepare()
  file.commit()
}
