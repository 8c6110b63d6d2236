/** A filter's no to a prompt: kept like an answer, because the same question would meet the same, and no model was asked. */
import type { Completion, Rejection } from './envelope.ts'
import { failureOfError, isFiltered } from './failure.ts'
import type { Failure } from './provider.ts'
import { redactor } from './redact.ts'
import { shortText } from './short-text.ts'
import { own, plain } from './stream/own.ts'

/** Code of the rejection. */
export const PROMPT_FILTERED = 'prompt-filtered'

// Azure's findings take a few hundred bytes; OpenRouter quotes what it objects to.
const LONGEST_BODY_BYTES = 64 * 1024

const redact = redactor([])

/** No model has seen the question: the answer shows nothing of one. */
export function isUnread(answer: Completion | Rejection): boolean {
  return answer.kind === 'rejected' && answer.code === PROMPT_FILTERED
}

/** For people: what the filter says, and what it found. */
export function filteredMessage(error: unknown): string {
  const said = plain(error) ? own(error, 'message') : error
  const found = findings(error)
  const words = [typeof said === 'string' ? redact(said) : '', found.length > 0 ? `(${found.join(', ')})` : '']
  return shortText(
    ["the provider's filter did not let the prompt through", words.join(' ').trim()].filter(Boolean).join(': '),
    LONGEST_MESSAGE,
  )
}

// Azure's own words for it take 230.
const LONGEST_MESSAGE = 400

/** The body as it is kept: as it came, unless it is no such error without its status, or holds a secret. */
export function filteredBody({ message }: Failure, body: Uint8Array, clean: (text: string) => string): Uint8Array {
  const text = body.length > LONGEST_BODY_BYTES ? '' : Buffer.from(body).toString()
  return clean(text) === text && saysFiltered(text) ? body : Buffer.from(JSON.stringify({ error: { code: 'content_filter', message } }))
}

function saysFiltered(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text)
    return plain(body) && plain(own(body, 'error')) && isFiltered(failureOfError(own(body, 'error')))
  } catch {
    return false
  }
}

/** What Azure's filter found, by category, and OpenRouter's moderation. */
function findings(error: unknown): string[] {
  const within = (value: unknown, name: string): unknown => (plain(value) ? own(value, name) : undefined)
  const result = within(within(error, 'innererror'), 'content_filter_result')
  const categories = plain(result)
    ? Object.entries(result).filter(([, one]) => within(one, 'filtered') === true || within(one, 'detected') === true)
    : []
  const reasons = within(within(error, 'metadata'), 'reasons')
  return [
    ...categories.map(([name, one]) => [name, within(one, 'severity')].filter((word) => typeof word === 'string').join(' ')),
    ...(Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : []),
  ]
}
