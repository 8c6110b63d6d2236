/** What a 2xx body is worth: a 200 proves nothing until its choices, finish reason and content have been looked at. */
import { isAscii } from 'node:buffer'
import { failureOfError, isFiltered } from './failure.ts'
import { filteredMessage, PROMPT_FILTERED } from './filtered.ts'
import { asChat, isResponse, unanswered } from './response-shape.ts'
import { shortText } from './short-text.ts'
import { isEventStream } from './stream/events.ts'
import { fold } from './stream/fold.ts'
import { plain as isObject, type Own, own } from './stream/own.ts'
import { readUsage, type TokenUsage, usageInBroken } from './usage.ts'
import { vectorIn } from './vector-answer.ts'

export type Envelope = Completion | Rejection | Worthless

/** A whole answer. */
export interface Completion extends Answered {
  readonly kind: 'completion'
  readonly content: string
  readonly finish: string
  /** The content is a vector as base64: the answer of the Embeddings API. */
  readonly vector?: true
}

/** An answer that was given and billed but cannot be used; asking again is another attempt. */
export interface Rejection extends Answered {
  readonly kind: 'rejected'
  /**
   * `cut-off`, `content-filter`, `refusal`, `tool-calls`, `null-content`, `empty-content`, `not-text`, `no-finish`, `unknown-finish`;
   * `prompt-filtered`: no model saw the question.
   */
  readonly code: string
  readonly message: string
  /** What it says all the same, where the server does not count the words. */
  readonly said?: string
  /** The same question would meet the same: no further attempt is made. */
  readonly final?: true
}

/** No answer at all: nothing to keep. */
export interface Worthless {
  readonly kind: 'transient' | 'refused' | 'fatal'
  readonly code: string
  readonly message: string
  /** What it took all the same, where the server says so: that was billed. */
  readonly usage?: TokenUsage
  /** No error in a server's own words: only the bytes can tell what it is. */
  readonly strange?: true
  /** An answer had begun, of which the server says no numbers: what was written of it may be billed. */
  readonly begun?: true
}

interface Answered {
  /** The model that says it answered; empty if it does not say. */
  readonly model: string
  readonly id: string
  /** Undefined when the server's numbers are missing or cannot be true. */
  readonly usage?: TokenUsage
  /** Which of its tiers the server says it answered in: each has a price of its own. */
  readonly serviceTier?: string
  /** What the model calls, as it came; never empty. */
  readonly calls?: readonly unknown[]
  /** What it says beside its calls. */
  readonly beside?: string
}

/** Whether the body was paid for and goes into the store; everything else may be asked again. */
export function keeps(envelope: Envelope): envelope is Completion | Rejection {
  return envelope.kind === 'completion' || envelope.kind === 'rejected'
}

/** `stop` is OpenAI's; `eos` is Together's and older text-generation servers' word for the same. */
const GOOD_FINISH: ReadonlySet<string> = new Set(['stop', 'eos'])

/** The server gave up in the middle (OpenRouter; DeepSeek): not an answer. */
const BROKEN_FINISH: ReadonlySet<string> = new Set(['error', 'insufficient_system_resource'])

const NOTHING_USED: TokenUsage = { input: 0, output: 0, cachedInput: 0 }

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** Reads a body; pure, and safe for every sequence of bytes. */
export function readEnvelope(raw: Uint8Array): Envelope {
  if (raw.length === 0) return worthless('empty-body', 'the server answered 200 with an empty body')
  const text = textOf(raw)
  if (text === undefined) return worthless('invalid-utf8', 'the answer is not valid UTF-8')
  if (text.trim() === '') return worthless('empty-body', 'the server answered 200 with an empty body')
  if (/^\s*</.test(text)) return worthless('html', `the server answered with a web page, not JSON${pageTitle(text)}`)
  if (isEventStream(text)) return readStream(text)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return billed(worthless('truncated-json', `the answer is not whole JSON (${raw.length} bytes)`), usageInBroken(text))
  }
  if (!isObject(body))
    return worthless(
      'no-choices',
      `the answer is ${Array.isArray(body) ? 'an array' : `${body === null ? 'null' : `a ${typeof body}`}`}, not a completion`,
    )
  return readWhole(body)
}

function readWhole(body: Own): Envelope {
  const envelope = readBody(body)
  return keeps(envelope) ? envelope : billed(envelope, readUsage(own(body, 'usage'), false))
}

/** Streams are put together where they arrive; one that could not be is told here what it lacks. */
function readStream(text: string): Envelope {
  const folded = fold(text)
  return folded.kind === 'body' ? readWhole(folded.body) : billed(worthless(folded.code, folded.message), folded.usage)
}

/** A streamed answer as one body, byte for byte the same however it was cut up; bytes of any other kind as they are. */
export function unstreamed(raw: Uint8Array): Uint8Array {
  const text = textOf(raw)
  if (text === undefined || !isEventStream(text)) return raw
  const folded = fold(text)
  if (folded.kind !== 'body') return raw
  try {
    return Buffer.from(JSON.stringify(folded.body))
  } catch {
    // Nested deeper than the stack: then it stays as it came, and is read as that.
    return raw
  }
}

function billed(envelope: Worthless, usage: TokenUsage | undefined): Worthless {
  return usage ? { ...envelope, usage } : envelope
}

/** Undefined for what is not UTF-8. Most answers are ASCII, for which there is a way that takes a third of the time. */
function textOf(raw: Uint8Array): string | undefined {
  if (isAscii(raw)) return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
  try {
    return UTF8.decode(raw)
  } catch {
    return undefined
  }
}

