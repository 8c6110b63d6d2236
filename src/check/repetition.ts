/** Repetition inside one text: a model that got stuck. */
import { gzipRatio } from '../measure/compression.ts'
import { loopOf } from '../measure/loops.ts'
import { Vocabulary } from '../measure/vocabulary.ts'
import { wordsOf } from '../measure/words.ts'

const SHORTEST = 500 // characters; a shorter text compresses badly however it repeats
const FEWEST_TIMES = 4 // three may be emphasis, or a table
const LOOPED_WORDS = 20 // fewer are a figure of speech, or data

/** Why the text counts as repeating itself; undefined when it does not. Without its words: those are the model's. */
export function repetitionIn(text: string, max: number): string | undefined {
  const words = wordsOf(text)
  const loop = loopOf(new Vocabulary().encode(words))
  const looped = loop ? loop.times * loop.words.length : 0
  if (loop && loop.times >= FEWEST_TIMES && looped >= LOOPED_WORDS && looped > words.length / 2) return 'says the same words over and over'
  if (text.length > SHORTEST && gzipRatio(text) > max) return `repeats itself: gzip makes it more than ${max} times shorter`
  return undefined
}
