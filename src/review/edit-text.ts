/**
 * A conversation as a text that a person edits: a `### role` line before each message. Every example can be written so and comes back as it
 * was; what does not read as one is said with its line.
 */
import type { Example, Message } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { exampleProblem } from './line-text.ts'

/** Lines of a message that would be read as something else get one backslash more. */
const SPECIAL = /^\\*(?:### |(?<=\\)")/
const HEADER = /^### (rejected )?(\S+)(?: (\{.*\}))?\s*$/
/** Beside a tab, nothing that an editor may swallow or turn into something else. */
const UNTYPABLE = /[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u

export function editText(example: Example): string {
  const { messages, rejected = [] } = example as Example & { rejected?: readonly Message[] }
  return [...messages.map((message) => section(message, '')), ...rejected.map((message) => section(message, 'rejected '))].join('\n')
}

function section(message: Message, side: string): string {
  const { role, content, ...rest } = message as Message & JsonObject
  const more = content === null ? { ...rest, content } : rest
  const head = `### ${side}${role}${Object.keys(more).length > 0 ? ` ${JSON.stringify(more)}` : ''}\n`
  return content === null ? head : `${head}${String(content).split('\n').map(escaped).join('\n')}\n`
}

function escaped(line: string, i: number, all: readonly string[]): string {
  // Empty lines at the end of a message do not count, unless they say that they do.
  if (line === '' && i === all.length - 1) return '\\""'
  if (UNTYPABLE.test(line.replaceAll('\t', ''))) return `\\${JSON.stringify(line)}`
  return SPECIAL.test(line) ? `\\${line}` : line
}

/** `line` counts from 1. */
export interface EditProblem {
  readonly line?: number
  readonly problem: string
}

/** What stands in the text takes the place of the original's messages; everything else of it stays. */
export function parseEdit(text: string, original: Example): { readonly example: Example } | { readonly problems: readonly EditProblem[] } {
  const problems: EditProblem[] = []
  const sides: { messages: JsonObject[]; rejected: JsonObject[] } = { messages: [], rejected: [] }
  let open: { readonly message: JsonObject | undefined; readonly body: string[]; readonly line: number } | undefined
  const close = () => {
    if (!open?.message) return
    const { message, body, line } = open
    while (body.at(-1) === '') body.pop()
    if (message['content'] === null && body.length === 0) return
    const plain = body.map(unescaped)
    const wrong = plain.indexOf(undefined)
    const content = plain.join('\n')
    if (wrong >= 0) problems.push({ line: line + 1 + wrong, problem: 'after \\ stands no JSON text' })
    else if (content.trim() === '') problems.push({ line, problem: `the message of the ${String(message['role'])} is empty` })
    Object.assign(message, { content })
  }
  const lines = text
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('### ')) {
      close()
      const made = headed(line)
      if ('problem' in made) problems.push({ line: i + 1, problem: made.problem })
      else sides[made.side].push(made.message)
      open = { message: 'problem' in made ? undefined : made.message, body: [], line: i + 1 }
    } else if (open) open.body.push(line)
    else if (line.trim() !== '') problems.push({ line: i + 1, problem: 'a text stands before the first "### role" line' })
  }
  close()
  if (problems.length > 0) return { problems: problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
  const { rejected: _, ...rest } = original as Example & { rejected?: unknown }
  const example = { ...rest, messages: sides.messages, ...(sides.rejected.length > 0 ? { rejected: sides.rejected } : {}) }
  const problem = exampleProblem(example)
  return problem === undefined ? { example: example as unknown as Example } : { problems: [{ problem }] }
}

const ROLES = ['system', 'user', 'assistant', 'tool']

function headed(line: string): { side: 'messages' | 'rejected'; message: JsonObject } | { problem: string } {
  const [, side, role = '', more] = HEADER.exec(line) ?? []
  if (!ROLES.includes(role)) return { problem: `"${line.trim()}" names no role; a message begins with ### ${ROLES.join(', ### ')}` }
  let fields: JsonObject = {}
  try {
    if (more !== undefined) fields = JSON.parse(more) as JsonObject
  } catch {
    return { problem: 'what follows the role is not JSON' }
  }
  return { side: side ? 'rejected' : 'messages', message: { role, content: '', ...without(fields) } }
}

/** Who speaks is said before the braces. */
function without({ role: _, ...fields }: JsonObject): JsonObject {
  return fields
}

/** Undefined for a line that says it is JSON and is not. */
function unescaped(line: string): string | undefined {
  if (line.startsWith('\\"')) {
    try {
      const text: unknown = JSON.parse(line.slice(1))
      return typeof text === 'string' ? text : undefined
    } catch {
      return undefined
    }
  }
  return /^\\+(?:### |(?<=\\\\)")/.test(line) ? line.slice(1) : line
}
