/** LLaMA-Factory: Alpaca, ShareGPT, OpenAI's messages (with tags in dataset_info.json), and its own parts. */
import type { Json, JsonObject } from '../../../schema/json.ts'
import type { ChatRules } from '../conversation.ts'
import { type Findings, quoted } from '../findings.ts'
import type { Platform, RowShape } from '../platform.ts'
import { has, isArray, isObject, member, needList } from '../shape.ts'
import { chatShape } from '../shapes.ts'
import { checkText } from '../text.ts'
import { alpacaShape, sharegpt } from './sharegpt.ts'

const MESSAGES: ChatRules = {
  roles: ['system', 'user', 'assistant', 'tool'],
  system: 'first',
  order: 'distinct',
  first: 'user',
  last: 'assistant',
  assistant: 'needed',
  user: 'needed',
  content: { text: true },
  tools: { arguments: 'either', ids: 'optional', definition: [] },
}

const inner = chatShape({ id: 'messages', keys: ['messages', 'tools'], extra: 'kept', rules: MESSAGES })

const messages: RowShape = {
  ...inner,
  check(row, findings) {
    // Tools may be a text of JSON here.
    const { tools, ...rest } = row
    inner.check(typeof tools === 'string' ? rest : row, findings)
    for (const key of ['label', 'kto_tag'])
      if (has(row, key) && typeof member(row, key) !== 'boolean')
        findings.add('E_LABEL', key, `a label is true or false, not ${quoted(member(row, key))}`)
  },
  rules: [...inner.rules, 'label or kto_tag: true or false'],
}

const PART_TYPES = ['text', 'reasoning', 'tool_call', 'image_url', 'video_url', 'audio_url']
const PART_ROLES = ['system', 'user', 'assistant', 'tool']

const parts: RowShape = {
  id: 'parts',
  title: '{messages: [{role, content: [{type, value}]}], tools}',
  fits: (row) => {
    const list = member(row, 'messages')
    return isArray(list) && list.some((message) => isObject(message) && isArray(member(message, 'content')))
  },
  check(row, findings) {
    const list = needList(row, 'messages', '', findings)
    let answers = 0
    for (const [i, message] of (list ?? []).entries()) {
      const at = `messages[${i}]`
      if (!isObject(message)) {
        findings.add('E_TYPE', at, `a message is an object, not ${quoted(message)}`)
        continue
      }
      const role = member(message, 'role')
      if (typeof role !== 'string' || !PART_ROLES.includes(role))
        findings.add('E_ROLE', `${at}.role`, `${quoted(role)} is no role here: ${PART_ROLES.join(', ')}`)
      if (role === 'assistant') answers++
      for (const [k, part] of (needList(message, 'content', at, findings) ?? []).entries())
        checkPart(part, `${at}.content[${k}]`, role === 'assistant', findings)
    }
    if (list && answers === 0) findings.add('E_NOASSIST', 'messages', 'there is no message of the assistant')
  },
  rules: [`roles: ${PART_ROLES.join(', ')}`, `a part: {type, value}, type one of ${PART_TYPES.join(', ')}`],
}

function checkPart(part: Json, path: string, answer: boolean, findings: Findings): void {
  const type = isObject(part) ? member(part, 'type') : undefined
  if (!isObject(part) || typeof type !== 'string' || !PART_TYPES.includes(type))
    return findings.add('E_PARTS', path, `a part is {type, value}, type one of ${PART_TYPES.join(', ')}`)
  const value = member(part, 'value')
  if (typeof value !== 'string') findings.add('E_MISSING', `${path}.value`, 'the value of the part is missing')
  else if (type === 'text') checkText(value, `${path}.value`, answer, findings)
  else if (type === 'tool_call' && !isJson(value))
    findings.add('E_ARGS', `${path}.value`, 'a call is a text of JSON: {"name", "arguments"}')
}

function isJson(text: string): boolean {
  try {
    return isObject(JSON.parse(text) as JsonObject)
  } catch {
    return false
  }
}

export const llamaFactory: Platform = {
  id: 'llama-factory',
  title: 'LLaMA-Factory',
  source: 'LLaMA-Factory ff6d4d1 data/README.md, src/llamafactory/data/converter.py',
  seen: '2026-11',
  shapes: [sharegpt, alpacaShape('output'), parts, messages],
  file: { layouts: ['lines', 'array', 'parquet'], packings: ['none', 'gzip', 'zstd'], minRows: 1 },
}
