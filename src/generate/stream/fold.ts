/**
 * A streamed answer put together to the body that the same answer has when it is not streamed: nothing of it is judged here,
 * and no field is lost, only where the pieces began and ended. Pure, and safe for every text.
 */
import { readUsage, type TokenUsage } from '../usage.ts'
import { foldChat } from './chat.ts'
import { readEvents } from './events.ts'
import { type Own, own, plain } from './own.ts'
import { foldResponse } from './response.ts'

export type Folded =
  | { readonly kind: 'body'; readonly body: Own }
  | { readonly kind: 'broken'; readonly code: 'incomplete-stream' | 'bad-stream'; readonly message: string; readonly usage?: TokenUsage }

export function fold(text: string): Folded {
  const { chunks, done, bad } = readEvents(text)
  const events = chunks.filter(plain)
  const failed = events.find((event) => isError(event))
  if (failed) return { kind: 'body', body: { error: own(failed, 'error') ?? failed, ...begun(events.slice(0, events.indexOf(failed))) } }
  if (bad || events.length < chunks.length) return broken('bad-stream', 'the stream holds an event that is not JSON', events)
  const isResponse = events.some((event) => typeof own(event, 'type') === 'string' && String(own(event, 'type')).startsWith('response.'))
  const body = isResponse ? foldResponse(events) : foldChat(events, done)
  return body ? { kind: 'body', body } : broken('incomplete-stream', 'the stream ended in the middle of the answer', events)
}

/** How many pieces of an answer came before it broke off: those were written, and may be billed. Not what they said: that is no answer. */
function begun(events: readonly Own[]): { readonly pieces?: number } {
  const pieces = events.filter((event) => Array.isArray(own(event, 'choices')) || String(own(event, 'type')).endsWith('.delta')).length
  return pieces > 0 ? { pieces } : {}
}

/** OpenRouter puts an error where a choice would be; the Responses API sends an event of its own. */
function isError(event: Own): boolean {
  const error = own(event, 'error')
  return (error !== undefined && error !== null) || own(event, 'type') === 'error'
}

function broken(code: 'incomplete-stream' | 'bad-stream', message: string, events: readonly Own[]): Folded {
  const usage = events.map((event) => readUsage(own(event, 'usage'), false)).findLast((one) => one !== undefined)
  return { kind: 'broken', code, message, ...(usage ? { usage } : {}) }
}
