/**
 * What a provider's error means: classified by `error.code`, then `error.type`, then the HTTP status,
 * because one status is many things (a 429 may mean "wait a second" or "your money is gone").
 */
import { blamedParameter, validatorWords } from './blamed-parameter.ts'
import type { Failure } from './provider.ts'
import { redactor } from './redact.ts'
import { type HeaderValue, LONGEST_WAIT_MS, readHint } from './retry-hint.ts'
import { shortText } from './short-text.ts'

export interface ErrorAnswer {
  readonly status: number
  /** The parsed body, if it was JSON. */
  readonly body: unknown
  /** Reads a response header by its lower-case name. */
  readonly header: (name: string) => HeaderValue
  /** Where the request went, as `host:port`, for messages. */
  readonly host: string
  /** Takes the API key out of the server's message. */
  readonly redact: (text: string) => string
}

interface ServerError {
  readonly code: string
  readonly type: string
  readonly message: string
  readonly status?: number
  readonly metadata: unknown
}

type Meaning = readonly [kind: 'transient' | 'refused' | 'fatal', code: string]

const redactShapes = redactor([])

const QUOTA: Meaning = ['fatal', 'quota']
const AUTH: Meaning = ['fatal', 'auth']
const MODEL: Meaning = ['fatal', 'unknown-model']
const RATE: Meaning = ['transient', 'rate-limit']
const SERVER: Meaning = ['transient', 'server-error']
// It does work, only not for so many at once: then everybody slows down.
const OVERLOADED: Meaning = ['transient', 'overloaded']
const CONTEXT: Meaning = ['refused', 'context-length']
const FILTER: Meaning = ['refused', 'content-filter']
// The parameters are the model's, so every other request would meet the same 400.
const PARAMETER: Meaning = ['fatal', 'unsupported-parameter']
const REQUEST: Meaning = ['refused', 'bad-request']

/** By `error.code` or `error.type`, lower case. From the vendors' error references. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['insufficient_quota', QUOTA],
  ['credit_balance_exhausted', QUOTA],
  ['organization_spend_limit_exceeded', QUOTA],
  ['project_spend_limit_exceeded', QUOTA],
  ['organization_usage_limit_exceeded', QUOTA],
  ['billing_hard_limit_reached', QUOTA],
  ['billing_not_active', QUOTA],
  ['billing_error', QUOTA],
  ['quota_exceeded', QUOTA],
  ['invalid_api_key', AUTH],
  ['authentication_error', AUTH],
  ['account_deactivated', AUTH],
  ['permission_error', AUTH],
  ['permission_denied', AUTH],
  ['unsupported_country_region_territory', AUTH],
  ['model_not_found', MODEL],
  ['deploymentnotfound', MODEL],
  ['context_length_exceeded', CONTEXT],
  ['exceed_context_size_error', CONTEXT],
  ['string_above_max_length', CONTEXT],
  ['content_filter', FILTER],
  ['content_policy_violation', FILTER],
  ['responsibleaipolicyviolation', FILTER],
  ['unsupported_parameter', PARAMETER],
  ['unsupported_value', PARAMETER],
  ['rate_limit_exceeded', RATE],
  ['rate_limit_error', RATE],
  ['resource_exhausted', RATE],
  ['slow_down', RATE],
  ['server_is_overloaded', OVERLOADED],
  ['service_unavailable_error', SERVER],
  ['overloaded_error', OVERLOADED],
  ['server_error', SERVER],
  ['internal_server_error', SERVER],
])

/** An HTTP answer other than 2xx, as a failure. */
export function failureOfStatus(answer: ErrorAnswer): Failure {
  const { status, host } = answer
  if (status >= 300 && status < 400) return redirect(answer)
  const error = readError(answer.body)
  const [kind, code] = meaning(error, status)
  // Before the text is cut: half a key is still half a secret.
  const said = error.message ? `: ${answer.redact(error.message)}` : ''
  const parameter = blamedParameter(answer.body)
  const failure: Failure = { kind, code, message: shortText(`${host} answered ${status}${said}`), ...(parameter ? { parameter } : {}) }
  if (kind !== 'transient') return failure
  const retryAfterMs = readHint(answer.header, code === 'rate-limit')
  if (retryAfterMs === undefined) return failure
  // Nobody shall sit through a day's wait without knowing: whoever is asked next would be told the same.
  if (retryAfterMs > LONGEST_WAIT_MS)
    return {
      kind: 'fatal',
      code: 'long-wait',
      message: shortText(`${host} answered ${status} and asks to come back in ${inWords(retryAfterMs)}${said}`),
    }
  return { ...failure, retryAfterMs }
}

