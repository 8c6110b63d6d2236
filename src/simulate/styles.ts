/** How providers say what is left of a limit, and that it is used up: each one's headers and errors. */
import type { Level, Levels, Refusal } from './buckets.ts'

export const STYLES = ['openai', 'azure', 'anthropic', 'together', 'openrouter', 'groq'] as const
export type Style = (typeof STYLES)[number]

type Headers = { readonly [name: string]: string }

export interface Manner {
  /** Over how long requests are counted. */
  readonly periodMs: number
  /** Whether what an answer may take counts, rather than what it took. */
  readonly countsMost: boolean
  /** With every answer. */
  headers(levels: Levels, date: Date): Headers
  /** With a refusal, beside the headers. */
  refusedHeaders(refusal: Refusal, date: Date): Headers
  refusedBody(refusal: Refusal, model: string): unknown
}

const MINUTE_MS = 60_000
const DAY_MINUTES = 1440

/** `1s`, `6m0s`, `12ms`, `1h0m3.5s`: a duration as Go writes it. */
export function goDuration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`
  const seconds = Math.round(ms / 10) / 100
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.round((seconds % 60) * 100) / 100]
  if (hours > 0) return `${hours}h${minutes}m${rest}s`
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`
}

const wholeSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)))
// Longer than anybody waits: the request is larger than the limit.
const waitOf = ({ retryInMs }: Refusal): number => (Number.isFinite(retryInMs) ? retryInMs : MINUTE_MS)

function both(levels: Levels, of: (what: 'requests' | 'tokens', level: Level) => Headers): Headers {
  return { ...(levels.requests ? of('requests', levels.requests) : {}), ...(levels.tokens ? of('tokens', levels.tokens) : {}) }
}

function openaiBody({ of, limit, used, requested, retryInMs }: Refusal, model: string) {
  const [what, short] = of === 'requests' ? ['requests per min', 'RPM'] : ['tokens per min', 'TPM']
  const again = Number.isFinite(retryInMs) ? ` Please try again in ${goDuration(retryInMs)}.` : ''
  const message = `Rate limit reached for ${model} in organization org-simulated on ${what} (${short}): Limit ${limit}, Used ${used}, Requested ${requested}.${again}`
  return { error: { message, type: of, param: null, code: 'rate_limit_exceeded' } }
}

const openai: Manner = {
  periodMs: MINUTE_MS,
  countsMost: true,
  headers: (levels) =>
    both(levels, (what, { limit, remaining, fullInMs }) => ({
      [`x-ratelimit-limit-${what}`]: String(limit),
      [`x-ratelimit-remaining-${what}`]: String(remaining),
      [`x-ratelimit-reset-${what}`]: goDuration(fullInMs),
    })),
  refusedHeaders: (refusal) => ({ 'retry-after': wholeSeconds(waitOf(refusal)), 'retry-after-ms': String(Math.ceil(waitOf(refusal))) }),
  refusedBody: openaiBody,
}

const azure: Manner = {
  periodMs: 10_000,
  countsMost: true,
  headers: (levels) =>
    both(levels, (what, { limit, remaining, fullInMs }) => ({
      [`x-ratelimit-limit-${what}`]: String(limit),
      [`x-ratelimit-remaining-${what}`]: String(remaining),
      // Bare seconds, unlike OpenAI's own.
      [`x-ratelimit-reset-${what}`]: String(Math.ceil(fullInMs / 1000)),
    })),
  refusedHeaders: openai.refusedHeaders,
  refusedBody: (refusal) => ({
    error: {
      code: '429',
      message: `Requests to the ChatCompletions_Create Operation have exceeded the ${refusal.of === 'tokens' ? 'token' : 'call'} rate limit of your current OpenAI S0 pricing tier. Please retry after ${wholeSeconds(waitOf(refusal))} seconds.`,
    },
  }),
}

const anthropic: Manner = {
  periodMs: MINUTE_MS,
  countsMost: false,
  headers: (levels, date) =>
    both(levels, (what, { limit, remaining, fullInMs }) => ({
      [`anthropic-ratelimit-${what}-limit`]: String(limit),
      [`anthropic-ratelimit-${what}-remaining`]: String(remaining),
      [`anthropic-ratelimit-${what}-reset`]: new Date(date.getTime() + fullInMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    })),
  refusedHeaders: (refusal) => ({ 'retry-after': wholeSeconds(waitOf(refusal)) }),
  refusedBody: ({ of, limit }) => ({
    type: 'error',
    error: { type: 'rate_limit_error', message: `This request would exceed your organization's rate limit of ${limit} ${of} per minute.` },
  }),
}

// By the second, and without a word on when to come back.
const together: Manner = {
  periodMs: 1_000,
  countsMost: false,
  headers: ({ requests, tokens }) => ({
    ...(requests
      ? {
          'x-ratelimit-limit': String(requests.limit / 60),
          'x-ratelimit-remaining': String(Math.max(0, Math.floor(requests.limit / 60 - (requests.limit - requests.remaining)))),
          'x-ratelimit-reset': '1',
        }
      : {}),
    ...(tokens ? { 'x-tokenlimit-limit': String(tokens.limit / 60), 'x-tokenlimit-remaining': String(tokens.remaining) } : {}),
  }),
  refusedHeaders: () => ({}),
  refusedBody: (_, model) => ({
    error: {
      message: `You have reached the rate limit specific to this model ${model}.`,
      type: 'rate_limit',
      param: null,
      code: 'rate_limit',
    },
  }),
}

const openrouter: Manner = {
  periodMs: MINUTE_MS,
  countsMost: false,
  headers: () => ({}),
  refusedHeaders: (refusal, date) => ({
    'x-ratelimit-limit': String(refusal.limit),
    'x-ratelimit-remaining': '0',
    // In milliseconds since 1970.
    'x-ratelimit-reset': String(Math.ceil(date.getTime() + waitOf(refusal))),
    'retry-after': wholeSeconds(waitOf(refusal)),
  }),
  refusedBody: () => ({ error: { code: 429, message: 'Rate limit exceeded: requests-per-min. ', metadata: {} } }),
}

const groq: Manner = {
  periodMs: MINUTE_MS,
  countsMost: true,
  headers: ({ requests, tokens }) => ({
    // Of the day, whatever the name says.
    ...(requests
      ? {
          'x-ratelimit-limit-requests': String(requests.limit * DAY_MINUTES),
          'x-ratelimit-remaining-requests': String(requests.limit * DAY_MINUTES - (requests.limit - requests.remaining)),
          'x-ratelimit-reset-requests': goDuration(requests.fullInMs),
        }
      : {}),
    ...(tokens
      ? {
          'x-ratelimit-limit-tokens': String(tokens.limit),
          'x-ratelimit-remaining-tokens': String(tokens.remaining),
          'x-ratelimit-reset-tokens': goDuration(tokens.fullInMs),
        }
      : {}),
  }),
  refusedHeaders: (refusal) => ({ 'retry-after': wholeSeconds(waitOf(refusal)) }),
  refusedBody: openaiBody,
}

export const MANNERS: { readonly [style in Style]: Manner } = { openai, azure, anthropic, together, openrouter, groq }
