/** The row types of Hugging Face TRL, each plain (texts) or conversational (messages). */
import type { Json, JsonObject } from '../../../schema/json.ts'
import { isMisfit, type Misfit, type Turn } from '../canonical.ts'
import type { RowFormat } from '../formats.ts'
import { isArray, isObject, listOf, member, textOf, without } from '../json-shape.ts'
import { turnsOf } from '../turns.ts'
import { openaiChat } from './openai.ts'

/** A side of a row: a text, or messages. */
function side(row: JsonObject, key: string, role: 'user' | 'assistant'): Turn[] | Misfit {
  const value = member(row, key)
  if (typeof value === 'string' && !listOf(value)) return [{ role, content: value }]
  const list = listOf(value)
  return list ? turnsOf(list, key) : { misfit: 'a text or a list of messages is missing', path: key }
}

const isSide = (value: Json | undefined): boolean => typeof value === 'string' || isArray(value)

function tools(row: JsonObject): { tools?: readonly Json[] } {
  const list = listOf(member(row, 'tools'))
  return list ? { tools: list } : {}
}

export const trlMessages: RowFormat = {
  id: 'trl-messages',
  title: 'TRL language modelling, conversational: messages, tools',
  // Only where arguments are objects does it differ from OpenAI's.
  fit: (row) => {
    const list = listOf(member(row, 'messages'))
    return list ? (list.some(callsWithObjects) ? 0.95 : 0.85) : 0
  },
  read: (row) => openaiChat.read(row),
}

function callsWithObjects(message: Json): boolean {
  const calls = isObject(message) ? member(message, 'tool_calls') : undefined
  return (
    isArray(calls) &&
    calls.some(
      (call) =>
        isObject(call) && isObject(member(call, 'function')) && isObject(member(member(call, 'function') as JsonObject, 'arguments')),
    )
  )
}

export const trlPromptCompletion: RowFormat = {
  id: 'trl-prompt-completion',
  title: 'prompt and completion, as texts (also the old OpenAI format) or as messages (TRL)',
  fit: (row) => (isSide(member(row, 'prompt')) && isSide(member(row, 'completion')) ? 0.9 : 0),
  read(row) {
    const prompt = side(row, 'prompt', 'user')
    if (isMisfit(prompt)) return prompt
    const completion = side(row, 'completion', 'assistant')
    if (isMisfit(completion)) return completion
    return {
      kind: 'conversation',
      messages: [...prompt, ...completion],
      prompt: prompt.length,
      ...tools(row),
      extra: without(row, ['prompt', 'completion', 'tools']),
    }
  },
}

export const trlPreference: RowFormat = {
  id: 'trl-preference',
  title: 'TRL preference: prompt (may be left out), chosen, rejected',
  fit: (row) => {
    if (!isSide(member(row, 'chosen')) || !isSide(member(row, 'rejected'))) return 0
    return member(row, 'conversations') !== undefined || member(row, 'instruction') !== undefined ? 0 : 1
  },
  read(row) {
    const chosen = side(row, 'chosen', 'assistant')
    if (isMisfit(chosen)) return chosen
    const rejected = side(row, 'rejected', 'assistant')
    if (isMisfit(rejected)) return rejected
    const extra = without(row, ['prompt', 'chosen', 'rejected', 'tools'])
    const given = member(row, 'prompt') === undefined ? [] : side(row, 'prompt', 'user')
    if (isMisfit(given)) return given
    // Both sides may repeat the prompt, or there is none: what they have in common is the prompt.
    const repeated = given.length > 0 ? startsWith(chosen, given) && startsWith(rejected, given) : true
    const common = repeated ? (given.length > 0 ? given.length : commonStart(chosen, rejected)) : 0
    const prompt = [...(given.length > 0 ? given : chosen.slice(0, common))]
    return {
      kind: 'preference',
      messages: [...prompt, ...chosen.slice(common)],
      prompt: prompt.length,
      rejected: rejected.slice(common),
      ...tools(row),
      extra,
    }
  },
}

function commonStart(a: readonly Turn[], b: readonly Turn[]): number {
  let n = 0
  while (n < a.length - 1 && n < b.length - 1 && same(a[n], b[n])) n++
  return n
}

function startsWith(turns: readonly Turn[], start: readonly Turn[]): boolean {
  return turns.length > start.length && start.every((turn, i) => same(turn, turns[i]))
}

function same(a: Turn | undefined, b: Turn | undefined): boolean {
  return a?.role === b?.role && a?.content === b?.content
}

export const trlKto: RowFormat = {
  id: 'trl-kto',
  title: 'TRL unpaired preference (KTO): prompt and completion, or messages, with a label true or false',
  fit: (row) => {
    if (typeof member(row, 'label') !== 'boolean' && typeof member(row, 'kto_tag') !== 'boolean') return 0
    if (isSide(member(row, 'prompt')) && isSide(member(row, 'completion'))) return 1
    return listOf(member(row, 'messages')) ? 0.98 : 0
  },
  read(row) {
    const label = member(row, 'label') ?? member(row, 'kto_tag')
    if (typeof label !== 'boolean') return { misfit: 'a label, true or false, is missing', path: 'label' }
    const inner = listOf(member(row, 'messages')) ? openaiChat.read(row) : trlPromptCompletion.read(row)
    if (isMisfit(inner)) return inner
    return { ...inner, kind: 'rated', label, extra: without(inner.extra, ['label', 'kto_tag']) }
  },
}

export const trlPromptOnly: RowFormat = {
  id: 'trl-prompt-only',
  title: 'TRL prompt only: a text or messages to answer',
  fit: (row) => (isSide(member(row, 'prompt')) && member(row, 'completion') === undefined ? 0.5 : 0),
  read(row) {
    const messages = side(row, 'prompt', 'user')
    if (isMisfit(messages)) return messages
    return { kind: 'prompt', messages, prompt: messages.length, ...tools(row), extra: without(row, ['prompt', 'tools']) }
  },
}

export const trlText: RowFormat = {
  id: 'text',
  title: 'a text a row',
  fit: (row) => (typeof member(row, 'text') === 'string' ? 0.6 : 0),
  read(row) {
    const text = textOf(row, 'text')
    if (text === undefined) return { misfit: 'the text is missing', path: 'text' }
    return { kind: 'text', messages: [{ role: 'assistant', content: text }], prompt: 0, extra: without(row, ['text']) }
  },
}