function readBody(body: Own): Envelope {
  const error = own(body, 'error')
  if (error !== undefined && error !== null) return readError(body, error)
  // vLLM's own errors, and those of servers made from it.
  if (own(body, 'object') === 'error') return readError(body, body)
  const vector = own(body, 'choices') === undefined ? vectorIn(own(body, 'data')) : undefined
  if (vector !== undefined) return readVector(body, vector)
  if (isResponse(body)) return readResponseBody(body)
  const choices = own(body, 'choices')
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
  const message = isObject(choice) ? own(choice, 'message') : undefined
  if (!isObject(choice) || !isObject(message)) return worthless('no-choices', 'the answer has no choices')
  if (isObject(own(choice, 'error'))) return failureOfError(own(choice, 'error'))
  return readChoice(body, choice, message)
}

/** A filter's no is an answer to remember, whatever status it came with; every other error is none. */
function readError(body: Own, error: unknown): Envelope {
  const failure = failureOfError(error)
  if (!isFiltered(failure)) return own(body, 'pieces') === undefined ? failure : { ...failure, begun: true }
  const usage = readUsage(own(body, 'usage'), false) ?? NOTHING_USED
  return { kind: 'rejected', code: PROMPT_FILTERED, message: filteredMessage(error), final: true, model: '', id: '', usage }
}

function readVector(body: Own, content: string): Completion {
  const told = own(body, 'usage')
  // Nothing is said, so only the prompt is counted.
  const usage = isObject(told) ? readUsage({ ...told, completion_tokens: 0 }, false) : undefined
  return {
    kind: 'completion',
    content,
    finish: 'stop',
    vector: true,
    model: shortText(textIn(own(body, 'model'))),
    id: '',
    ...(usage ? { usage } : {}),
  }
}

function readResponseBody(body: Own): Envelope {
  const status = unanswered(body)
  if (status === 'failed') return worthless('error-in-body', 'the server answered 200 with a response that failed')
  if (status !== undefined) return worthless('not-ended', `the server answered 200 with a response that is ${status.replace('_', ' ')}`)
  const { finish, message } = asChat(body)
  return readMessage(body, finish, message)
}

function readChoice(body: Own, choice: Own, message: Own): Envelope {
  return readMessage(body, own(choice, 'finish_reason'), message)
}

function readMessage(body: Own, finish: unknown, message: Own): Envelope {
  const content = textOfParts(own(message, 'content'))
  const refusal = own(message, 'refusal')
  if (typeof finish === 'string' && BROKEN_FINISH.has(finish))
    return worthless('error-in-body', 'the server stopped in the middle of the answer')

  const usage = readUsage(own(body, 'usage'), typeof content === 'string' && content !== '')
  const tier = own(body, 'service_tier')
  const called = own(message, 'tool_calls')
  const calls = Array.isArray(called) && called.length > 0 ? { calls: called as readonly unknown[] } : {}
  const answered: Answered = {
    model: shortText(textIn(own(body, 'model'))),
    id: shortText(textIn(own(body, 'id'))),
    ...(usage ? { usage } : {}),
    ...(typeof tier === 'string' && tier !== '' ? { serviceTier: shortText(tier, 40) } : {}),
    ...calls,
    ...(calls.calls && typeof content === 'string' && content.trim() !== '' ? { beside: content } : {}),
  }
  const words = textIn(content) + textIn(refusal)
  const said = usage || words === '' ? {} : { said: words }
  const rejected = (code: string, what: string): Rejection => ({ kind: 'rejected', code, message: what, ...answered, ...said })

  if (finish === 'length') return rejected('cut-off', 'the answer was cut off at its token limit')
  if (finish === 'content_filter') return rejected('content-filter', "the provider's content filter stopped the answer")
  if (typeof refusal === 'string' && refusal !== '') return rejected('refusal', 'the model refused')
  // A text that ended as texts do is an answer, whatever stands beside it.
  const ended = typeof finish === 'string' && GOOD_FINISH.has(finish)
  if (calls.calls && !(ended && typeof content === 'string' && content.trim() !== ''))
    return rejected('tool-calls', 'the model called a tool instead of answering')
  if (typeof content !== 'string') {
    if (isObject(own(message, 'function_call'))) return rejected('tool-calls', 'the model called a tool instead of answering')
    if (content === null || content === undefined) return rejected('null-content', 'the answer has no content')
    return rejected('not-text', 'the content of the answer is not a text')
  }
  if (content.trim() === '') return rejected('empty-content', 'the content of the answer is empty')
  if (typeof finish !== 'string') return rejected('no-finish', 'the answer does not say why it ended')
  if (!GOOD_FINISH.has(finish)) return rejected('unknown-finish', `the answer ended for an unknown reason, "${shortText(finish, 40)}"`)
  return { kind: 'completion', content, finish, ...answered }
}

/** Parts that are thought and not said. */
const THOUGHT: ReadonlySet<unknown> = new Set(['thinking', 'reasoning', 'redacted_thinking'])

/** Some models answer in parts, of which the first are what they thought (Mistral's Magistral); parts that are neither are no text. */
function textOfParts(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  const texts: string[] = []
  for (const part of content) {
    const text: unknown = isObject(part) ? own(part, 'text') : part
    if (typeof text === 'string' && (!isObject(part) || own(part, 'type') === 'text')) texts.push(text)
    else if (!isObject(part) || !THOUGHT.has(own(part, 'type'))) return content
  }
  return texts.length > 0 ? texts.join('') : content
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')

const worthless = (code: string, message: string): Worthless => ({ kind: 'transient', code, message, strange: true })

function pageTitle(html: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(html.slice(0, 4096))?.[1]
  return title ? `: "${shortText(title, 80)}"` : ''
}
