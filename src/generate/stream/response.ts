/** The stream of a response: its last event carries the whole of it. */
import { type Own, own, plain } from './own.ts'

const LAST: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled'])

/** Undefined when the stream ended before its answer. */
export function foldResponse(events: readonly Own[]): Own | undefined {
  const response = events.flatMap((event) => (LAST.has(own(event, 'type')) ? [own(event, 'response')] : [])).find(plain)
  if (!response) return undefined
  const output = own(response, 'output')
  if (Array.isArray(output) && output.length > 0) return response
  // Some servers leave out at the end what they have sent before.
  const items = events.flatMap((event) => (own(event, 'type') === 'response.output_item.done' ? [own(event, 'item')] : []))
  return { ...response, output: items }
}
