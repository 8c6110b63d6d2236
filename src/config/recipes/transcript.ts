/** What has been said so far, in the forms that speakers and judges are shown, and what makes the next turn unfit to stand. */
import type { StepContext } from '../../../schema/config.ts'
import type { Json } from '../../../schema/json.ts'
import type { TurnSpec } from '../patterns.ts'

export interface Said {
  readonly by: 'user' | 'assistant'
  readonly text: string
}

export interface Refusal {
  readonly code: string
  readonly message: string
}

/** The turns that were taken, in order; one that was skipped, or has not come yet, is not among them. */
export function saidIn(turns: readonly TurnSpec[], { steps }: StepContext): Said[] {
  return turns.flatMap(({ id, by }) => {
    const text = steps[id]
    return typeof text === 'string' ? [{ by, text }] : []
  })
}

const LABELS = { user: '[user]', assistant: '[assistant]' } as const

/** For whoever reads it as a text: each turn under the label of its speaker. */
export function transcriptText(said: readonly Said[]): string {
  return said.map(({ by, text }) => `${LABELS[by]}\n${text}`).join('\n\n')
}

// A line that hands over to the other side, as models write that go on with the conversation by themselves.
const OTHER_SPEAKER = /^\s*(?:\[(?:user|assistant)\]|(?:\*\*)?(?:user|assistant|human|ai)(?:\*\*)?:)/im

/** Undefined for a turn that can follow. Pure: the same for the same words every time they are read. */
export function refusalOf(text: string, by: Said['by'], before: readonly Said[]): Refusal | undefined {
  if (text.trim() === '') return { code: 'empty-turn', message: `the ${by} says nothing` }
  if (OTHER_SPEAKER.test(text)) return { code: 'speaks-for-both', message: `the ${by}'s turn has lines of both sides` }
  const words = wordsOf(text)
  if (before.some((turn) => turn.by === by && wordsOf(turn.text) === words))
    return { code: 'repeats-a-turn', message: `the ${by} says again what was said before` }
  return undefined
}

/** What makes two turns the same: case, punctuation and white space do not; a turn of signs only is its signs. */
function wordsOf(text: string): string {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
  return words?.join(' ') ?? text.replace(/\s+/g, '')
}

/** A whole conversation in one answer: its turns by name. */
export function wholeRefusal(turns: readonly TurnSpec[], value: Json): Refusal | undefined {
  const texts = value as { readonly [turn: string]: string }
  const before: Said[] = []
  for (const { id, by } of turns) {
    const text = String(texts[id] ?? '')
    const refusal = refusalOf(text, by, before)
    if (refusal) return refusal
    before.push({ by, text })
  }
  return undefined
}
