/** Together: four kinds of rows, and no key besides theirs. */
import type { JsonObject } from '../../../schema/json.ts'
import type { ChatRules } from '../conversation.ts'
import type { Findings } from '../findings.ts'
import type { Platform, RowShape } from '../platform.ts'
import { has, needList, onlyKeys } from '../shape.ts'
import { chatShape, preferenceShape, textShape } from '../shapes.ts'
import { OPENAI_TOOLS } from './openai.ts'

const CHAT: ChatRules = {
  roles: ['system', 'user', 'assistant', 'tool'],
  system: 'free',
  order: 'distinct',
  last: 'free',
  assistant: 'needed',
  user: 'free',
  content: { text: true, parts: { user: ['text', 'image_url'] } },
  weight: true,
  tools: OPENAI_TOOLS,
}

/** Its own checker refuses a row that could be two things. */
const SIGNS = ['messages', 'text', 'prompt', 'preferred_output', 'input_ids']

function alone(shape: RowShape, sign: string): RowShape {
  return {
    ...shape,
    check(row: JsonObject, findings: Findings) {
      const others = SIGNS.filter((key) => key !== sign && has(row, key))
      if (others.length > 0)
        findings.add('E_FORMAT', '', `the row is two formats at once: ${[sign, ...others].join(' and ')}`, 'leave one of them')
      else shape.check(row, findings)
    },
  }
}

const TOKEN_KEYS = ['input_ids', 'attention_mask', 'labels']

/** What Parquet is taken for: rows that were tokenised already. */
const tokens: RowShape = {
  id: 'tokens',
  title: `{${TOKEN_KEYS.join(', ')}}`,
  fits: (row) => has(row, 'input_ids'),
  check(row, findings) {
    onlyKeys(row, TOKEN_KEYS, '', 'E_KEYS', findings)
    const ids = needList(row, 'input_ids', '', findings)
    if (ids?.length === 0) findings.add('E_EMPTY', 'input_ids', 'there are no tokens')
    for (const key of TOKEN_KEYS.slice(1)) {
      const list = has(row, key) ? needList(row, key, '', findings) : undefined
      if (list && ids && list.length !== ids.length)
        findings.add('E_COUNT', key, `${list.length} numbers stand beside ${ids.length} tokens`)
    }
  },
  rules: ['lists of equally many numbers', `keys of a row: ${TOKEN_KEYS.join(', ')}, and no other`],
}

export const together: Platform = {
  id: 'together',
  title: 'Together',
  source: 'together-python eba5e5f utils/files.py; docs.together.ai',
  seen: '2026-11',
  shapes: [
    alone(chatShape({ id: 'chat', keys: ['messages', 'tools'], extra: 'E_KEYS', rules: CHAT }), 'messages'),
    alone(
      preferenceShape({
        id: 'preference',
        extra: 'E_KEYS',
        prompt: { ...CHAT, assistant: 'free', last: 'not-assistant' },
        ending: { ...CHAT, roles: ['assistant'], content: { text: true } },
        single: true,
      }),
      'preferred_output',
    ),
    alone(textShape('prompt-completion', ['prompt', 'completion'], ['completion'], 'E_KEYS'), 'prompt'),
    alone(textShape('text', ['text'], ['text'], 'E_KEYS'), 'text'),
    tokens,
  ],
  file: { layouts: ['lines', 'parquet'], minRows: 1, goodRows: 50, maxBytes: 50.1 * 1024 ** 3 },
}
