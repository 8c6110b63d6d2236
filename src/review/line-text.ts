/** A verdict as one line of canonical JSON, and back; what is not one is said in words. */
import type { Example, Message } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { canonicalText, NotCanonical } from '../key/canonical.ts'
import { safeJson } from '../util/safe-json.ts'
import { suggest } from '../util/suggest.ts'
import type { Coordinates, Verdict } from './verdict.ts'

// A line is compared with others again and again, and never changes.
const written = new WeakMap<Verdict, string>()

/** Equal verdicts give equal lines: members are sorted, what is usual is left out, and nothing in it can confuse a terminal. */
export function lineText(line: Verdict): string {
  const known = written.get(line)
  if (known !== undefined) return known
  const text = textOf(line)
  written.set(line, text)
  return text
}

function textOf(line: Verdict): string {
  const fields: Record<string, unknown> = { ...line }
  if (line.revision === 1) delete fields['revision']
  if ('sample' in line && line.sample === 0) delete fields['sample']
  if (line.verdict === 'accept') {
    if (line.over.length === 0) delete fields['over']
    else fields['over'] = [...new Set(line.over)].sort()
  }
  return safeJson(JSON.parse(canonicalText(fields)))
}

/** The verdict, or what is wrong with the line. */
export type ReadLine = { readonly line: Verdict } | { readonly problem: string; readonly hint?: string }

export function readLine(text: string): ReadLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'is not JSON' }
  }
  try {
    if (!isObject(value)) throw new Wrong('is not a JSON object')
    const line = verdictOf(value)
    // Whatever could not be written again is refused now.
    lineText(line)
    return { line }
  } catch (error) {
    if (error instanceof Wrong) return { problem: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
    if (error instanceof NotCanonical) return { problem: `holds ${error.message}` }
    throw error
  }
}

class Wrong extends Error {
  readonly hint: string | undefined
  constructor(problem: string, hint?: string) {
    super(problem)
    this.hint = hint
  }
}

const ROW = ['by', 'revision', 'verdict', 'cell', 'sample']
const FIELDS: { readonly [V in Verdict['verdict']]: readonly string[] } = {
  accept: [...ROW, 'example', 'over', 'scores'],
  reject: [...ROW, 'example', 'reason', 'scores'],
  comment: [...ROW, 'example', 'text', 'scores'],
  score: [...ROW, 'example', 'scores'],
  edit: [...ROW, 'edited', 'was', 'keys'],
  approve: ['by', 'revision', 'verdict', 'batch', 'rows', 'accepted'],
}

function verdictOf(fields: JsonObject): Verdict {
  const verdict = fields['verdict']
  const known = Object.keys(FIELDS)
  if (typeof verdict !== 'string' || !Object.hasOwn(FIELDS, verdict)) {
    const near = typeof verdict === 'string' ? suggest(verdict, known) : undefined
    throw new Wrong(
      verdict === undefined ? 'has no "verdict"' : `has the verdict ${JSON.stringify(verdict)}`,
      near ? `did you mean "${near}"?` : `a verdict is one of ${known.join(', ')}`,
    )
  }
  const kind = verdict as Verdict['verdict']
  for (const name of Object.keys(fields)) {
    if (FIELDS[kind].includes(name)) continue
    const near = suggest(name, FIELDS[kind])
    throw new Wrong(
      `has the field "${name}", which a line of verdict "${kind}" does not have`,
      near ? `did you mean "${near}"?` : undefined,
    )
  }
  const signed = { by: text(fields, 'by'), revision: natural(fields, 'revision', 1, 1) }
  if (kind === 'approve')
    return {
      ...signed,
      verdict: kind,
      batch: text(fields, 'batch'),
      rows: digest(fields, 'rows'),
      accepted: natural(fields, 'accepted', 0),
    }
  const row = { ...signed, cell: cell(fields['cell']), sample: natural(fields, 'sample', 0, 0) }
  if (kind === 'edit')
    return { ...row, verdict: kind, edited: example(fields['edited']), was: digest(fields, 'was'), keys: keys(fields['keys']) }
  const about = { ...row, example: digest(fields, 'example'), ...scores(fields['scores']) }
  switch (kind) {
    case 'accept':
      return { ...about, verdict: kind, over: texts(fields['over'], 'over') }
    case 'reject':
      return { ...about, verdict: kind, reason: text(fields, 'reason') }
    case 'comment':
      return { ...about, verdict: kind, text: text(fields, 'text') }
    case 'score': {
      const { scores: given = {} } = about
      if (Object.keys(given).length === 0) throw new Wrong('needs a level for each criterion in "scores"')
      return { ...about, verdict: kind, scores: given }
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(fields: JsonObject, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value.trim() === '') throw new Wrong(`needs a text in "${name}"`)
  return value
}

function texts(value: unknown, name: string): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw new Wrong(`needs a list of texts in "${name}"`)
  return value
}

function natural(fields: JsonObject, name: string, least: number, usual?: number): number {
  const value = fields[name] ?? usual
  if (!Number.isSafeInteger(value) || (value as number) < least) throw new Wrong(`needs a whole number from ${least} in "${name}"`)
  return value as number
}

function digest(fields: JsonObject, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || !/^[0-9a-f]{32}$/.test(value)) throw new Wrong(`needs 32 hex digits in "${name}"`)
  return value
}

