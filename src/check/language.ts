/** The language of a text, without the code in it. */
import { LANGUAGES, LanguageGuesser, UNKNOWN_LANGUAGE } from '../measure/language.ts'
import { Vocabulary } from '../measure/vocabulary.ts'
import { wordsOf } from '../measure/words.ts'

// The guesser looks words up by number, so it needs them all; past this many it begins anew.
const MOST_WORDS = 200_000

let vocabulary = new Vocabulary()
let guesser: LanguageGuesser | undefined

/** A name of `LANGUAGES`; undefined where it cannot be told. */
export function languageOf(text: string): string | undefined {
  if (!guesser || vocabulary.size > MOST_WORDS) {
    vocabulary = new Vocabulary()
    guesser = new LanguageGuesser(vocabulary)
  }
  const prose = text.includes('```') ? text.replace(/```[\s\S]*?(?:```|$)/g, ' ') : text
  const language = LANGUAGES[guesser.guess(vocabulary.encode(wordsOf(prose)))]
  return language === UNKNOWN_LANGUAGE ? undefined : language
}
