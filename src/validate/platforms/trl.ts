/** Hugging Face TRL: each row type plain or conversational; arguments of calls are objects. */
import type { Json, JsonObject } from '../../../schema/json.ts'
import { type ChatRules, chatWords, checkChat } from '../conversation.ts'
import { Findings, quoted } from '../findings.ts'
import type { Platform, RowShape } from '../platform.ts'
import { has, isArray, member } from '../shape.ts'
import { chatShape, checkPair, textShape } from '../shapes.ts'
import { checkText } from '../text.ts'
import { declaredTools, type ToolRules } from '../tools.ts'

/** Tables that cannot hold objects of different keys keep arguments as texts of JSON, which TRL's documents allow for. */
const TOOLS: ToolRules = { arguments: 'either', ids: 'optional', definition: [] }

export const CHAT: ChatRules = {
  roles: ['system', 'developer', 'user', 'assistant', 'tool'],
  system: 'free',
  order: 'free',
  last: 'assistant',
  assistant: 'needed',
  user: 'advised',
  content: { text: true, parts: { system: ['text'], user: ['text', 'image', 'image_url'], assistant: ['text'] } },
  tools: TOOLS,
}
const PROMPT: ChatRules = { ...CHAT, last: 'not-assistant', assistant: 'free', user: 'needed' }
const ENDING: ChatRules = { ...CHAT, user: 'free' }

/** One column: a text, or a list of messages. Returns which, for the columns must agree. */
function side(row: JsonObject, key: string, rules: ChatRules, findings: Findings): 'text' | 'messages' | undefined {
  const value: Json | undefined = member(row, key)
  if (value === undefined || value === null) findings.add('E_MISSING', key, `${quoted(key)} is missing`)
  else if (typeof value === 'string') {
    if (value.trim() === '') findings.add('E_EMPTY', key, 'the text is empty')
    // A completion of text begins with the blank that parts it from the prompt.
    else checkText(value.trimStart(), key, rules.last === 'assistant', findings)
    return 'text'
  } else if (isArray(value)) {
    const tools = member(row, 'tools')
    checkChat(value, key, rules, typeof tools === 'string' ? undefined : declaredTools(tools, 'tools', TOOLS, new Silent()), findings)
    return 'messages'
  } else findings.add('E_TYPE', key, `${quoted(key)} is a text or a list of messages, not ${quoted(value)}`)
  return undefined
}

/** Tools are checked once for a row, however many columns use them. */
class Silent extends Findings {
  override add(): void {}
}

function agree(kinds: readonly ('text' | 'messages' | undefined)[], findings: Findings): void {
  if (kinds.includes('text') && kinds.includes('messages'))
    findings.add('E_MIXED', '', 'one column is a text and another a list of messages', 'make all of them the same')
}

function columns(
  id: string,
  keys: readonly string[],
  fits: (row: JsonObject) => boolean,
  check: (row: JsonObject, findings: Findings) => void,
  rules: readonly string[],
): RowShape {
  return {
    id,
    title: `{${keys.join(', ')}}`,
    fits,
    check(row, findings) {
      const tools = member(row, 'tools')
      if (typeof tools !== 'string') declaredTools(tools, 'tools', TOOLS, findings)
      check(row, findings)
    },
    rules: [...rules, 'texts or messages, but the same in every column', ...chatWords(CHAT).slice(0, 1)],
  }
}

const preference = columns(
  'preference',
  ['prompt', 'chosen', 'rejected'],
  (row) => has(row, 'chosen') || has(row, 'rejected'),
  (row, findings) => {
    const kinds = [
      ...(has(row, 'prompt') ? [side(row, 'prompt', PROMPT, findings)] : []),
      side(row, 'chosen', ENDING, findings),
      side(row, 'rejected', ENDING, findings),
    ]
    agree(kinds, findings)
    checkPair(member(row, 'chosen'), member(row, 'rejected'), 'rejected', findings)
  },
  ['the prompt may be left out when both answers begin with it', 'the answers differ'],
)

const kto = columns(
  'unpaired-preference',
  ['prompt', 'completion', 'label'],
  (row) => has(row, 'label'),
  (row, findings) => {
    agree([side(row, 'prompt', PROMPT, findings), side(row, 'completion', ENDING, findings)], findings)
    const label = member(row, 'label')
    if (typeof label !== 'boolean') findings.add('E_LABEL', 'label', `a label is true or false, not ${quoted(label)}`)
  },
  ['label: true or false'],
)

const stepwise: RowShape = {
  id: 'stepwise',
  title: '{prompt, completions, labels}',
  fits: (row) => has(row, 'completions') || has(row, 'labels'),
  check(row, findings) {
    side(row, 'prompt', PROMPT, findings)
    const [steps, labels] = [member(row, 'completions'), member(row, 'labels')]
    if (!isArray(steps) || !steps.every((step) => typeof step === 'string'))
      findings.add('E_TYPE', 'completions', 'completions are a list of texts')
    if (!isArray(labels) || !labels.every((label) => typeof label === 'boolean'))
      findings.add('E_LABEL', 'labels', 'labels are a list of true and false')
    if (isArray(steps) && isArray(labels) && steps.length !== labels.length)
      findings.add('E_COUNT', 'labels', `${steps.length} completions have ${labels.length} labels`)
  },
  rules: ['a label, true or false, for each completion'],
}

const promptCompletion = columns(
  'prompt-completion',
  ['prompt', 'completion'],
  (row) => has(row, 'completion'),
  (row, findings) => agree([side(row, 'prompt', PROMPT, findings), side(row, 'completion', ENDING, findings)], findings),
  [],
)

const promptOnly = columns(
  'prompt-only',
  ['prompt'],
  (row) => has(row, 'prompt'),
  (row, findings) => void side(row, 'prompt', PROMPT, findings),
  ['other columns go to the reward function'],
)

const messages = chatShape({ id: 'messages', keys: ['messages', 'tools', 'chat_template_kwargs'], extra: 'kept', rules: CHAT })

export const trl: Platform = {
  id: 'trl',
  title: 'Hugging Face TRL',
  source: 'trl f2cd577 docs/source/dataset_formats.md',
  seen: '2026-11',
  shapes: [messages, preference, stepwise, kto, promptCompletion, promptOnly, textShape('text', ['text'], ['text'], 'kept')],
  file: { layouts: ['lines', 'array', 'parquet'], packings: ['none', 'gzip', 'zstd'], minRows: 1 },
}
