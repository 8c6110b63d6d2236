/** `datagen.reviews.jsonl` beside the config, as it was when the config was loaded: an input like any other. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatagenError } from '../util/diagnostic.ts'
import { PLACES } from './find.ts'
import type { Recorder } from './recorder.ts'

/** `text` is null when there is none; its appearance is then a change. */
export interface ReviewsText {
  /** Absolute. */
  readonly path: string
  readonly text: string | null
}

export const REVIEWS_FILE = 'datagen.reviews.jsonl'

/** A config under a name of its own has reviews of its own. */
export function reviewsPath(configPath: string): string {
  const name = basename(configPath)
  const usual: readonly string[] = PLACES
  return join(dirname(configPath), usual.includes(name) ? REVIEWS_FILE : `${name.replace(/\.[^.]+$/, '')}.${REVIEWS_FILE}`)
}

/** Not as a text of the config: what people say about rows changes no request. */
export function readReviewsText(configPath: string, recorder: Recorder): ReviewsText {
  const path = reviewsPath(configPath)
  try {
    const bytes = readFileSync(path)
    recorder.source(path, bytes)
    return { path, text: bytes.toString('utf8') }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') {
      throw new DatagenError({
        code: 'reviews/unreadable',
        severity: 'error',
        headline: `${basename(path)} cannot be read (${code ?? 'unknown error'})`,
        place: { file: path },
      })
    }
    recorder.source(path, null)
    return { path, text: null }
  }
}
