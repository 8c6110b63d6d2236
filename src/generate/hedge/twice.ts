/** A call that may be made a second time when it is late: the first answer counts, and the other call is called off. */
import { type KeptEnvelope, type Outcome, outcomeOf, taken } from '../outcome.ts'
import { type Call, type Failure, IDLE_CLOSED, type Provider, type Reply } from '../provider.ts'
import type { Pace, Turn } from '../rate/pace.ts'
import type { Specimen } from '../specimen.ts'
import type { Hedges } from './hedges.ts'

/** Of a purchase: what its second calls have to do with limits and money. */
export interface Hedging {
  readonly hedges: Hedges
  /** Whether the limits allow a second call at once. If so it is counted, its money is held, and it is made. */
  readonly begin: (afterMs: number) => boolean
  /** Both answered, and this is the answer that nobody needs. */
  readonly unneeded: (envelope: KeptEnvelope) => void
  /** `won`: the second call's answer counts; `lost`: the first's; `failed`: neither brought one. */
  readonly end: (what: 'won' | 'lost' | 'failed') => void
}

/** A call that has ended. */
export interface Made {
  readonly turn: Turn
  readonly reply: Reply
  readonly outcome: Outcome
  /** Of two calls the one that failed first. */
  readonly earlier?: Failure
}

export interface TwiceOptions {
  readonly provider: Provider
  readonly call: Call
  readonly pace: Pace
  readonly hedging: Hedging
  readonly signal: AbortSignal
  /** Nothing new may be begun. */
  readonly quits: () => boolean
  readonly onFailed?: ((failure: Failure) => void) | undefined
  readonly onStrange?: ((specimen: Specimen) => void) | undefined
  /** How long a failure would hold its call up. */
  readonly waitMs: (failure: Failure) => number
}

interface Running {
  readonly turn: Turn
  readonly made: Promise<Made>
  readonly callOff: () => void
}

/** The call that counts: its answer, or the failure that came last. The pace is told only of the other one. */
export async function askTwice(turn: Turn, options: TwiceOptions): Promise<Made> {
  const { hedging, signal } = options
  const first = start(turn, options)
  let second: Running | undefined
  const alone = await new Promise<Made | undefined>((resolve, reject) => {
    const flight = hedging.hedges.watch(turn.wish.lane, turn.at, (waitedMs) => {
      second = again(turn, waitedMs, options)
      if (second) resolve(undefined)
      return second !== undefined
    })
    first.made.then((made) => {
      const { outcome } = made
      // Called off, it would have taken longer still.
      const measured = outcome.kind === 'kept' || (outcome.failure.kind === 'aborted' && !signal.aborted)
      hedging.hedges.ended(flight, measured)
      resolve(made)
    }, reject)
  })
  return second ? decide(first, second, options) : (alone as Made)
}

function again({ wish }: Turn, waitedMs: number, options: TwiceOptions): Running | undefined {
  const { pace, hedging, quits } = options
  const turn = quits() ? undefined : pace.spare(wish, () => hedging.begin(waitedMs))
  return turn && start(turn, options)
}

function start(turn: Turn, { provider, call, signal, onStrange }: TwiceOptions): Running {
  const own = new AbortController()
  const callOff = () => own.abort()
  if (signal.aborted) callOff()
  else signal.addEventListener('abort', callOff, { once: true })
  const made = provider.ask(call, own.signal).then((reply): Made => {
    signal.removeEventListener('abort', callOff)
    return { turn, reply, outcome: outcomeOf(reply, onStrange) }
  })
  return { turn, made, callOff }
}

async function decide(first: Running, second: Running, options: TwiceOptions): Promise<Made> {
  const { hedging } = options
  const made = await Promise.race([first.made, second.made])
  const other = made.turn === first.turn ? second : first
  const wonBy = ({ turn }: Made) => (turn === second.turn ? 'won' : 'lost')
  if (made.outcome.kind === 'kept') {
    other.callOff()
    settle(await other.made, options)
    hedging.end(wonBy(made))
    return made
  }
  settle(made, options)
  const last = await other.made
  hedging.end(last.outcome.kind === 'kept' ? wonBy(last) : 'failed')
  return { ...last, earlier: made.outcome.failure }
}

/** The call that does not count. */
function settle({ turn, reply: { limits }, outcome }: Made, { pace, hedging, onFailed, waitMs }: TwiceOptions): void {
  const ends = limits ? { limits } : {}
  if (outcome.kind === 'failed') {
    onFailed?.(outcome.failure)
    pace.ended(turn, { ...ends, failure: outcome.failure }, waitMs(outcome.failure))
    return
  }
  const { envelope } = outcome
  hedging.unneeded(envelope)
  pace.ended(turn, { ...ends, ...taken(envelope) }, 0)
}

const GRAVITY = { aborted: 0, closed: 1, transient: 2, refused: 3, fatal: 4 } as const

/** Of two failures of one request the one that says more about it: what no other try can mend, else who wants to be waited for. */
export function graver(earlier: Failure, last: Failure): Failure {
  const gravity = ({ kind, code }: Failure) => GRAVITY[code === IDLE_CLOSED ? 'closed' : kind]
  const more = gravity(earlier) - gravity(last) || (earlier.retryAfterMs ?? -1) - (last.retryAfterMs ?? -1)
  return more > 0 ? earlier : last
}
