/** Repetition inside one row: a model that got stuck says the same words again and again. */
import { gzipRatio } from './compression.ts'
import type { Vocabulary } from './vocabulary.ts'

const SHORTEST = 500 // characters; a short text compresses badly however it repeats
// A text of which different words make up this share cannot compress to a fifth: each must be written out once. Longer words may loop in themselves.
const ENOUGH_DIFFERENT = 0.4
const LONGEST_WORD = 40

/** How many times shorter gzip makes a text; 1 where it is certain that it is not remarkable. Compressing every row would take longer than all else. */
export class RowRepetition {
  private readonly vocabulary: Vocabulary
  private seen = new Uint32Array(1 << 16)
  private row = 0
  /** Rows that were compressed, for tests. */
  compressed = 0

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary
  }

  ratio(text: string, words: Uint32Array): number {
    if (text.length <= SHORTEST || this.differentLetters(words) >= text.length * ENOUGH_DIFFERENT) return 1
    this.compressed++
    return gzipRatio(text)
  }

  private differentLetters(words: Uint32Array): number {
    this.row++
    let letters = 0
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number
      if (word >= this.vocabulary.size) continue
      if (word >= this.seen.length) {
        const wider = new Uint32Array(2 ** Math.ceil(Math.log2(word + 2)))
        wider.set(this.seen)
        this.seen = wider
      }
      if (this.seen[word] === this.row) continue
      this.seen[word] = this.row
      const { length } = this.vocabulary.word(word)
      if (length <= LONGEST_WORD) letters += length
    }
    return letters
  }
}

export interface Loop {
  readonly words: Uint32Array
  readonly times: number
}

const LONGEST_LOOP = 60 // words
const FAR_ENOUGH = 20_000 // words of a row that are looked at

/** The words that a row says over and over, and how often in a row; undefined where it says nothing three times running. */
export function loopOf(whole: Uint32Array): Loop | undefined {
  const words = whole.subarray(0, FAR_ENOUGH)
  let best: { start: number; period: number; length: number } | undefined
  for (let period = 1; period <= Math.min(LONGEST_LOOP, words.length / 3); period++) {
    let run = 0
    for (let i = period; i <= words.length; i++) {
      if (i < words.length && words[i] === words[i - period]) {
        run++
        continue
      }
      const length = run + period
      // A longer period with the same run is only the shorter one said twice.
      if (run >= 2 * period && length > (best?.length ?? 0)) best = { start: i - length, period, length }
      run = 0
    }
  }
  return best && { words: words.slice(best.start, best.start + best.period), times: Math.floor(best.length / best.period) }
}
