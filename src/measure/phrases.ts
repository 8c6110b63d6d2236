/** Phrases that give a text away as a refusal, or as a model speaking of itself. */
import type { Vocabulary } from './vocabulary.ts'
import { wordsOf } from './words.ts'

/** Only at the beginning of an answer: later on, they may well be quoted. */
export const REFUSALS: readonly string[] = [
  "i can't help with",
  'i cannot help with',
  "i can't assist with",
  'i cannot assist with',
  "i can't provide",
  'i cannot provide',
  "i can't fulfill",
  'i cannot fulfill',
  "i can't comply",
  'i cannot comply',
  "i can't do that",
  'i cannot do that',
  "i'm unable to help",
  "i'm unable to assist",
  "i'm not able to help",
  "i'm not able to assist",
  'i am unable to help',
  'i am unable to assist',
  'i am not able to help',
  'i am not able to assist',
  "i won't be able to",
  'i must decline',
  'i have to decline',
  "i'm sorry but i can't",
  "i'm sorry but i cannot",
  "sorry but i can't",
  'sorry but i cannot',
  'i apologize but i cannot',
  "i apologize but i can't",
  "i'm sorry i can't",
  "i'm sorry i cannot",
  "i'm not comfortable",
  'it would not be appropriate for me',
]

export const DISCLAIMERS: readonly string[] = [
  'as an ai',
  'as a language model',
  'as a large language model',
  "i'm an ai",
  'i am an ai',
  "i'm just an ai",
  "i'm a language model",
  'i am a language model',
  'my training data',
  'my knowledge cutoff',
  "i don't have personal",
  'i do not have personal',
  "i don't have feelings",
]

/** Words at the beginning of an answer in which a refusal counts. */
export const REFUSAL_WORDS = 25

/** Finds the phrases of a list in rows of numbered words; make it before other words are numbered, so that its own are the smallest. */
export class PhraseFinder {
  private readonly list: readonly string[]
  private readonly byFirst: (readonly { readonly words: Uint32Array; readonly phrase: number }[] | undefined)[] = []

  constructor(list: readonly string[], vocabulary: Vocabulary) {
    this.list = list
    const groups = new Map<number, { words: Uint32Array; phrase: number }[]>()
    for (const [phrase, text] of list.entries()) {
      // Typewriter and typographic apostrophes make different words.
      for (const variant of new Set([text, text.replaceAll("'", '’')])) {
        const words = vocabulary.encode(wordsOf(variant))
        const first = words[0] as number
        groups.set(first, [...(groups.get(first) ?? []), { words, phrase }])
      }
    }
    for (let first = 0; first <= Math.max(...groups.keys()); first++) this.byFirst.push(groups.get(first))
  }

  /** Index of the first phrase that occurs within the first `upTo` words, or -1. */
  find(words: Uint32Array, upTo = words.length): number {
    const { byFirst } = this
    const end = Math.min(upTo, words.length)
    for (let at = 0; at < end; at++) {
      const first = words[at] as number
      if (first >= byFirst.length) continue
      for (const { words: phrase, phrase: index } of byFirst[first] ?? []) {
        let i = 1
        while (i < phrase.length && words[at + i] === phrase[i]) i++
        if (i === phrase.length) return index
      }
    }
    return -1
  }

  phrase(index: number): string {
    return this.list[index] as string
  }
}
