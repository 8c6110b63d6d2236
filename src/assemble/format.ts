/** The seam to whoever reads the files: how an example becomes rows, and what a format asks of it beside its rules. */
import type { Example, Message, OutputFormat } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { answerStart } from '../config/answer-start.ts'
import { FORMAT_RULES } from '../config/formats.ts'

/** An output format. */
export interface Format {
  /** Member order is fixed, so equal examples give equal bytes. */
  readonly rows: (example: Example) => readonly JsonObject[]
  readonly rowsPerExample: number
  /** Why an example cannot be such a row, as a sentence without its head; undefined when it can. */
  readonly problem: (example: Example) => string | undefined
}

/** A format with one row for each example. */
export function oneRow(format: OutputFormat, row: (example: Example) => JsonObject, more: Format['problem'] = () => undefined): Format {
  return { rows: (example) => [row(example)], rowsPerExample: 1, problem: (example) => breaksRules(format, example) ?? more(example) }
}

export function breaksRules(format: OutputFormat, example: Example): string | undefined {
  const { pair, tools, turns } = FORMAT_RULES[format]
  if (pair && example.rejected === undefined) return 'it has no rejected answer'
  if (!tools && usesTools(example)) return 'it has tool calls'
  if (turns === 'one' && count(example, 'user') + count(example, 'assistant') !== 2) return 'it is not one question and one answer'
  return undefined
}

function count({ messages }: Example, role: Message['role']): number {
  return messages.reduce((sum, message) => sum + (message.role === role ? 1 : 0), 0)
}

export function usesTools({ messages, rejected, tools }: Example): boolean {
  return (
    tools !== undefined || [...messages, ...(rejected ?? [])].some(({ role, tool_calls }) => role === 'tool' || tool_calls !== undefined)
  )
}

/** A pair of conversations: what they share, and how each goes on. */
export function pairOf(example: Example): { prompt: readonly Message[]; chosen: readonly Message[]; rejected: readonly Message[] } {
  const start = answerStart(example)
  return { prompt: example.messages.slice(0, start), chosen: example.messages.slice(start), rejected: example.rejected ?? [] }
}

/** For formats where each side of a pair is one message. */
export function oneMessageEach(example: Example): string | undefined {
  const { chosen, rejected } = pairOf(example)
  return chosen.length === 1 && rejected.length === 1 ? undefined : 'its answers are not one message each'
}

/** The text of a leading system message, and all that follows it. */
export function withoutSystem(messages: readonly Message[]): { system?: string; turns: readonly Message[] } {
  const [first, ...turns] = messages
  return first?.role === 'system' ? { system: String(first.content), turns } : { turns: messages }
}

/** For formats that know a system message only at the beginning. */
export function oneSystem({ messages }: Example): string | undefined {
  return messages.slice(1).some(({ role }) => role === 'system') ? 'it has a system message in the middle' : undefined
}

/** For formats that want user and assistant in turn, from the user on. */
export function inTurn(example: Example): string | undefined {
  const { turns } = withoutSystem(example.messages)
  const isRight = turns.every(({ role }, i) => role === (i % 2 === 0 ? 'user' : 'assistant'))
  return isRight ? undefined : 'user and assistant do not take turns'
}
