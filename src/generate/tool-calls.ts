/** The calls of an answer: each names a tool that was offered, with arguments that the tool's own schema accepts. */
import type { Tool, ToolCall } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import { parseAnswer } from './parse.ts'
import { shortText } from './short-text.ts'

export type ParsedCalls =
  | { readonly kind: 'value'; readonly value: JsonObject }
  | {
      readonly kind: 'rejected'
      readonly code: 'unknown-tool' | 'arguments-not-json' | 'arguments-schema' | 'control-characters' | 'bad-call'
      readonly message: string
    }

/** What a tool without parameters takes. */
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} }

/**
 * The value is an assistant's message, `{ content, tool_calls }`. Ids are numbered anew, because those of providers are random and
 * would make another request of every later question; arguments are written as compact JSON.
 */
export function parseCalls(calls: readonly unknown[], content: string | null, tools: readonly Tool[]): ParsedCalls {
  const parsed: ToolCall[] = []
  for (const [i, call] of calls.entries()) {
    const called = (call as { readonly function?: { readonly name?: unknown; readonly arguments?: unknown } } | null)?.function
    const name = called?.name
    if (typeof name !== 'string') return rejected('bad-call', 'the answer has a call without the name of a tool')
    const tool = tools.find((one) => one.function.name === name)
    if (!tool) return rejected('unknown-tool', `the model called "${shortText(name, 60)}", which is none of the tools`)
    const given = argumentsOf(called?.arguments)
    if (given === undefined) return rejected('arguments-not-json', `the arguments of "${name}" are not one JSON object`)
    const read = parseAnswer(given, tool.function.parameters ?? NO_PARAMETERS)
    if (read.kind === 'rejected') {
      const code = read.code === 'schema' ? 'arguments-schema' : read.code === 'control-characters' ? read.code : 'arguments-not-json'
      return rejected(code, `the arguments of "${name}": ${read.message.replace('the answer ', '')}`)
    }
    if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value))
      return rejected('arguments-not-json', `the arguments of "${name}" are not one JSON object`)
    parsed.push({ id: `call_${i + 1}`, type: 'function', function: { name, arguments: JSON.stringify(read.value) } })
  }
  const said = content === null || content.trim() === '' ? null : parseAnswer(content)
  if (said?.kind === 'rejected') return rejected('control-characters', said.message)
  return { kind: 'value', value: { content: said?.value ?? null, tool_calls: parsed as unknown as Json } }
}

/** Some servers send no text for no arguments, and some send the object itself. */
function argumentsOf(given: unknown): string | undefined {
  if (given === undefined || given === null || given === '') return '{}'
  if (typeof given === 'string') return given
  return typeof given === 'object' ? JSON.stringify(given) : undefined
}

function rejected(code: Extract<ParsedCalls, { kind: 'rejected' }>['code'], message: string): ParsedCalls {
  return { kind: 'rejected', code, message: shortText(message) }
}
