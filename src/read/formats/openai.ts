/** OpenAI's chat and preference rows, which Azure, Together, Fireworks and Mistral read too. */
import { answerStart, isMisfit } from '../canonical.ts'
import type { RowFormat } from '../formats.ts'
import { isArray, isObject, listOf, member, without } from '../json-shape.ts'
import { turnsOf } from '../turns.ts'

const CHAT_KEYS = ['messages', 'interactions', 'tools', 'available_tools', 'functions', 'parallel_tool_calls']

export const openaiChat: RowFormat = {
  id: 'openai-chat',
  title: 'OpenAI chat: messages, tools',
  fit: (row) => (listOf(member(row, 'messages')) ? 0.9 : isArray(member(row, 'interactions')) ? 0.8 : 0),
  read(row) {
    const key = member(row, 'messages') === undefined ? 'interactions' : 'messages'
    const list = listOf(member(row, key))
    if (!list) return { misfit: 'a list of messages is missing', path: 'messages' }
    const messages = turnsOf(list, key)
    if (isMisfit(messages)) return messages
    const tools = listOf(member(row, 'tools')) ?? listOf(member(row, 'available_tools')) ?? listOf(member(row, 'functions'))
    const open = messages.at(-1)?.role === 'user'
    return {
      kind: open ? 'prompt' : 'conversation',
      messages,
      prompt: open ? messages.length : answerStart(messages),
      ...(tools ? { tools } : {}),
      extra: without(row, CHAT_KEYS),
    }
  },
}

export const openaiPreference: RowFormat = {
  id: 'openai-preference',
  title: 'OpenAI preference: input, preferred_output, non_preferred_output',
  fit: (row) =>
    isObject(member(row, 'input')) && isArray(member(row, 'preferred_output')) ? 1 : isArray(member(row, 'non_preferred_output')) ? 0.9 : 0,
  read(row) {
    const input = member(row, 'input')
    const asked = isObject(input) ? listOf(member(input, 'messages')) : undefined
    if (!isObject(input) || !asked) return { misfit: 'a list of messages is missing', path: 'input.messages' }
    const prompt = turnsOf(asked, 'input.messages')
    if (isMisfit(prompt)) return prompt
    const chosen = turnsOf(listOf(member(row, 'preferred_output')) ?? [], 'preferred_output')
    if (isMisfit(chosen)) return chosen
    const rejected = turnsOf(listOf(member(row, 'non_preferred_output')) ?? [], 'non_preferred_output')
    if (isMisfit(rejected)) return rejected
    const tools = listOf(member(input, 'tools'))
    return {
      kind: 'preference',
      messages: [...prompt, ...chosen],
      prompt: prompt.length,
      rejected,
      ...(tools ? { tools } : {}),
      extra: without(row, ['input', 'preferred_output', 'non_preferred_output']),
    }
  },
}