function inWords(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
}

/** An error object found inside a 200 (OpenRouter, gateways): nothing was produced that can be kept. */
export function failureOfError(value: unknown): { kind: 'transient' | 'refused' | 'fatal'; code: string; message: string } {
  const error = readError({ error: value })
  const [kind, code] = meaning(error, error.status ?? 200)
  return {
    kind,
    code,
    message: shortText(`the server answered 200 with an error inside${error.message ? `: ${redactShapes(error.message)}` : ''}`),
  }
}

/** Whether a filter kept the prompt from the model. */
export function isFiltered({ code }: Pick<Failure, 'code'>): boolean {
  return code === FILTER[1]
}

function meaning(error: ServerError, status: number): Meaning {
  if (status === 402 && own(error.metadata, 'limit_source') === 'openrouter_in_flight_budget') return RATE
  if (status === 403 && Array.isArray(own(error.metadata, 'reasons'))) return FILTER
  const byCode = MEANINGS.get(error.code) ?? MEANINGS.get(error.type)
  // A request that is larger than the whole limit would be refused for ever.
  if (byCode === RATE && neverFits(error.message)) return ['refused', 'over-limit']
  if (byCode) return byCode
  // Gemini says 400 INVALID_ARGUMENT for a wrong key.
  if (status === 400 && /\bapi key (is )?(not valid|invalid|expired)\b/i.test(error.message)) return AUTH
  return byStatus(status)
}

function byStatus(status: number): Meaning {
  switch (status) {
    case 401:
    case 403:
      return AUTH
    case 402:
      return QUOTA
    case 404:
    case 405:
    case 410:
      return ['fatal', 'not-found']
    case 407:
      return ['fatal', 'proxy']
    case 408:
      return ['transient', 'timeout']
    case 409:
    case 425:
      return SERVER
    case 429:
      return RATE
    case 413:
      return ['refused', 'too-large']
    case 529:
      return OVERLOADED
    default:
      if (status >= 500) return SERVER
      return status >= 400 ? REQUEST : ['transient', 'error-in-body']
  }
}

function neverFits(message: string): boolean {
  const found = /\bLimit:? (\d+)\b.*\bRequested:? (\d+)\b/i.exec(message)
  return found !== null && Number(found[2]) > Number(found[1])
}

function redirect({ status, header, host }: ErrorAnswer): Failure {
  const location = header('location')
  let to = 'elsewhere'
  try {
    // Only the host: paths and queries of a redirect may carry tokens.
    to = new URL(String(Array.isArray(location) ? location[0] : location), `http://${host}`).host
  } catch {
    // a location that is no address names nothing
  }
  return {
    kind: 'fatal',
    code: 'redirect',
    message: shortText(`${host} answered ${status}, a redirect to ${to}; redirects are not followed, so correct the base URL`),
  }
}

/** Finds the error in the shapes servers use: `{error: {…}}`, `{error: "…"}`, `[{error}]`, `{message, code}`, `{detail}`. */
function readError(body: unknown): ServerError {
  const outer = Array.isArray(body) ? body[0] : body
  const inner = own(outer, 'error') ?? outer
  if (typeof inner === 'string') return { code: '', type: '', message: inner, metadata: undefined }
  const code = own(inner, 'code')
  const status = typeof code === 'number' ? code : own(inner, 'status')
  const message = own(inner, 'message') ?? own(inner, 'detail')
  return {
    code: typeof code === 'string' ? code.toLowerCase() : word(own(inner, 'status')),
    type: word(own(inner, 'type')),
    message: typeof message === 'string' ? message : (validatorWords(message) ?? ''),
    ...(typeof status === 'number' && status >= 400 && status < 600 ? { status } : {}),
    metadata: own(inner, 'metadata'),
  }
}

const word = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '')

/** An own property of plain data; never something inherited. */
function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}
