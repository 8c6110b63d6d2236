/** One checker for every list of role and content; what a platform wants of it is data. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { anyOf, type Findings, quoted } from './findings.ts'
import { isArray, isObject, member, onlyKeys } from './shape.ts'
import { checkText } from './text.ts'
import { CallTracker, type Declared, type ToolRules } from './tools.ts'

export interface ChatRules {
  readonly roles: readonly string[]
  /** `first`: one system message, before all others; `free`: anywhere. */
  readonly system: 'first' | 'free'
  /** `distinct`: no role twice in a row; results of tools are passed over. */
  readonly order: 'distinct' | 'free'
  readonly first?: 'user'
  readonly last: 'assistant' | 'user' | 'not-assistant' | 'free'
  readonly assistant: 'needed' | 'free'
  /** What a conversation without the user is. */
  readonly user: 'needed' | 'advised' | 'free'
  /** Forms of the content; types of parts by role, where parts are taken. */
  readonly content: { readonly text: boolean; readonly parts?: Readonly<Record<string, readonly string[]>> }
  readonly weight?: true
  /** Keys of a message; left out, others are not looked at. */
  readonly keys?: readonly string[]
  readonly tools?: ToolRules
  readonly min?: number
}

/** The role that is taken for each kind of speaker. */
const ASSISTANT = 'assistant'

export function checkChat(list: readonly Json[], path: string, rules: ChatRules, declared: Declared, findings: Findings): void {
  if (list.length < (rules.min ?? 1))
    findings.add('E_COUNT', path, list.length === 0 ? 'the conversation is empty' : `at least ${rules.min} messages are needed`)
  const tracker = rules.tools && new CallTracker(rules.tools, declared, findings)
  const order = new Order(rules, findings)
  const weights: unknown[] = []
  for (const [i, message] of list.entries()) {
    const at = `${path}[${i}]`
    if (!isObject(message)) {
      findings.add('E_TYPE', at, `a message is an object, not ${quoted(message)}`)
      continue
    }
    const role = member(message, 'role')
    if (typeof role !== 'string' || !rules.roles.includes(role)) {
      if (role === undefined) findings.add('E_MISSING', `${at}.role`, 'the role is missing')
      else findings.add('E_ROLE', `${at}.role`, `${quoted(role)} is no role here: ${anyOf(rules.roles)}`)
      order.unknown()
      continue
    }
    if (rules.keys) onlyKeys(message, rules.keys, at, 'E_KEYS', findings)
    order.next(role, at)
    const calls = checkCalls(message, role, at, tracker, findings)
    checkContent(message, role, at, calls, rules, findings)
    if (member(message, 'weight') !== undefined) checkWeight(message, role, at, rules, findings)
    if (role === ASSISTANT) weights.push(member(message, 'weight'))
  }
  order.end(list.length, path)
  if (rules.weight && weights.length > 0 && weights.every((weight) => weight === 0))
    findings.add('W_LOSS', path, 'every message of the assistant has the weight 0', 'give the answer to be learnt the weight 1')
}

function checkCalls(message: JsonObject, role: string, at: string, tracker: CallTracker | undefined, findings: Findings): boolean {
  const calls = member(message, 'tool_calls')
  const given = calls !== undefined && calls !== null && !(isArray(calls) && calls.length === 0)
  if (!tracker) {
    if (given) findings.add('E_KEYS', `${at}.tool_calls`, 'calls of tools are not taken here')
    return given
  }
  if (role === 'tool') tracker.result(message, at)
  else tracker.spoken()
  if (given && role !== ASSISTANT) findings.add('E_KEYS', `${at}.tool_calls`, `only the assistant calls tools, not ${quoted(role)}`)
  if (role !== ASSISTANT) return false
  const old = member(message, 'function_call')
  return tracker.calls(calls, `${at}.tool_calls`) || isObject(old)
}

function checkContent(message: JsonObject, role: string, at: string, calls: boolean, rules: ChatRules, findings: Findings): void {
  const path = `${at}.content`
  const content = member(message, 'content')
  if (content === undefined || content === null) {
    if (!calls) findings.add('E_MISSING', path, content === null ? 'the content is null and no tool is called' : 'the content is missing')
    return
  }
  const answer = role === ASSISTANT
  if (typeof content === 'string') {
    if (!rules.content.text) findings.add('E_TYPE', path, 'the content is a list of parts here, not a text')
    else if (content.trim() === '' && !calls && role !== 'tool') findings.add('E_EMPTY', path, 'the text is empty')
    else checkText(content, path, answer, findings)
    return
  }
  const { parts } = rules.content
  if (!isArray(content) || !parts) {
    findings.add('E_TYPE', path, `the content is ${parts ? 'a text or a list of parts' : 'a text'}, not ${quoted(content)}`)
    return
  }
  if (content.length === 0 && !calls) findings.add('E_EMPTY', path, 'the list of parts is empty')
  for (const [i, part] of content.entries()) checkPart(part, `${path}[${i}]`, parts[role] ?? ['text'], answer, findings)
}

