/** ShareGPT: conversations of from and value, with LLaMA-Factory's system, tools, chosen and rejected, and label beside them. */
import { answerStart, isMisfit, type Turn } from '../canonical.ts'
import type { RowFormat } from '../formats.ts'
import { isObject, listOf, member, textOf, without } from '../json-shape.ts'
import { turnOf, turnsOf } from '../turns.ts'

const KEYS = ['conversations', 'conversation', 'system', 'tools', 'chosen', 'rejected', 'kto_tag', 'label']

export const sharegpt: RowFormat = {
  id: 'sharegpt',
  title: 'ShareGPT: conversations of from and value (LLaMA-Factory: system, tools, chosen, rejected, kto_tag)',
  fit: (row) => {
    const list = listOf(member(row, 'conversations')) ?? listOf(member(row, 'conversation'))
    if (!list) return 0
    const [first] = list
    return isObject(first) && typeof member(first, 'from') === 'string' ? 1 : 0.9
  },
  read(row) {
    const key = member(row, 'conversations') === undefined ? 'conversation' : 'conversations'
    const list = listOf(member(row, key))
    if (!list) return { misfit: 'a list of messages is missing', path: 'conversations' }
    const turns = turnsOf(list, key)
    if (isMisfit(turns)) return turns
    const system = textOf(row, 'system')
    const messages: Turn[] = [...(system ? [{ role: 'system', content: system } as const] : []), ...turns]
    const tools = listOf(member(row, 'tools'))
    const beside = { ...(tools ? { tools } : {}), extra: without(row, KEYS) }
    const [better, worse] = [member(row, 'chosen'), member(row, 'rejected')]
    if (better !== undefined && worse !== undefined) {
      const chosen = ending(better, 'chosen')
      if (isMisfit(chosen)) return chosen
      const rejected = ending(worse, 'rejected')
      if (isMisfit(rejected)) return rejected
      return { kind: 'preference', messages: [...messages, ...chosen], prompt: messages.length, rejected, ...beside }
    }
    const label = member(row, 'kto_tag') ?? member(row, 'label')
    const prompt = answerStart(messages)
    if (typeof label === 'boolean') return { kind: 'rated', messages, prompt, label, ...beside }
    return { kind: prompt === messages.length ? 'prompt' : 'conversation', messages, prompt, ...beside }
  },
}

/** One message, several, or a bare text. */
function ending(value: Parameters<typeof turnOf>[0], path: string) {
  if (typeof value === 'string') return [{ role: 'assistant', content: value } as const]
  const list = listOf(value)
  if (list) return turnsOf(list, path)
  const turn = turnOf(value, path)
  return isMisfit(turn) ? turn : [turn]
}
