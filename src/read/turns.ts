/** Messages of any dialect as turns: role and content, from and value, texts and parts, calls and thoughts. */
import type { Json, JsonObject } from '../../schema/json.ts'
import type { Misfit, Turn, TurnCall, TurnRole } from './canonical.ts'
import { isArray, isObject, member, textOf } from './json-shape.ts'

const ROLES: { readonly [name: string]: TurnRole } = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  tool_call: 'assistant',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
  function_response: 'tool',
  tool_response: 'tool',
  ipython: 'tool',
}

/** Each message of a list. `path` is where the list stands in the row. */
export function turnsOf(list: readonly Json[], path: string): Turn[] | Misfit {
  const turns: Turn[] = []
  for (const [i, message] of list.entries()) {
    const turn = turnOf(message, `${path}[${i}]`)
    if ('misfit' in turn) return turn
    turns.push(turn)
  }
  return turns
}

export function turnOf(message: Json, path: string): Turn | Misfit {
  if (!isObject(message)) return { misfit: 'a message is an object with a role and content', path }
  const roleKey = Object.hasOwn(message, 'role') ? 'role' : 'from'
  const named = textOf(message, roleKey)
  if (named === undefined) return { misfit: 'a message has a role', path: `${path}.${roleKey}` }
  const role = Object.hasOwn(ROLES, named) ? ROLES[named] : undefined
  if (!role) return { misfit: `"${named.slice(0, 40)}" is no role that is known`, path: `${path}.${roleKey}` }
  const body = ['content', 'value', 'text', 'parts'].map((key) => member(message, key)).find((value) => value !== undefined)
  const said = saidBy(body)
  const spoken = named === 'function_call' || named === 'tool_call' ? spokenCalls(said.content) : undefined
  const calls = [...(spoken ?? []), ...said.calls, ...callsOf(message)]
  const reasoning =
    [textOf(message, 'reasoning_content'), textOf(message, 'reasoning'), textOf(message, 'thinking'), said.reasoning].find(
      (text) => text !== undefined && text !== '',
    ) ?? undefined
  const name = textOf(message, 'name')
  const callId = textOf(message, 'tool_call_id')
  return {
    role,
    content: spoken ? null : said.content,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(name === undefined ? {} : { name }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(callId === undefined ? {} : { tool_call_id: callId }),
    ...(said.media === 0 ? {} : { media: said.media }),
  }
}

interface Said {
  readonly content: string | null
  readonly reasoning: string | undefined
  readonly calls: readonly TurnCall[]
  readonly media: number
}

/** A text, or a list of parts in the way of OpenAI, Anthropic, Bedrock, Gemini or LLaMA-Factory. */
function saidBy(body: Json | undefined): Said {
  if (body === undefined || body === null) return { content: null, reasoning: undefined, calls: [], media: 0 }
  if (!isArray(body)) {
    const content = typeof body === 'string' ? body : isObject(body) ? (textOf(body, 'text') ?? jsonText(body)) : String(body)
    return { content, reasoning: undefined, calls: [], media: 0 }
  }
  const texts: string[] = []
  const thoughts: string[] = []
  const calls: TurnCall[] = []
  let media = 0
  for (const part of body) {
    if (typeof part === 'string') texts.push(part)
    if (!isObject(part)) continue
    const type = textOf(part, 'type')
    const text = textOf(part, 'text') ?? textOf(part, 'value') ?? textOf(part, 'refusal')
    const call = callPart(part, type, text)
    if (call) calls.push(call)
    else if (type === 'reasoning' || type === 'thinking' || member(part, 'thought') === true)
      thoughts.push(text ?? textOf(part, 'thinking') ?? '')
    else if (text !== undefined) texts.push(text)
    else {
      const result = resultPart(part)
      if (result === undefined) media++
      else texts.push(result)
    }
  }
  return {
    content: texts.length === 0 ? null : texts.join('\n'),
    reasoning: thoughts.length === 0 ? undefined : thoughts.join('\n'),
    calls,
    media,
  }
}

function callPart(part: JsonObject, type: string | undefined, text: string | undefined): TurnCall | undefined {
  if (type === 'tool_call') return spokenCalls(text ?? null)?.[0]
  const call = member(part, 'functionCall') ?? member(part, 'function_call') ?? member(part, 'toolUse')
  if (isObject(call)) return callOf(call)
  return type === 'tool_use' ? callOf(part) : undefined
}

/** What a tool gave back, as text. */
function resultPart(part: JsonObject): string | undefined {
  for (const key of ['functionResponse', 'function_response', 'toolResult']) {
    const result = member(part, key)
    if (isObject(result)) return jsonText(member(result, 'response') ?? member(result, 'content') ?? result)
  }
  return textOf(part, 'type') === 'tool_result' ? jsonText(member(part, 'content') ?? null) : undefined
}

function callsOf(message: JsonObject): TurnCall[] {
  const list = member(message, 'tool_calls')
  const old = member(message, 'function_call')
  const calls = [...(isArray(list) ? list : []), ...(isObject(old) ? [old] : [])]
  return calls.filter(isObject).map((call) => {
    const inner = member(call, 'function')
    return callOf(isObject(inner) ? inner : call, textOf(call, 'id'))
  })
}

function callOf(call: JsonObject, id = textOf(call, 'id') ?? textOf(call, 'toolUseId')): TurnCall {
  const given = ['arguments', 'args', 'input', 'parameters'].map((key) => member(call, key)).find((value) => value !== undefined)
  return {
    ...(id === undefined ? {} : { id }),
    type: 'function',
    function: { name: textOf(call, 'name') ?? '', arguments: typeof given === 'string' ? given : jsonText(given ?? {}) },
  }
}

/** ShareGPT writes a call as a text: one object of name and arguments, or a list of them. */
function spokenCalls(text: string | null): TurnCall[] | undefined {
  if (text === null) return undefined
  try {
    const parsed = JSON.parse(text) as Json
    const calls = (isArray(parsed) ? parsed : [parsed]).filter(isObject).filter((call) => textOf(call, 'name') !== undefined)
    return calls.length === 0 ? undefined : calls.map((call) => callOf(call))
  } catch {
    return undefined
  }
}

function jsonText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
