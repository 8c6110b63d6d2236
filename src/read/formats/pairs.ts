/** Plain pairs of what is asked and answered, as benchmarks and seed sets have them. */
import type { JsonObject } from '../../../schema/json.ts'
import type { Turn } from '../canonical.ts'
import type { RowFormat } from '../formats.ts'
import { isArray, isObject, listOf, member, textOf, without } from '../json-shape.ts'

const PAIRS: readonly (readonly [asked: string, answered: string])[] = [
  ['question', 'answer'],
  ['question', 'response'],
  ['query', 'response'],
  ['query', 'answer'],
  ['problem', 'solution'],
  ['prompt', 'response'],
  ['prompt', 'canonical_solution'],
  ['prompt', 'answer'],
  ['prompt', 'output'],
  ['input', 'output'],
  ['input', 'target'],
]

function pairOf(row: JsonObject): readonly [string, string] | undefined {
  return PAIRS.find(([asked, answered]) => typeof member(row, asked) === 'string' && typeof member(row, answered) === 'string')
}

export const pairs: RowFormat = {
  id: 'question-answer',
  title: 'two texts: question and answer, problem and solution, input and output …',
  fit: (row) => (pairOf(row) ? 0.8 : 0),
  read(row) {
    const pair = pairOf(row)
    if (!pair) return { misfit: 'a question and an answer, both texts, are missing', path: 'question' }
    const [asked, answered] = pair
    const system = textOf(row, 'system')
    const messages: Turn[] = [
      ...(system ? [{ role: 'system', content: system } as const] : []),
      { role: 'user', content: textOf(row, asked) ?? '' },
      { role: 'assistant', content: textOf(row, answered) ?? '' },
    ]
    return { kind: 'conversation', messages, prompt: messages.length - 1, extra: without(row, ['system', ...pair]) }
  },
}

export const selfInstruct: RowFormat = {
  id: 'self-instruct',
  title: 'Self-Instruct: an instruction with instances of input and output (the first one is read)',
  fit: (row) => (typeof member(row, 'instruction') === 'string' && isArray(member(row, 'instances')) ? 1 : 0),
  read(row) {
    const instruction = textOf(row, 'instruction')
    if (instruction === undefined) return { misfit: 'the instruction is missing', path: 'instruction' }
    const [first] = listOf(member(row, 'instances')) ?? []
    if (!isObject(first)) return { misfit: 'an instance is missing', path: 'instances[0]' }
    const input = textOf(first, 'input')
    const messages: Turn[] = [
      { role: 'user', content: input ? `${instruction}\n${input}` : instruction },
      { role: 'assistant', content: textOf(first, 'output') ?? '' },
    ]
    return { kind: 'conversation', messages, prompt: 1, extra: without(row, ['instruction']) }
  },
}

export const turnLists: RowFormat = {
  id: 'turns',
  title: "a list of the user's turns, without answers (MT-Bench)",
  fit: (row) => {
    const turns = member(row, 'turns')
    return isArray(turns) && turns.every((turn) => typeof turn === 'string') ? 0.8 : 0
  },
  read(row) {
    const turns = listOf(member(row, 'turns'))
    if (!turns) return { misfit: 'a list of turns is missing', path: 'turns' }
    const messages = turns.map((turn): Turn => ({ role: 'user', content: typeof turn === 'string' ? turn : null }))
    return { kind: 'prompt', messages, prompt: messages.length, extra: without(row, ['turns']) }
  },
}
