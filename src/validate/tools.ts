/** Tools in conversations: their definitions, the calls, the results, and whether they belong together. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { mismatch } from './arguments.ts'
import { type Findings, quoted } from './findings.ts'
import { isArray, isObject, member } from './shape.ts'

export interface ToolRules {
  /** How a call holds its arguments: as a text of JSON (OpenAI), as an object (TRL), or either. */
  readonly arguments: 'text' | 'object' | 'either'
  /** Whether calls and results are joined by ids. */
  readonly ids: 'required' | 'optional'
  /** A form that ids must have. */
  readonly idForm?: { readonly pattern: RegExp; readonly says: string }
  /** Keys that a function's definition must have besides its name. */
  readonly definition: readonly string[]
}

/** The schemas of the declared tools by name; undefined where none are declared. */
export type Declared = ReadonlyMap<string, Json | undefined> | undefined

const NAME = /^[a-zA-Z0-9_-]{1,64}$/

/** Checks `tools`; a text of JSON is taken as the list it holds, since tables keep it so. */
export function declaredTools(value: Json | undefined, path: string, rules: ToolRules, findings: Findings): Declared {
  if (value === undefined || value === null) return undefined
  if (!isArray(value)) {
    findings.add('E_TYPE', path, `tools must be a list, not ${quoted(value)}`)
    return undefined
  }
  const declared = new Map<string, Json | undefined>()
  for (const [i, tool] of value.entries()) {
    const at = `${path}[${i}]`
    const inner = isObject(tool) ? member(tool, 'function') : undefined
    if (!isObject(tool) || member(tool, 'type') !== 'function' || !isObject(inner)) {
      findings.add('E_TOOLDEF', at, 'a tool is {"type": "function", "function": {"name", "description", "parameters"}}')
      continue
    }
    const name = member(inner, 'name')
    if (typeof name !== 'string' || !NAME.test(name)) {
      findings.add('E_TOOLDEF', `${at}.function.name`, `${quoted(name)} is no name: 1 to 64 of a-z, A-Z, 0-9, _ and -`)
      continue
    }
    for (const key of rules.definition)
      if (member(inner, key) === undefined) findings.add('E_TOOLDEF', `${at}.function.${key}`, `a function needs ${quoted(key)}`)
    const parameters = member(inner, 'parameters')
    if (parameters !== undefined && parameters !== null && !isObject(parameters))
      findings.add('E_TOOLDEF', `${at}.function.parameters`, `parameters are a JSON Schema, not ${quoted(parameters)}`)
    declared.set(name, parameters)
  }
  return declared
}

/** Follows the calls of one conversation; told of each message in order. */
export class CallTracker {
  readonly #rules: ToolRules
  readonly #declared: Declared
  readonly #findings: Findings
  /** Ids that were called and not answered, with where. */
  readonly #open = new Map<string, string>()
  #calls = 0

  constructor(rules: ToolRules, declared: Declared, findings: Findings) {
    this.#rules = rules
    this.#declared = declared
    this.#findings = findings
  }

  /** The calls of one assistant message; true when there is at least one that looks like a call. */
  calls(value: Json | undefined, path: string): boolean {
    if (value === undefined || value === null) return false
    if (!isArray(value)) {
      this.#findings.add('E_TYPE', path, `tool_calls must be a list, not ${quoted(value)}`)
      return false
    }
    for (const [i, call] of value.entries()) this.#call(call, `${path}[${i}]`)
    return value.length > 0
  }

