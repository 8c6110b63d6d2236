/** An example as a judge is shown it: material between marks, of which no line can pass for the judge's task. */
import { hash } from 'node:crypto'
import type { Example, Message } from '../../schema/config.ts'

/** A part of what is shown, under a heading of its own where it has one. */
export interface ShownPart {
  readonly heading?: string
  readonly messages: readonly Message[]
}

const MARK_DIGITS = 12

/** Every line of the example begins with a bar, and the ends carry a digest of it: nothing within can pass for something outside. */
export function fenced(tools: Example['tools'], shown: readonly ShownPart[]): string {
  const parts = [
    ...(tools === undefined ? [] : [`Tools the assistant had:\n${barred(JSON.stringify(tools))}`]),
    ...shown.flatMap(({ heading, messages }) => [...(heading === undefined ? [] : [heading]), ...messages.map(messageText)]),
  ].join('\n')
  const mark = hash('sha256', parts).slice(0, MARK_DIGITS)
  return `The example stands between the two marks ${mark}; each of its lines begins with a bar.\n\n=== ${mark}\n${parts}\n=== ${mark}`
}

function messageText({ role, content, tool_calls: calls }: Message): string {
  const called = calls === undefined ? [] : [barred(JSON.stringify(calls.map((call) => call.function)))]
  return [`${role}:`, ...(content === null ? [] : [barred(content)]), ...called].join('\n')
}

function barred(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029\u0085]/)
    .map((line) => `| ${line}`)
    .join('\n')
}