function cell(value: unknown): Coordinates {
  if (!isObject(value) || !Object.values(value).every((id) => typeof id === 'string'))
    throw new Wrong('needs the values of its cell in "cell"', 'for example {"topic":"refund"}')
  return value as Coordinates
}

function keys(value: unknown): { [step: string]: string } {
  if (!isObject(value) || !Object.values(value).every((key) => typeof key === 'string' && /^[0-9a-f]{16}$/.test(key)))
    throw new Wrong('needs 16 hex digits for each step in "keys"')
  return value as { [step: string]: string }
}

function scores(value: unknown): { scores?: { [criterion: string]: number | string } } {
  if (value === undefined) return {}
  if (!isObject(value) || !Object.values(value).every((level) => typeof level === 'string' || typeof level === 'number'))
    throw new Wrong('needs a level for each criterion in "scores"')
  return { scores: value as { [criterion: string]: number | string } }
}

function example(value: unknown): Example {
  const problem = exampleProblem(value)
  if (problem !== undefined) throw new Wrong(`has an edited example that cannot be a row: ${problem}`)
  const { messages, rejected, tools, ...rest } = value as unknown as Example
  // A line has its members sorted; who compares texts of rows expects them as recipes make them.
  return {
    messages: messages.map(inOrder),
    ...(rejected ? { rejected: rejected.map(inOrder) } : {}),
    ...(tools ? { tools } : {}),
    ...rest,
  }
}

function inOrder({ role, content, tool_calls: calls, tool_call_id: id, ...rest }: Message): Message {
  return {
    role,
    content,
    ...(calls
      ? {
          tool_calls: calls.map(({ id: call, type, function: { name, arguments: given } }) => ({
            id: call,
            type,
            function: { name, arguments: given },
          })),
        }
      : {}),
    ...(id === undefined ? {} : { tool_call_id: id }),
    ...rest,
  }
}

function isCalls(value: unknown): boolean {
  return Array.isArray(value) && value.every((call) => isObject(call) && isObject(call['function']))
}

/** Why a value cannot be the text of a row; the same rules as for what a recipe makes. */
export function exampleProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'it is not an object'
  const { messages, rejected } = value as { messages?: unknown; rejected?: unknown }
  if (!Array.isArray(messages) || messages.length === 0) return 'it has no messages'
  if (rejected !== undefined && (!Array.isArray(rejected) || rejected.length === 0)) return 'its rejected side has no messages'
  for (const [side, all] of [
    ['messages', messages],
    ['rejected', rejected ?? []],
  ] as const) {
    for (const [i, message] of (all as unknown[]).entries()) {
      const at = `${side}[${i}]`
      if (!isObject(message)) return `${at} is not an object`
      const { role, content } = message as { role?: unknown; content?: unknown }
      if (role !== 'system' && role !== 'user' && role !== 'assistant' && role !== 'tool')
        return `${at} has the role ${JSON.stringify(role)}`
      const given = (message as { tool_calls?: unknown }).tool_calls
      if (given !== undefined && !isCalls(given)) return `${at} has tool calls that are none`
      const calls = given !== undefined
      if (calls && (content === null || content === '')) continue
      if (typeof content !== 'string' || content.trim() === '') return `${at} (${role}) is empty`
    }
    if (all.length > 0 && (all as JsonObject[]).at(-1)?.['role'] !== 'assistant') return 'the last message is not from the assistant'
  }
  return undefined
}
