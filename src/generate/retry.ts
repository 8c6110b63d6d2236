/**
 * The only layer that tries again: transient failures, and 200s that are no answer, after a wait that the server
 * asked for or that grows; when its turn comes, everyone who asks the same model shares one pace.
 */
import type { Clock } from '../util/clock.ts'
import { askTwice, graver, type Hedging, type Made } from './hedge/twice.ts'
import { type KeptEnvelope, outcomeOf, taken } from './outcome.ts'
import { type Call, type Failure, IDLE_CLOSED, type Provider, type Reply, TLS_BROKEN } from './provider.ts'
import { OUTAGE_PATIENCE_MS } from './rate/outage.ts'
import type { Pace, Turn, Wish } from './rate/pace.ts'
import type { Specimen } from './specimen.ts'

export interface RetryOptions {
  readonly clock: Clock
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number
  /** Aborts the call in flight and any wait. */
  readonly signal: AbortSignal
  /** Ends waits and forbids further tries, but lets the call in flight finish. Must abort no later than `signal`. */
  readonly stop?: AbortSignal
  readonly pace: Pace
  /** Who asks, and how much, for the pace. */
  readonly wish?: Wish
  /** @default 6 */
  readonly maxTries?: number
  /** Left out, no call is made a second time while it is under way. */
  readonly hedging?: Hedging | undefined
  /** A call was made and failed, whether or not it is tried again: it may have been billed all the same. */
  readonly onFailed?: (failure: Failure) => void
  /** Awaited before each further try; a failure from here ends the step without it. */
  readonly again?: () => Promise<Failure | undefined>
  /** A 200 was no answer. */
  readonly onStrange?: (specimen: Specimen) => void
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
      readonly envelope: KeptEnvelope
      readonly tries: number
      /** What the answer itself took: no waiting for a turn, no tries before it. */
      readonly ms: number
    }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly tries: number }

/** Before anybody had an answer it is the base URL that is wrong, or whoever stands between; later, it is one call's bad luck. */
const MISTAKES: ReadonlySet<string> = new Set(['unknown-host', TLS_BROKEN])

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
const DEFAULT_TRIES = 6 // about half a minute of backoff
const MOST_LATE = 8 // each takes one closed connection away; who meets so many meets something else

/** Asks until there is an answer worth keeping, a failure that trying again cannot mend, or no try left. Never throws. */
export async function askWithRetry(provider: Provider, call: Call, options: RetryOptions): Promise<Asked> {
  const {
    clock,
    random,
    signal,
    stop,
    pace,
    maxTries = DEFAULT_TRIES,
    hedging,
    onFailed,
    again,
    onRetry,
    onStrange,
    gate,
    wish = { lane: '' },
  } = options
  const quits = stop ? [signal, stop] : [signal]
  const quit = () => (signal.aborted ? ABORTED : stop?.aborted ? STOPPED : undefined)
  const over = (failure: Failure, tries: number): Asked => ({ kind: 'failure', failure, tries })

  // Tries that an outage took, or a connection that had closed, are nobody's fault and do not count.
  for (let tries = 0, lost = 0, late = 0; ; ) {
    const before = quit()
    if (before) return over(before, tries)
    const asked = pace.turn(wish, quits)
    // A call that need not wait is under way when this returns: nothing is awaited before it.
    const turn = asked instanceof Promise ? await asked : asked
    const no = turn ? (quit() ?? gate?.()) : (quit() ?? STOPPED)
    if (!turn || no) {
      if (turn) pace.unused(turn)
      return over(no as Failure, tries)
    }
    tries++
    const hedged = hedging && { provider, call, pace, hedging, signal, quits: () => quit() !== undefined, onFailed, onStrange }
    const made: Made = hedged
      ? await askTwice(turn, { ...hedged, waitMs: (failure) => waitFor(failure, tries, random) })
      : alone(turn, await provider.ask(call, signal), onStrange)
    const { outcome } = made
    const { limits } = made.reply
    const ends = limits ? { limits } : {}
    if (outcome.kind === 'kept') {
      const { envelope, raw } = outcome
      pace.ended(made.turn, { ...ends, ...taken(envelope) }, 0)
      return { kind: 'response', raw, envelope, tries, ms: clock.now() - made.turn.at }
    }
    const { failure: last } = outcome
    onFailed?.(last)
    const told = made.earlier ? graver(made.earlier, last) : last
    const failure: Failure = MISTAKES.has(told.code) && !pace.everAnswered ? { ...told, kind: 'fatal' } : told
    const isLate = failure.code === IDLE_CLOSED && late < MOST_LATE
    const waitMs = isLate ? 0 : waitFor(failure, tries - late, random)
    // Also after the last try: others would only run into the same limit.
    pace.ended(made.turn, { ...ends, failure: last }, waitMs)
    if (failure.kind !== 'transient') return over(failure, tries)
    const { downSince } = pace
    if (isLate) late++
    else if (downSince !== undefined) {
      lost++
      if (clock.now() - downSince > OUTAGE_PATIENCE_MS) return over(gone(failure), tries)
    } else if (tries - lost - late >= maxTries) return over(failure, tries)
    const ended = quit()
    if (ended) return over(ended, tries)
    // In an outage the pace says whose turn it is to ask.
    const ownWaitMs = downSince === undefined ? waitMs : 0
    onRetry?.(failure, ownWaitMs)
    await sleep(clock, ownWaitMs, quits)
    const refused = quit() ?? (await again?.())
    if (refused) return over(refused, tries)
  }
}

function alone(turn: Turn, reply: Reply, onStrange: RetryOptions['onStrange']): Made {
  return { turn, reply, outcome: outcomeOf(reply, onStrange) }
}

/** What the server asked for, or exponential backoff with full jitter; a rate limit never waits less than half of it. */
function waitFor(failure: Failure, tries: number, random: () => number): number {
  if (failure.kind !== 'transient') return 0
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

function gone({ message }: Failure): Failure {
  return { kind: 'fatal', code: 'server-down', message: `nobody has had an answer for ${OUTAGE_PATIENCE_MS / 60_000} minutes: ${message}` }
}

const ABORTED: Failure = { kind: 'aborted', code: 'aborted', message: 'the call was aborted' }
const STOPPED: Failure = { kind: 'aborted', code: 'stopped', message: 'the build is stopping' }
