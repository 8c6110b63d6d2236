/** When a server says it may be asked again, from the headers servers really send. */

export type HeaderValue = string | readonly string[] | undefined

/** Longer waits are not worth a build's time: it ends, and the next one asks again. */
export const LONGEST_WAIT_MS = 15 * 60_000

// Nobody means it: a limit may be for a month.
const NONSENSE_MS = 60 * 24 * 3_600_000

/**
 * Milliseconds to wait, more than 0; undefined when nothing usable was said.
 * `retry-after-ms`, then `Retry-After` (seconds or a date), then, for rate limits, `x-ratelimit-reset-*`.
 */
export function readHint(header: (name: string) => HeaderValue, rateLimit: boolean): number | undefined {
  const one = (name: string): string | undefined => {
    const value = header(name)
    return typeof value === 'string' ? value.trim() : value?.[0]?.trim()
  }
  return (
    sensible(decimal(one('retry-after-ms'))) ??
    sensible(retryAfter(one('retry-after'), one('date'))) ??
    (rateLimit ? sensible(resets(one)) : undefined)
  )
}

/** Zero, the past and nonsense say nothing: waiting 0 ms on command would be a busy loop. */
function sensible(ms: number | undefined): number | undefined {
  return ms === undefined || Number.isNaN(ms) || ms <= 0 || ms > NONSENSE_MS ? undefined : ms
}

function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : undefined
}

function retryAfter(text: string | undefined, serverDate: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = decimal(text)
  if (seconds !== undefined) return seconds * 1000
  if (!/^[A-Z][a-z]{2},? /.test(text)) return undefined
  // Against the server's own clock: ours may be a day off.
  const now = serverDate === undefined ? Number.NaN : Date.parse(serverDate)
  return Date.parse(text) - (Number.isNaN(now) ? Date.now() : now)
}

/** The reset of whichever limit is used up; Azure's -1 means "unknown", never "wait". */
function resets(one: (name: string) => string | undefined): number | undefined {
  let longest: number | undefined
  for (const what of ['requests', 'tokens']) {
    const remaining = one(`x-ratelimit-remaining-${what}`)
    if (remaining !== undefined && remaining !== '0') continue
    const ms = parseDuration(one(`x-ratelimit-reset-${what}`))
    if (ms !== undefined && ms > (longest ?? 0)) longest = ms
  }
  return longest
}

const UNIT_MS: { readonly [unit: string]: number } = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a Go `time.Duration` (`6m0s`, `7.66s`, `12ms`) or of bare seconds (Azure); undefined for anything else. */
export function parseDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = decimal(text)
  if (seconds !== undefined) return seconds * 1000
  if (text.length > 40 || !/^((\d+(\.\d+)?)(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined
  let ms = 0
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)) ms += Number(number) * (UNIT_MS[unit ?? ''] ?? 0)
  return ms
}
