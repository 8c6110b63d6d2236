/** Mistral: every key has one spelling or its old one, never both, and ids of calls have nine characters. */

import type { JsonObject } from '../../../schema/json.ts'
import type { ChatRules } from '../conversation.ts'
import type { Findings } from '../findings.ts'
import type { Platform, RowShape } from '../platform.ts'
import { has, isArray, isObject, member } from '../shape.ts'
import { chatShape } from '../shapes.ts'

const CHAT: ChatRules = {
  roles: ['system', 'user', 'assistant', 'tool'],
  system: 'first',
  order: 'free',
  last: 'assistant',
  assistant: 'needed',
  user: 'advised',
  content: { text: true },
  weight: true,
  tools: {
    arguments: 'text',
    ids: 'required',
    idForm: { pattern: /^[a-zA-Z0-9]{9}$/, says: 'exactly 9 letters and digits' },
    definition: ['name', 'description', 'parameters'],
  },
}

const TWINS: readonly (readonly [now: string, old: string])[] = [
  ['messages', 'interactions'],
  ['tools', 'available_tools'],
]

const inner = chatShape({ id: 'chat', keys: ['messages', 'tools'], extra: 'W_KEYS', rules: CHAT })

/** The old spellings are told as the new ones, once it is sure that a row does not use both. */
const chat: RowShape = {
  ...inner,
  fits: (row) => has(row, 'messages') || has(row, 'interactions'),
  check(row, findings) {
    inner.check(renamed(row, findings), findings)
  },
  rules: [...inner.rules, 'interactions, available_tools and text are old spellings of messages, tools and content: one of them, not both'],
}

function renamed(row: JsonObject, findings: Findings): JsonObject {
  const entries = Object.entries(row)
  for (const [now, old] of TWINS)
    if (has(row, now) && has(row, old)) findings.add('E_KEYS', old, `both "${now}" and "${old}": leave one of them`)
  const names = new Map(TWINS.map(([now, old]) => [old, now]))
  const told = Object.fromEntries(
    entries.filter(([key]) => !names.has(key) || !has(row, names.get(key) as string)).map(([key, value]) => [names.get(key) ?? key, value]),
  )
  const messages = member(told, 'messages')
  if (!isArray(messages)) return told
  return {
    ...told,
    messages: messages.map((message, i) => {
      if (!isObject(message) || !has(message, 'text')) return message
      if (has(message, 'content')) {
        findings.add('E_KEYS', `messages[${i}].text`, 'both "content" and "text": leave one of them')
        return message
      }
      const { text = null, ...rest } = message
      return { ...rest, content: text }
    }),
  }
}

export const mistral: Platform = {
  id: 'mistral',
  title: 'Mistral',
  source: 'mistral-finetune 1943535 finetune/data/tokenize.py, utils/validate_data.py',
  seen: '2026-11',
  shapes: [chat],
  file: { layouts: ['lines'], minRows: 10, maxRows: 10_000_000, minBytes: 1000, maxBytes: 10 * 1000 ** 3 },
}
