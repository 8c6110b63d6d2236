/** Rows spoiled by machine, as controls of a judge: what anybody who reads them finds bad. Pure, so that equal rows are spoiled alike. */
import { hash } from 'node:crypto'
import type { Example, Message } from '../../schema/config.ts'
import { answerStart } from '../config/answer-start.ts'

/** What is done to the last answer of a row. */
export const SPOILINGS = ['cut-off', 'shuffled', 'exchanged'] as const
export type Spoiling = (typeof SPOILINGS)[number]

// Below it, half of an answer may be a whole one, and words in any order may be a sentence.
const FEWEST_WORDS = 6

/** The last message with another text, or undefined where this spoils nothing. `other`: a row whose answer does not belong here. */
export function spoiled(how: Spoiling, example: Example, other: Example | undefined): Example | undefined {
  const last = example.messages.at(-1)
  const text = last?.content ?? ''
  const content = how === 'exchanged' ? other?.messages.at(-1)?.content : how === 'cut-off' ? cutOff(text) : shuffled(text)
  if (!last || content === undefined || content === null || content.trim() === text.trim()) return undefined
  return { ...example, messages: [...example.messages.slice(0, -1), { ...last, content }] }
}

/** A pair of which the chosen answer is certainly the better one: the other is the same, spoiled. */
export function pairWithSpoiled(how: Spoiling, example: Example, other: Example | undefined): Example | undefined {
  const worse = spoiled(how, example, other)
  const answer = (whole: Example): Message[] => whole.messages.slice(answerStart(whole))
  return worse && { ...example, rejected: answer(worse) }
}

/** In mid-sentence: half of the words, and no mark that could end one. */
function cutOff(text: string): string | undefined {
  const words = text.match(/\s*\S+/g) ?? []
  if (words.length < FEWEST_WORDS) return undefined
  return words
    .slice(0, Math.floor(words.length / 2))
    .join('')
    .replace(/[\p{P}\s]+$/u, '')
}

function shuffled(text: string): string | undefined {
  const words = text.match(/\S+/g) ?? []
  if (new Set(words).size < FEWEST_WORDS) return undefined
  const place = (word: string, i: number) => hash('sha256', `${i}\n${word}\n${text}`)
  return words
    .map((word, i) => [place(word, i), word] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, word]) => word)
    .join(' ')
}