function checkPart(part: Json, path: string, types: readonly string[], answer: boolean, findings: Findings): void {
  const type = isObject(part) ? member(part, 'type') : undefined
  if (!isObject(part) || typeof type !== 'string' || !types.includes(type)) {
    findings.add('E_PARTS', path, `a part here is of type ${anyOf(types)}${typeof type === 'string' ? `, not ${quoted(type)}` : ''}`)
    return
  }
  if (type !== 'text') return
  const text = member(part, 'text')
  if (typeof text !== 'string') findings.add('E_MISSING', `${path}.text`, 'the text of the part is missing')
  else if (text.trim() === '') findings.add('E_EMPTY', `${path}.text`, 'the text is empty')
  else checkText(text, `${path}.text`, answer, findings)
}

function checkWeight(message: JsonObject, role: string, at: string, rules: ChatRules, findings: Findings): void {
  const weight = member(message, 'weight')
  const path = `${at}.weight`
  if (!rules.weight) {
    if (!rules.keys) findings.add('W_KEYS', path, 'weights are not read here')
  } else if (weight !== 0 && weight !== 1) findings.add('E_WEIGHT', path, `a weight is 0 or 1, not ${quoted(weight)}`)
  else if (role !== ASSISTANT) findings.add('E_WEIGHT', path, `only messages of the assistant have a weight, not ${quoted(role)}`)
}

/** Who may speak when. */
class Order {
  readonly #rules: ChatRules
  readonly #findings: Findings
  #count = 0
  #before: string | undefined
  #systems = 0
  #users = 0
  #assistants = 0
  #last: string | undefined

  constructor(rules: ChatRules, findings: Findings) {
    this.#rules = rules
    this.#findings = findings
  }

  /** A message that nobody can have said: what follows is not compared with it. */
  unknown(): void {
    this.#count++
    this.#before = undefined
    this.#last = '?'
  }

  next(role: string, at: string): void {
    const { system, order, first } = this.#rules
    const path = `${at}.role`
    if (role === 'system' || role === 'developer') {
      if (system === 'first' && (this.#count > 0 || this.#systems > 0))
        this.#findings.add('E_SYS', path, this.#systems > 0 ? 'a second system message' : 'the system message is not the first one')
      this.#systems++
    } else if (this.#users + this.#assistants === 0 && first === 'user' && role !== 'user' && role !== 'tool')
      this.#findings.add('E_FIRST', path, `the first message is the user's, not the ${role}'s`)
    if (this.#before === role && order !== 'free' && role !== 'tool' && role !== 'system')
      this.#findings.add('E_ALT', path, `two messages of the ${role} in a row`, 'join them, or take one out')
    if (role === 'user') this.#users++
    if (role === ASSISTANT) this.#assistants++
    this.#count++
    this.#last = role
    this.#before = role
  }

  end(messages: number, path: string): void {
    if (messages === 0) return
    const { last, user, assistant } = this.#rules
    const at = `${path}[${messages - 1}].role`
    if (assistant === 'needed' && this.#assistants === 0) this.#findings.add('E_NOASSIST', path, 'there is no message of the assistant')
    else if (last === 'assistant' && this.#last !== ASSISTANT && this.#last !== '?')
      this.#findings.add('E_LAST', at, `the last message is the assistant's, not the ${this.#last}'s`)
    if (last === 'user' && this.#last !== 'user' && this.#last !== '?')
      this.#findings.add('E_LAST', at, `the last message is the user's, not the ${this.#last}'s`)
    if (last === 'not-assistant' && this.#last === ASSISTANT)
      this.#findings.add('E_LAST', at, "the prompt must not end with the assistant's message")
    if (this.#users === 0 && user !== 'free')
      this.#findings.add(user === 'needed' ? 'E_NOUSER' : 'W_NOUSER', path, 'there is no message of the user')
  }
}

/** The rules in words. */
export function chatWords(rules: ChatRules): string[] {
  const { system, order, first, last, user, content, weight, keys, tools, min } = rules
  const types = [...new Set(Object.values(content.parts ?? {}).flat())]
  return [
    `roles: ${rules.roles.join(', ')}`,
    ...(system === 'first' && rules.roles.includes('system') ? ['at most one system message, first'] : []),
    ...(order === 'free' ? [] : ['no two messages of one side in a row']),
    ...(first ? ['begins with the user'] : []),
    ...(last === 'free' ? [] : [`ends with ${last === 'not-assistant' ? 'anybody but the assistant' : `the ${last}`}`]),
    ...(user === 'needed' ? ['the user speaks'] : []),
    ...(min === undefined ? [] : [`at least ${min} messages`]),
    `content: ${[content.text ? 'a text' : '', types.length > 0 ? `parts (${types.join(', ')})` : ''].filter(Boolean).join(', or ')}`,
    ...(weight ? ['weight 0 or 1 on messages of the assistant'] : []),
    ...(keys ? [`keys of a message: ${keys.join(', ')}`] : []),
    ...(tools
      ? [
          `arguments of calls: ${tools.arguments === 'text' ? 'a text of JSON' : tools.arguments === 'object' ? 'an object' : 'a text of JSON or an object'}`,
        ]
      : ['no tools']),
    ...(tools?.idForm ? [`ids of calls: ${tools.idForm.says}`] : []),
  ]
}
