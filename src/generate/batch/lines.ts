/** Lines of the Batch API's files: a request with the name its result comes back under, and a result. */
import type { JsonObject } from '../../../schema/json.ts'
import { type Envelope, keeps, readEnvelope } from '../envelope.ts'
import { failureOfError, failureOfStatus, isFiltered } from '../failure.ts'
import { filteredBody } from '../filtered.ts'
import type { Failure } from '../provider.ts'
import { redactor } from '../redact.ts'
import { shortText } from '../short-text.ts'

/** One line, without its end. The body is as it would go over the wire online, in the same order. */
export function requestLine(name: string, url: string, body: JsonObject): string {
  return JSON.stringify({ custom_id: name, method: 'POST', url, body })
}

export type Result =
  | {
      readonly kind: 'answer'
      /** The body of the response: what an online call would have brought. */
      readonly raw: Uint8Array
      readonly envelope: Extract<Envelope, { kind: 'completion' | 'rejected' }>
    }
  | { readonly kind: 'failure'; readonly failure: Failure }

/** Undefined for a line that names nobody. */
export function readResult(line: string, host: string): { readonly name: string; readonly result: Result } | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const name = own(value, 'custom_id')
  return typeof name === 'string' ? { name, result: resultOf(value, host) } : undefined
}

/** What servers call a request that the job's end came before. */
const UNDONE: ReadonlyMap<string, string> = new Map([
  ['batch_expired', 'the job expired before it was answered'],
  ['batch_cancelled', 'the job was cancelled before it was answered'],
])

const redact = redactor([])

function resultOf(value: unknown, host: string): Result {
  const response = own(value, 'response')
  const error = own(value, 'error')
  if (!isObject(response)) {
    const code = own(error, 'code')
    const undone = typeof code === 'string' ? UNDONE.get(code) : undefined
    if (undone !== undefined) return failed({ kind: 'transient', code: String(code).replace('batch_', ''), message: undone })
    const { kind, code: what, message } = failureOfError(error ?? {})
    return failed({ kind, code: what, message: message.replace('answered 200 with an error inside', 'did not answer it') })
  }
  const status = own(response, 'status_code')
  const body = own(response, 'body')
  let raw: Uint8Array = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? ''))
  if (typeof status === 'number' && (status < 200 || status >= 300)) {
    const failure = failureOfStatus({ status, body, header: () => undefined, host, redact })
    if (!isFiltered(failure)) return failed(failure)
    raw = filteredBody(failure, raw, redact)
  }
  const envelope = readEnvelope(raw)
  if (keeps(envelope)) return { kind: 'answer', raw, envelope }
  return failed({ kind: envelope.kind, code: envelope.code, message: shortText(envelope.message) })
}

function failed(failure: Failure): Result {
  return { kind: 'failure', failure }
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
