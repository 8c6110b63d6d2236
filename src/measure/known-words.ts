/** A text in the words of a vocabulary that does not grow: for comparing single rows with something fixed. */
import type { Vocabulary } from './vocabulary.ts'
import { wordsOf } from './words.ts'

const STRANGER = 0xffff_ffff // no word has this number, so no run of words with a stranger in it is found

export function knownWords(text: string, vocabulary: Vocabulary): Uint32Array {
  const words = wordsOf(text)
  const numbers = new Uint32Array(words.length)
  for (let i = 0; i < words.length; i++) numbers[i] = vocabulary.find(words[i] as string) ?? STRANGER
  return numbers
}
