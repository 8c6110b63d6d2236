/** What a server says of its limits with every answer: OpenAI's headers and those modelled on them, and Anthropic's. */
import { type HeaderValue, parseDuration } from '../retry-hint.ts'

/** One limit; everything that was not said, or cannot be, is left out. Nothing said never means nothing left. */
export interface Allowance {
  /** So many a minute. */
  readonly perMinute?: number
  /** Nothing is left, for so many milliseconds. */
  readonly usedUpForMs?: number
}

export interface ServerLimits {
  readonly requests?: Allowance
  readonly tokens?: Allowance
}

const MINUTE_MS = 60_000
// Groq's limit of requests is one for the day, others' for a second: only what fills up within about a minute is a rate.
const SHORTEST_PERIOD_MS = MINUTE_MS / 2
const LONGEST_PERIOD_MS = MINUTE_MS * 2
const LONGEST_WAIT_MS = 15 * MINUTE_MS
const MOST = 1e10

/** Undefined when nothing usable was said. */
export function readServerLimits(header: (name: string) => HeaderValue): ServerLimits | undefined {
  const one = (name: string): string | undefined => {
    const value = header(name)
    return typeof value === 'string' ? value.trim() : value?.[0]?.trim()
  }
  const requests = openai(one, 'requests') ?? anthropic(one, 'requests')
  const tokens = openai(one, 'tokens') ?? anthropic(one, 'tokens')
  if (!requests && !tokens) return undefined
  return { ...(requests ? { requests } : {}), ...(tokens ? { tokens } : {}) }
}

type One = (name: string) => string | undefined

function openai(one: One, what: string): Allowance | undefined {
  const limit = whole(one(`x-ratelimit-limit-${what}`))
  const remaining = whole(one(`x-ratelimit-remaining-${what}`))
  const resetMs = parseDuration(one(`x-ratelimit-reset-${what}`))
  const perMinute = limit !== undefined && limit > 0 && isRate(limit, remaining, resetMs) ? limit : undefined
  // Of a rate, the first is back long before all are.
  return allowance(perMinute, remaining, perMinute === undefined || resetMs === undefined ? resetMs : resetMs / perMinute)
}

/** The reset is when the whole limit is there again, so it tells how fast what is gone grows back. */
function isRate(limit: number, remaining: number | undefined, resetMs: number | undefined): boolean {
  if (remaining === undefined || resetMs === undefined || resetMs === 0) return true
  const used = limit - remaining
  if (used <= 0) return false
  const period = (resetMs * limit) / used
  return period >= SHORTEST_PERIOD_MS && period <= LONGEST_PERIOD_MS
}

/** Always per minute; resets are points in time, by the server's clock. */
function anthropic(one: One, what: string): Allowance | undefined {
  const limit = whole(one(`anthropic-ratelimit-${what}-limit`))
  const remaining = whole(one(`anthropic-ratelimit-${what}-remaining`))
  const resetMs = Date.parse(one(`anthropic-ratelimit-${what}-reset`) ?? '') - Date.parse(one('date') ?? '')
  return allowance(limit === undefined || limit === 0 ? undefined : limit, remaining, Number.isNaN(resetMs) ? undefined : resetMs)
}

function allowance(perMinute: number | undefined, remaining: number | undefined, resetMs: number | undefined): Allowance | undefined {
  const usedUpForMs = remaining === 0 && resetMs !== undefined && resetMs > 0 ? Math.min(resetMs, LONGEST_WAIT_MS) : undefined
  if (perMinute === undefined && usedUpForMs === undefined) return undefined
  return { ...(perMinute === undefined ? {} : { perMinute }), ...(usedUpForMs === undefined ? {} : { usedUpForMs }) }
}

/** Azure's -1 is no number of requests, and neither is anything else that is negative or broken. */
function whole(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined
  const value = Number(text)
  return value <= MOST ? value : undefined
}
