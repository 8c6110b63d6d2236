/** Amazon Bedrock's two: Claude's texts with a system beside them, and Nova's conversation of parts. */
import type { JsonObject } from '../../../schema/json.ts'
import { answerStart, type CanonicalRow, isMisfit, type Misfit, type Turn } from '../canonical.ts'
import type { RowFormat } from '../formats.ts'
import { isArray, isObject, listOf, member, without } from '../json-shape.ts'
import { turnOf, turnsOf } from '../turns.ts'

function read(row: JsonObject): CanonicalRow | Misfit {
  const list = listOf(member(row, 'messages'))
  if (!list) return { misfit: 'a list of messages is missing', path: 'messages' }
  const turns = turnsOf(list, 'messages')
  if (isMisfit(turns)) return turns
  const system = member(row, 'system')
  const told = system === undefined ? undefined : turnOf({ role: 'system', content: system }, 'system')
  if (told && isMisfit(told)) return told
  const messages: Turn[] = told ? [told, ...turns] : turns
  const prompt = answerStart(messages)
  const tools = toolsOf(row)
  return {
    kind: prompt === messages.length ? 'prompt' : 'conversation',
    messages,
    prompt,
    ...(tools ? { tools } : {}),
    extra: without(row, ['schemaVersion', 'system', 'messages', 'tools', 'toolConfig']),
  }
}

function toolsOf(row: JsonObject) {
  const config = member(row, 'toolConfig')
  return listOf(member(row, 'tools')) ?? (isObject(config) ? listOf(member(config, 'tools')) : undefined)
}

export const bedrockNova: RowFormat = {
  id: 'bedrock-nova',
  title: 'Bedrock Nova: schemaVersion, system and messages of parts',
  fit: (row) => {
    if (!isArray(member(row, 'messages'))) return 0
    const version = member(row, 'schemaVersion')
    if (typeof version === 'string' && version.startsWith('bedrock-conversation')) return 1
    return isArray(member(row, 'system')) ? 0.95 : 0
  },
  read,
}

export const bedrockClaude: RowFormat = {
  id: 'bedrock-claude',
  title: 'Bedrock Claude: system and messages of texts',
  fit: (row) => (typeof member(row, 'system') === 'string' && isArray(member(row, 'messages')) ? 0.95 : 0),
  read,
}
