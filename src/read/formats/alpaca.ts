/** Alpaca: instruction, input, output; with LLaMA-Factory's system, history, chosen and rejected. */

import type { Json, JsonObject } from '../../../schema/json.ts'
import { isMisfit, type Misfit, type Turn } from '../canonical.ts'
import type { RowFormat } from '../formats.ts'
import { isArray, listOf, member, textOf, without } from '../json-shape.ts'

const ANSWERS = ['output', 'response', 'answer', 'completion', 'target']
const KEYS = ['instruction', 'input', 'system', 'history', 'chosen', 'rejected', 'kto_tag', 'tools']

export const alpaca: RowFormat = {
  id: 'alpaca',
  title: 'Alpaca: instruction, input, output (or response), system, history, chosen and rejected',
  fit: (row) => {
    if (typeof member(row, 'instruction') !== 'string' || member(row, 'instances') !== undefined) return 0
    return answerKey(row) !== undefined || typeof member(row, 'chosen') === 'string' ? 1 : 0.7
  },
  read(row) {
    const instruction = textOf(row, 'instruction')
    if (instruction === undefined) return { misfit: 'the instruction is missing', path: 'instruction' }
    const past = historyOf(member(row, 'history'))
    if (isMisfit(past)) return past
    const input = textOf(row, 'input')
    const system = textOf(row, 'system')
    const asked: Turn[] = [
      ...(system ? [{ role: 'system', content: system } as const] : []),
      ...past,
      { role: 'user', content: input ? `${instruction}\n${input}` : instruction },
    ]
    const prompt = asked.length
    const tools = listOf(member(row, 'tools'))
    const key = answerKey(row)
    const beside = { prompt, ...(tools ? { tools } : {}), extra: without(row, key === undefined ? KEYS : [...KEYS, key]) }
    const answer = (content: string): Turn => ({ role: 'assistant', content })
    const [chosen, rejected] = [textOf(row, 'chosen'), textOf(row, 'rejected')]
    if (chosen !== undefined && rejected !== undefined)
      return { kind: 'preference', messages: [...asked, answer(chosen)], rejected: [answer(rejected)], ...beside }
    if (key === undefined) return { kind: 'prompt', messages: asked, ...beside }
    const messages = [...asked, answer(textOf(row, key) ?? '')]
    const label = member(row, 'kto_tag')
    return typeof label === 'boolean' ? { kind: 'rated', messages, label, ...beside } : { kind: 'conversation', messages, ...beside }
  },
}

function answerKey(row: JsonObject): string | undefined {
  return ANSWERS.find((key) => typeof member(row, key) === 'string')
}

/** Rounds before, as pairs of what was asked and answered. */
function historyOf(value: Json | undefined): Turn[] | Misfit {
  const turns: Turn[] = []
  for (const [i, pair] of (listOf(value) ?? []).entries()) {
    const [asked, answered] = isArray(pair) ? pair : []
    if (typeof asked !== 'string' || typeof answered !== 'string')
      return { misfit: 'a round of the history is a pair of texts', path: `history[${i}]` }
    turns.push({ role: 'user', content: asked }, { role: 'assistant', content: answered })
  }
  return turns
}
