/** The kinds of rows that several platforms share, made from data. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { type ChatRules, chatWords, checkChat } from './conversation.ts'
import type { Findings } from './findings.ts'
import type { RowShape } from './platform.ts'
import { has, isArray, isObject, member, needList, needObject, needText, onlyKeys } from './shape.ts'
import { checkText } from './text.ts'
import { type Declared, declaredTools } from './tools.ts'

/** What becomes of top-level keys that a shape does not know: refused, ignored, or kept on purpose. */
export type Extra = 'E_KEYS' | 'W_KEYS' | 'kept'

export interface ChatShape {
  readonly id: string
  /** The keys of a row, the conversation first. */
  readonly keys: readonly string[]
  readonly extra: Extra
  readonly rules: ChatRules
}

/** A row with one conversation under its first key. */
export function chatShape({ id, keys, extra, rules }: ChatShape): RowShape {
  const [list = 'messages'] = keys
  return {
    id,
    title: `{${keys.join(', ')}}`,
    fits: (row) => has(row, list),
    check(row, findings) {
      checkExtra(row, keys, extra, findings)
      const declared = toolsOf(row, '', rules, findings)
      const messages = needList(row, list, '', findings)
      if (messages) checkChat(messages, list, rules, declared, findings)
    },
    rules: [...chatWords(rules), extraWords(keys, extra)],
  }
}

export function checkExtra(row: JsonObject, keys: readonly string[], extra: Extra, findings: Findings): void {
  if (extra !== 'kept') onlyKeys(row, keys, '', extra, findings)
}

export function extraWords(keys: readonly string[], extra: Extra): string {
  const known = `keys of a row: ${keys.join(', ')}`
  return extra === 'E_KEYS' ? `${known}, and no other` : extra === 'W_KEYS' ? `${known}; others are ignored` : `${known}; others are kept`
}

function toolsOf(row: JsonObject, path: string, rules: ChatRules, findings: Findings): Declared {
  return rules.tools ? declaredTools(member(row, 'tools'), path === '' ? 'tools' : `${path}.tools`, rules.tools, findings) : undefined
}

export interface PreferenceShape {
  readonly id: string
  readonly extra: Extra
  /** Of the prompt. */
  readonly prompt: ChatRules
  /** Of each ending. */
  readonly ending: ChatRules
  /** Each ending is exactly one message. */
  readonly single: boolean
}

const PREFERENCE_KEYS = ['input', 'preferred_output', 'non_preferred_output']

/** OpenAI's way of two endings to one prompt. */
export function preferenceShape({ id, extra, prompt, ending, single }: PreferenceShape): RowShape {
  return {
    id,
    title: `{${PREFERENCE_KEYS.join(', ')}}`,
    fits: (row) => PREFERENCE_KEYS.some((key) => key !== 'input' && has(row, key)) || isObject(member(row, 'input')),
    check(row, findings) {
      checkExtra(row, PREFERENCE_KEYS, extra, findings)
      const input = needObject(row, 'input', '', findings)
      let declared: Declared
      if (input) {
        onlyKeys(input, ['messages', 'tools', 'parallel_tool_calls'], 'input', 'E_KEYS', findings)
        declared = toolsOf(input, 'input', prompt, findings)
        const messages = needList(input, 'messages', 'input', findings)
        if (messages) checkChat(messages, 'input.messages', prompt, declared, findings)
      }
      for (const key of PREFERENCE_KEYS.slice(1)) {
        const output = needList(row, key, '', findings)
        if (!output) continue
        if (single && output.length > 1) findings.add('E_COUNT', key, `one message is taken here, not ${output.length}`)
        checkChat(output, key, ending, declared, findings)
      }
      checkPair(member(row, 'preferred_output'), member(row, 'non_preferred_output'), 'non_preferred_output', findings)
    },
    rules: [
      ...chatWords(prompt).map((word) => `input: ${word}`),
      `each output: ${single ? 'exactly one message of the assistant' : 'messages of the assistant and of tools'}`,
      'the two outputs differ',
      extraWords(PREFERENCE_KEYS, extra),
    ],
  }
}

/** Two endings that say the same teach nothing. */
export function checkPair(a: Json | undefined, b: Json | undefined, path: string, findings: Findings): void {
  if (a === undefined || b === undefined) return
  if (JSON.stringify(saidIn(a)) === JSON.stringify(saidIn(b))) findings.add('E_PAIR', path, 'both answers are the same')
}

/** What an ending says, without what is written about it. */
function saidIn(value: Json): Json {
  if (isArray(value)) return value.map(saidIn)
  if (!isObject(value)) return typeof value === 'string' ? value.trim() : value
  return [saidIn(member(value, 'content') ?? member(value, 'value') ?? null), member(value, 'tool_calls') ?? null]
}

/** Texts under fixed keys, all needed. */
export function textShape(id: string, keys: readonly string[], answers: readonly string[], extra: Extra): RowShape {
  return {
    id,
    title: `{${keys.join(', ')}}`,
    fits: (row) => has(row, keys.at(-1) as string) || keys.every((key) => has(row, key)),
    check(row, findings) {
      checkExtra(row, keys, extra, findings)
      for (const key of keys) {
        const text = needText(row, key, '', findings)
        if (text !== undefined) checkText(text, key, answers.includes(key), findings)
      }
    },
    rules: [`texts that are not empty: ${keys.join(', ')}`, extraWords(keys, extra)],
  }
}
