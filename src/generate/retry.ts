/**
 * The only layer that tries again: transient failures, and 200s that are no answer, after a wait that the server
 * asked for or that grows; one rate limit pauses everyone who asks the same provider.
 */
import type { Clock } from '../util/clock.ts'
import { type Envelope, keeps, readEnvelope } from './envelope.ts'
import type { Call, Failure, Provider } from './provider.ts'

/** The common pace of all calls to one provider. */
export interface Pace {
  /** On the clock's `now()`; before it nobody asks. */
  pausedUntil: number
  /** Calls made so far, retries included. */
  calls: number
}

export function createPace(): Pace {
  return { pausedUntil: 0, calls: 0 }
}

export interface RetryOptions {
  readonly clock: Clock
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number
  /** Aborts the call in flight and any wait. */
  readonly signal: AbortSignal
  /** Ends waits and forbids further tries, but lets the call in flight finish. Must abort no later than `signal`. */
  readonly stop?: AbortSignal
  readonly pace: Pace
  /** @default 6 */
  readonly maxTries?: number
  /** A transient failure that will be followed by another try after `waitMs`. */
  readonly onRetry?: (failure: Failure, waitMs: number) => void
  /** Asked before every single call; a failure from here ends the step without the call: budgets and call limits. */
  readonly gate?: () => Failure | undefined
}

/** What became of a step's call, after all its tries. */
export type Asked =
  | {
      readonly kind: 'response'
      readonly raw: Uint8Array
      readonly envelope: Extract<Envelope, { kind: 'completion' | 'rejected' }>
      readonly tries: number
    }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly tries: number }

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
const DEFAULT_TRIES = 6 // about half a minute of backoff
const SPREAD_MS = 1_000 // those who waited for the same moment must not all ask in it

/** Asks until there is an answer worth keeping, a failure that trying again cannot mend, or no try left. Never throws. */
export async function askWithRetry(provider: Provider, call: Call, options: RetryOptions): Promise<Asked> {
  const { clock, random, signal, stop, pace, maxTries = DEFAULT_TRIES, onRetry, gate } = options
  const quits = stop ? [signal, stop] : [signal]
  const quit = () => (signal.aborted ? ABORTED : stop?.aborted ? STOPPED : undefined)
  const over = (failure: Failure, tries: number): Asked => ({ kind: 'failure', failure, tries })

  for (let tries = 0; ; ) {
    // Again after every sleep: the pause may have been prolonged meanwhile.
    while (!quit() && clock.now() < pace.pausedUntil) {
      const left = pace.pausedUntil - clock.now()
      await sleep(clock, left + random() * Math.min(SPREAD_MS, left), quits)
    }
    const no = quit() ?? gate?.()
    if (no) return over(no, tries)
    tries++
    pace.calls++
    const reply = await provider.ask(call, signal)
    let failure: Failure
    if (reply.kind === 'response') {
      const envelope = readEnvelope(reply.raw)
      if (keeps(envelope)) return { kind: 'response', raw: reply.raw, envelope, tries }
      failure = { kind: envelope.kind, code: envelope.code, message: envelope.message }
    } else {
      failure = reply.failure
    }
    if (failure.kind !== 'transient') return over(failure, tries)

    const waitMs = waitFor(failure, tries, random)
    // Also after the last try: others would only run into the same limit.
    if (failure.code === 'rate-limit') pace.pausedUntil = Math.max(pace.pausedUntil, clock.now() + waitMs)
    if (tries >= maxTries) return over(failure, tries)
    const ended = quit()
    if (ended) return over(ended, tries)
    onRetry?.(failure, waitMs)
    await sleep(clock, waitMs, quits)
  }
}

/** What the server asked for, or exponential backoff with full jitter; a rate limit never waits less than half of it. */
function waitFor(failure: Failure, tries: number, random: () => number): number {
  if (failure.retryAfterMs !== undefined) return failure.retryAfterMs
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1))
  return failure.code === 'rate-limit' ? (longest * (1 + random())) / 2 : longest * random()
}

/** Ends early when any signal aborts. Not `AbortSignal.any`: a build's signals outlive a million waits. */
async function sleep(clock: Clock, ms: number, quits: readonly AbortSignal[]): Promise<void> {
  const wait = new AbortController()
  const end = () => wait.abort()
  for (const quit of quits) quit.addEventListener('abort', end, { once: true })
  try {
    await clock.sleep(ms, wait.signal)
  } finally {
    for (const quit of quits) quit.removeEventListener('abort', end)
  }
}

const ABORTED: Failure = { kind: 'aborted', code: 'aborted', message: 'the call was aborted' }
const STOPPED: Failure = { kind: 'aborted', code: 'stopped', message: 'the build is stopping' }
