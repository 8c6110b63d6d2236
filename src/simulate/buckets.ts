/** Limits of requests and tokens a minute, as buckets that fill up again steadily. Pure: the time is told to it. */

export interface RateLimits {
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
}

/** How one limit stands. */
export interface Level {
  readonly limit: number
  readonly remaining: number
  /** Until the whole limit is there again. */
  readonly fullInMs: number
}

export interface Levels {
  readonly requests?: Level
  readonly tokens?: Level
}

/** A request that is one too many. */
export interface Refusal {
  readonly of: 'requests' | 'tokens'
  readonly limit: number
  readonly used: number
  readonly requested: number
  /** Until the same request would be let through; infinite when it is larger than the whole limit. */
  readonly retryInMs: number
}

const MINUTE_MS = 60_000

class Bucket {
  readonly limit: number
  readonly #depth: number
  #left: number
  #at = 0

  /** `periodMs`: how long it takes to fill, and so how much may be taken at once after a rest. */
  constructor(limit: number, periodMs: number) {
    this.limit = limit
    this.#depth = Math.max(1, (limit * periodMs) / MINUTE_MS)
    this.#left = this.#depth
  }

  level(now: number): Level {
    this.#fill(now)
    return {
      limit: this.limit,
      // Of the minute: a provider that looks at ten seconds refuses while it says that most is left.
      remaining: Math.max(0, Math.floor(this.limit - this.#depth + this.#left)),
      fullInMs: ((this.#depth - this.#left) * MINUTE_MS) / this.limit,
    }
  }

  /** Milliseconds until so much may be taken; 0 for now. */
  waitMs(now: number, amount: number): number {
    this.#fill(now)
    if (amount > this.#depth) return amount > this.limit ? Number.POSITIVE_INFINITY : ((this.#depth - this.#left) * MINUTE_MS) / this.limit
    return Math.max(0, ((amount - this.#left) * MINUTE_MS) / this.limit)
  }

  take(amount: number): void {
    this.#left -= amount
  }

  #fill(now: number): void {
    this.#left = Math.min(this.#depth, this.#left + ((now - this.#at) * this.limit) / MINUTE_MS)
    this.#at = now
  }
}

export class Buckets {
  readonly #requests: Bucket | undefined
  readonly #tokens: Bucket | undefined

  /** `periodMs` is over how long a provider looks: a minute, or a few seconds of it. */
  constructor({ requestsPerMinute, tokensPerMinute }: RateLimits, periodMs = MINUTE_MS) {
    this.#requests = requestsPerMinute === undefined ? undefined : new Bucket(requestsPerMinute, periodMs)
    this.#tokens = tokensPerMinute === undefined ? undefined : new Bucket(tokensPerMinute, MINUTE_MS)
  }

  /** Takes what a request needs, or says why not; a refused request takes nothing. */
  admit(now: number, tokens: number): Refusal | undefined {
    const refused = this.#requests && refusal('requests', this.#requests, now, 1, this.#requests.limit)
    const tooMany = this.#tokens && refusal('tokens', this.#tokens, now, tokens, this.#tokens.limit)
    if (refused ?? tooMany) return refused ?? tooMany
    this.#requests?.take(1)
    this.#tokens?.take(tokens)
    return undefined
  }

  /** What was taken turned out to be so many tokens more, or less. */
  correct(more: number): void {
    this.#tokens?.take(more)
  }

  levels(now: number): Levels {
    return {
      ...(this.#requests ? { requests: this.#requests.level(now) } : {}),
      ...(this.#tokens ? { tokens: this.#tokens.level(now) } : {}),
    }
  }
}

function refusal(of: Refusal['of'], bucket: Bucket, now: number, requested: number, limit: number): Refusal | undefined {
  const retryInMs = bucket.waitMs(now, requested)
  if (retryInMs === 0) return undefined
  return { of, limit, used: limit - bucket.level(now).remaining, requested, retryInMs }
}
