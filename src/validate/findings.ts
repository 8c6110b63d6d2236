/** What is wrong in a row, collected with its place inside it. */
import type { Code } from './codes.ts'

/** One remark. */
export interface RowFinding {
  readonly code: Code
  /** As in JavaScript: `messages[2].tool_calls[0].id`; empty for the row as a whole. */
  readonly path: string
  /** One sentence without a full stop. */
  readonly message: string
  readonly hint?: string
}

/** A row with a hundred thousand bad messages says nothing more by a longer list. */
const MOST_PER_ROW = 100

export class Findings {
  readonly list: RowFinding[] = []

  add(code: Code, path: string, message: string, hint?: string): void {
    if (this.list.length < MOST_PER_ROW) this.list.push({ code, path, message, ...(hint === undefined ? {} : { hint }) })
  }
}

/** Something a person or model wrote, short enough for a message. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : String(value).slice(0, 40)
}

/** `a`, `a or b`, `a, b or c`. */
export function anyOf(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