  #call(call: Json, path: string): void {
    const findings = this.#findings
    if (!isObject(call)) return findings.add('E_TYPE', path, `a call is an object, not ${quoted(call)}`)
    if (this.#calls++ === 0 && this.#declared === undefined)
      findings.add('W_TOOLS', path, 'a tool is called and the row declares none', 'add the definition under "tools"')
    const type = member(call, 'type')
    if (type !== 'function' && (type !== undefined || this.#rules.ids === 'required'))
      findings.add(type === undefined ? 'E_MISSING' : 'E_TYPE', `${path}.type`, 'the type of a call is "function"')
    this.#id(member(call, 'id'), `${path}.id`)
    const inner = member(call, 'function')
    if (!isObject(inner)) return findings.add('E_MISSING', `${path}.function`, 'a call holds {"name", "arguments"} under "function"')
    const name = member(inner, 'name')
    if (typeof name !== 'string' || name === '')
      return findings.add('E_MISSING', `${path}.function.name`, 'the name of the function is missing')
    const given = this.#arguments(inner, `${path}.function.arguments`)
    if (!this.#declared) return
    if (!this.#declared.has(name))
      return findings.add('E_TOOLNAME', `${path}.function.name`, `${quoted(name)} is not among the tools of the row`)
    const found = given && mismatch(given, this.#declared.get(name), `${path}.function.arguments`)
    if (found) findings.add('E_SCHEMA', found.path, found.message)
  }

  #id(id: Json | undefined, path: string): void {
    const { ids, idForm } = this.#rules
    if (id === undefined || id === null) {
      if (ids === 'required') this.#findings.add('E_MISSING', path, 'the id of the call is missing')
      return
    }
    if (typeof id !== 'string') return this.#findings.add('E_TYPE', path, `an id is a text, not ${quoted(id)}`)
    if (idForm && !idForm.pattern.test(id)) this.#findings.add('E_CALLID', path, `${quoted(id)} is no id: ${idForm.says}`)
    if (this.#open.has(id)) this.#findings.add('E_TOOLREF', path, `the id ${quoted(id)} is used twice`)
    this.#open.set(id, path)
  }

  #arguments(inner: JsonObject, path: string): JsonObject | undefined {
    const value = member(inner, 'arguments')
    const wanted = this.#rules.arguments
    const refuse = (message: string, hint?: string) => void this.#findings.add('E_ARGS', path, message, hint)
    if (value === undefined) return refuse('the arguments are missing')
    if (typeof value !== 'string') {
      if (wanted === 'text')
        return refuse(`arguments are a text of JSON, not ${quoted(value)}`, 'write them with JSON.stringify (json.dumps)')
      return isObject(value) ? value : refuse(`arguments are an object, not ${quoted(value)}`)
    }
    if (wanted === 'object') return refuse('arguments are an object here, not a text', 'parse them: JSON.parse (json.loads)')
    const parsed = parse(value)
    if (parsed === undefined) return refuse('the text of the arguments is no JSON')
    if (typeof parsed === 'string' && isObject(parse(parsed))) return refuse('the arguments are encoded twice', 'encode them once')
    return isObject(parsed) ? parsed : refuse(`the text of the arguments holds ${quoted(parsed)}, not an object`)
  }

  /** A tool's result. */
  result(message: JsonObject, path: string): void {
    const id = member(message, 'tool_call_id')
    if (id === undefined || id === null) {
      if (this.#rules.ids === 'required') this.#findings.add('E_MISSING', `${path}.tool_call_id`, 'a result names the call it answers')
      else if (this.#calls === 0) this.#findings.add('E_TOOLREF', path, 'a result with no call before it')
      return
    }
    if (typeof id !== 'string') return this.#findings.add('E_TYPE', `${path}.tool_call_id`, `an id is a text, not ${quoted(id)}`)
    const { idForm } = this.#rules
    if (idForm && !idForm.pattern.test(id)) this.#findings.add('E_CALLID', `${path}.tool_call_id`, `${quoted(id)} is no id: ${idForm.says}`)
    if (!this.#open.delete(id)) this.#findings.add('E_TOOLREF', `${path}.tool_call_id`, `no call before has the id ${quoted(id)}`)
  }

  /** Somebody speaks: calls before must have their results. A conversation may end with a call. */
  spoken(): void {
    for (const [id, path] of this.#open)
      this.#findings.add('E_TOOLREF', path, `the call ${quoted(id)} has no result before the conversation goes on`)
    this.#open.clear()
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
