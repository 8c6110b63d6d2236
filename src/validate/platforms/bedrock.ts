/** Amazon Bedrock: Claude 3 Haiku's texts, Nova's conversation of parts. */
import type { JsonObject } from '../../../schema/json.ts'
import type { ChatRules } from '../conversation.ts'
import { chatWords, checkChat } from '../conversation.ts'
import { type Findings, quoted } from '../findings.ts'
import type { Platform, RowShape } from '../platform.ts'
import { has, isObject, mayText, member, needList, onlyKeys } from '../shape.ts'
import { checkText } from '../text.ts'

const CLAUDE: ChatRules = {
  roles: ['user', 'assistant'],
  system: 'free',
  order: 'distinct',
  first: 'user',
  last: 'assistant',
  assistant: 'needed',
  user: 'needed',
  content: { text: true },
  keys: ['role', 'content'],
  min: 2,
}

const claude: RowShape = {
  id: 'chat',
  title: '{system, messages}',
  fits: (row) => has(row, 'messages'),
  check(row, findings) {
    onlyKeys(row, ['system', 'messages'], '', 'E_KEYS', findings)
    const system = mayText(row, 'system', '', findings)
    if (system !== undefined) checkText(system, 'system', false, findings)
    const messages = needList(row, 'messages', '', findings)
    if (messages) checkChat(messages, 'messages', CLAUDE, undefined, findings)
  },
  rules: [...chatWords(CLAUDE), 'keys of a row: system, messages, and no other'],
}

export const bedrockClaude: Platform = {
  id: 'bedrock-claude',
  title: 'Amazon Bedrock, Claude 3 Haiku',
  source: 'claude-cookbooks 4b36a1e finetuning; AWS model customisation quotas',
  seen: '2026-11',
  unconfirmed: 'the numbers of rows and tokens',
  shapes: [claude],
  file: { layouts: ['lines'], minRows: 32, maxRows: 10_000, maxTokens: 32_000 },
}

const VERSION = 'bedrock-conversation-2024'
const PARTS = ['text', 'image', 'video', 'document', 'toolUse', 'toolResult']

function checkParts(owner: JsonObject, key: string, path: string, kinds: readonly string[], answer: boolean, findings: Findings): void {
  const parts = needList(owner, key, path, findings)
  const at = path === '' ? key : `${path}.${key}`
  if (!parts) return
  if (parts.length === 0) findings.add('E_EMPTY', at, 'the list of parts is empty')
  for (const [i, part] of parts.entries()) {
    const keys = isObject(part) ? Object.keys(part) : []
    if (!isObject(part) || keys.length !== 1 || !kinds.includes(keys[0] as string)) {
      findings.add(
        'E_PARTS',
        `${at}[${i}]`,
        `a part holds one of ${kinds.join(', ')}`,
        isObject(part) && has(part, 'type') ? 'Nova\'s parts have no "type"' : undefined,
      )
      continue
    }
    const text = member(part, 'text')
    if (text === undefined) continue
    if (typeof text !== 'string') findings.add('E_TYPE', `${at}[${i}].text`, `a text, not ${quoted(text)}`)
    else if (text.trim() === '') findings.add('E_EMPTY', `${at}[${i}].text`, 'the text is empty')
    else checkText(text, `${at}[${i}].text`, answer, findings)
  }
}

const nova: RowShape = {
  id: 'conversation',
  title: '{schemaVersion, system, messages, toolConfig}',
  fits: (row) => has(row, 'messages'),
  check(row, findings) {
    onlyKeys(row, ['schemaVersion', 'system', 'messages', 'toolConfig'], '', 'E_KEYS', findings)
    const version = member(row, 'schemaVersion')
    if (version === undefined) findings.add('E_MISSING', 'schemaVersion', `"schemaVersion" is missing: ${VERSION}`)
    else if (typeof version !== 'string') findings.add('E_TYPE', 'schemaVersion', `a text, not ${quoted(version)}`)
    // AWS's own samples carry another one ("tooluse-dataset-2024") and were trained on.
    else if (version !== VERSION) findings.add('W_VERSION', 'schemaVersion', `${quoted(version)}; the documents say ${VERSION}`)
    if (has(row, 'system')) checkParts(row, 'system', '', ['text'], false, findings)
    const messages = needList(row, 'messages', '', findings)
    if (!messages) return
    const known = messages.map((message, i) => {
      if (!isObject(message)) return message
      const role = member(message, 'role')
      if (typeof message['content'] === 'string')
        findings.add('E_TYPE', `messages[${i}].content`, 'the content is a list of parts here, not a text', 'write [{"text": "…"}]')
      else checkParts(message, 'content', `messages[${i}]`, PARTS, role === 'assistant', findings)
      // The content is checked; what is left is who speaks when.
      return { ...message, content: [{ type: 'text', text: '.' }] }
    })
    checkChat(known, 'messages', NOVA, undefined, findings)
  },
  rules: [
    `schemaVersion: ${VERSION}`,
    `a part holds one of ${PARTS.join(', ')}`,
    'system: texts only',
    ...chatWords({ ...CLAUDE, content: { text: false } }).slice(0, 4),
  ],
}

const NOVA: ChatRules = { ...CLAUDE, content: { text: false, parts: { user: ['text'], assistant: ['text'] } } }

export const bedrockNova: Platform = {
  id: 'bedrock-nova',
  title: 'Amazon Bedrock, Nova',
  source: 'amazon-bedrock-samples 85fba9d nova fine-tuning; AWS Nova fine-tuning guide',
  seen: '2026-11',
  unconfirmed: 'the numbers of rows and tokens',
  shapes: [nova],
  file: { layouts: ['lines'], minRows: 8, maxRows: 20_000, maxTokens: 32_000 },
}
