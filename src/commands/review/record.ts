/** Changes of the reviews file: made to what stands in it at that moment, so that two people at one folder lose nothing. */
import { readFileSync } from 'node:fs'
import type { Loaded } from '../../config/dataset.ts'
import { readReviews, reviewsText } from '../../review/file-text.ts'
import { lineText } from '../../review/line-text.ts'
import { Reviews } from '../../review/reviews.ts'
import type { Verdict } from '../../review/verdict.ts'
import { lockOutputs } from '../../store/lock.ts'
import { writeReviewsFile } from '../../write/reviews-file.ts'
import type { Environment } from '../environment.ts'
import { datagenDir } from '../session.ts'

/** Lines to take out, and lines to put in. */
export interface Change {
  readonly out: readonly Verdict[]
  readonly in: readonly Verdict[]
}

/** Returns what is in the file now. Throws a `DatagenError` for a file that somebody has broken meanwhile: it is left alone. */
export async function record(environment: Environment, { root, reviews: { path } }: Loaded, change: Change): Promise<Reviews> {
  const release = await lockOutputs(datagenDir(root), environment.clock)
  try {
    const out = new Set(change.out.map(lineText))
    const kept = readReviews({ path, text: textOf(path) }).filter((line) => !out.has(lineText(line)))
    const text = reviewsText([...kept, ...change.in])
    if (text !== '' || textOf(path) !== null) writeReviewsFile(path, root, text)
    return new Reviews(readReviews({ path, text }))
  } finally {
    release()
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
