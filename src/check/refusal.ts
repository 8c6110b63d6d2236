/** Refusals and boilerplate disclaimers in answers. */
import { knownWords } from '../measure/known-words.ts'
import { DISCLAIMERS, PhraseFinder, REFUSAL_WORDS, REFUSALS } from '../measure/phrases.ts'
import { Vocabulary } from '../measure/vocabulary.ts'

interface Finders {
  readonly vocabulary: Vocabulary
  readonly refusals: PhraseFinder
  readonly disclaimers: PhraseFinder
}

let made: Finders | undefined

/** Made when the first row is looked at: most configs have no such check. */
function finders(): Finders {
  if (made) return made
  const vocabulary = new Vocabulary()
  made = { vocabulary, refusals: new PhraseFinder(REFUSALS, vocabulary), disclaimers: new PhraseFinder(DISCLAIMERS, vocabulary) }
  return made
}

/** What gives one of these answers away; each is looked at by itself, because a refusal may stand in any turn. */
export function refusalIn(answers: readonly string[], withDisclaimers: boolean): string | undefined {
  const { vocabulary, refusals, disclaimers } = finders()
  for (const answer of answers) {
    const words = knownWords(answer, vocabulary)
    const refusal = refusals.find(words, REFUSAL_WORDS)
    if (refusal >= 0) return `an answer begins with a refusal: ${JSON.stringify(refusals.phrase(refusal))}`
    const disclaimer = withDisclaimers ? disclaimers.find(words) : -1
    if (disclaimer >= 0) return `an answer has a boilerplate disclaimer: ${JSON.stringify(disclaimers.phrase(disclaimer))}`
  }
  return undefined
}
