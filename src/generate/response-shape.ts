/** A body of the Responses API in the shape of a chat completion, so that there is one reader for both. */
import { type Own, own, plain } from './stream/own.ts'

/** Undefined for bodies of other kinds. */
export function isResponse(body: Own): boolean {
  return own(body, 'object') === 'response' || (Array.isArray(own(body, 'output')) && own(body, 'choices') === undefined)
}

/** Statuses of a response that has not ended: nothing of it is an answer yet. */
const UNENDED: ReadonlySet<unknown> = new Set(['queued', 'in_progress', 'cancelled'])

/** The word for a status under which there is no answer; undefined where there is one. */
export function unanswered(body: Own): string | undefined {
  const status = own(body, 'status')
  if (UNENDED.has(status)) return String(status)
  return status === 'failed' ? 'failed' : undefined
}

/** What the model said, refused and called; reasoning and calls of the provider's own tools stay out. */
export function asChat(body: Own): { readonly finish: unknown; readonly message: Own } {
  const output = own(body, 'output')
  const items = Array.isArray(output) ? output.filter(plain) : []
  const parts = items.flatMap((item) => (own(item, 'type') === 'message' ? partsOf(item) : []))
  const said = (type: string, field: string) => parts.flatMap((part) => (own(part, 'type') === type ? [own(part, field)] : []))
  const texts = said('output_text', 'text')
  const refusals = said('refusal', 'refusal')
  const calls = items.flatMap((item) => (own(item, 'type') === 'function_call' ? [callOf(item)] : []))
  return {
    finish: finishOf(body, calls.length > 0),
    message: {
      // One part that is no text makes the whole none.
      content: texts.length === 0 ? null : texts.every((text) => typeof text === 'string') ? texts.join('') : texts,
      ...(refusals.length > 0 ? { refusal: refusals.map(String).join('') || 'refused' } : {}),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    },
  }
}

function partsOf(item: Own): readonly Own[] {
  const content = own(item, 'content')
  if (typeof content === 'string') return [{ type: 'output_text', text: content }]
  return Array.isArray(content) ? content.filter(plain) : []
}

function callOf(item: Own): Own {
  return { id: own(item, 'call_id'), type: 'function', function: { name: own(item, 'name'), arguments: own(item, 'arguments') } }
}

/** Why a response is incomplete, in the words of a chat's `finish_reason`. */
const CUT: ReadonlyMap<unknown, string> = new Map([
  ['max_output_tokens', 'length'],
  ['content_filter', 'content_filter'],
])

function finishOf(body: Own, calls: boolean): unknown {
  const status = own(body, 'status')
  if (status === 'completed') return calls ? 'tool_calls' : 'stop'
  if (status !== 'incomplete') return status
  const details = own(body, 'incomplete_details')
  const reason = plain(details) ? own(details, 'reason') : undefined
  return CUT.get(reason) ?? `incomplete: ${String(reason)}`
}
