/**
 * The first call of each use of a model goes alone when many are to follow: what a server refuses, or takes no notice of, is
 * found out once instead of by as many calls as may be in flight. It is an ordinary call of the build, so its answer is kept.
 *
 *   unknown ──first call──▶ alone ──an answer, or too long──▶ open
 *                             │ no call was made, or a request was refused that may be the only one: the next goes alone
 *                             └──refused for what all others have too──▶ the build ends
 *
 * Of requests for batch jobs the first is asked online, unless something is remembered of its use: a day is longer than one answer.
 * Where that cannot be, the first answers of the job show what there is to see.
 */
import type { AskSpec, Dataset, ModelSpec } from '../config/dataset.ts'
import { modelName } from '../config/model-name.ts'
import type { Sink } from '../events/sink.ts'
import { fieldIn } from '../generate/blamed-parameter.ts'
import type { Finding } from '../generate/capability/finding.ts'
import { observe } from '../generate/capability/observe.ts'
import { CONTENT_FIELDS } from '../generate/capability/remedy.ts'
import { type Use, wireUse } from '../generate/capability/use.ts'
import type { Failure } from '../generate/provider.ts'
import type { Clock } from '../util/clock.ts'
import type { Bought } from './bought.ts'
import { isServer, type KnownOf, unhonoured } from './capabilities.ts'
import type { Halt } from './halt.ts'

/**
 * Below so many calls none goes alone: with the usual eight in flight a refused field costs eight errors that nobody bills, and a
 * build of a minute would be longer by the time of one answer.
 */
export const ALONE_FROM_CALLS = 100

/** Others wait no longer than that: a call that hangs says nothing about fields. */
const LONGEST_ALONE_MS = 30_000

/** After so many requests that went alone and were refused for no reason that is said to be everybody's, it is taken to be. */
const REFUSED_ALONE = 2

/** What is found is told to whoever keeps it. */
export type Note = (use: Use, findings: readonly Finding[]) => void

export interface CanaryContext {
  readonly sink: Sink
  readonly halt: Halt
  readonly clock: Clock
  readonly locate: Dataset['locate']
  readonly note?: Note | undefined
  readonly known?: KnownOf | undefined
}

/** Two ways of asking: alone and at once, and with the others. `waited`: until another call had shown that it may be. */
export interface Ways {
  alone(): Promise<Bought>
  together(waited: boolean): Promise<Bought>
}

interface Flight {
  readonly use: Use
  calls: number
  open: boolean
  /** Resolves when the call that goes alone has ended, or has taken too long. */
  alone: Promise<void> | undefined
  /** The same, once it was told that others wait for it. */
  awaited: Promise<void> | undefined
  refused: number
  /** An answer was looked at. */
  seen: boolean
  /** Fields that were said to be refused. */
  readonly told: Set<string>
}

export class Canary {
  readonly #context: CanaryContext
  readonly #flights = new Map<string, Flight>()
  readonly #ofStep = new Map<AskSpec, Flight>()

  constructor(context: CanaryContext) {
    this.#context = context
  }

  /** So many calls of a step may follow. */
  expect(step: AskSpec, calls: number): void {
    if (isServer(step.model)) this.#flight(step).calls += calls
  }

  /** Makes the call at once, or when the one that goes alone has shown that it may. */
  first(step: AskSpec, buy: () => Promise<Bought>): Promise<Bought> {
    const flight = this.#flight(step)
    if (flight.open || flight.calls < ALONE_FROM_CALLS) return buy()
    return this.#firstOf(flight, { alone: buy, together: buy }, LONGEST_ALONE_MS)
  }

  /** The same for what is handed over in a job: however long the one that goes alone takes, the others would wait longer for their answers. */
  firstOfJob(step: AskSpec, ways: Ways): Promise<Bought> {
    const flight = this.#flight(step)
    if (flight.open || flight.calls < ALONE_FROM_CALLS) return ways.together(false)
    if (goesAhead(flight.use, this.#context.known)) return this.#firstOf(flight, ways)
    flight.open = true
    return ways.together(false)
  }

  async #firstOf(flight: Flight, ways: Ways, mostMs?: number): Promise<Bought> {
    while (!flight.open) {
      if (!flight.alone) return this.#alone(flight, ways.alone, mostMs)
      this.#tellAlone(flight)
      await flight.alone
      if (this.#context.halt.stopping) return { kind: 'stopped' }
    }
    return ways.together(true)
  }

  async #alone(flight: Flight, buy: () => Promise<Bought>, mostMs: number | undefined): Promise<Bought> {
    const over = new AbortController()
    const ended = mostMs === undefined ? aborted(over.signal) : this.#context.clock.sleep(mostMs, over.signal)
    flight.alone = ended.then(() => {
      if (!over.signal.aborted) flight.open = true
      flight.alone = undefined
    })
    const { refused } = flight
    try {
      const bought = await buy()
      // Set before the others are woken.
      if (bought.kind === 'kept' || (bought.kind === 'failed' && flight.refused === refused)) flight.open = true
      return bought
    } finally {
      over.abort()
    }
  }

  #tellAlone(flight: Flight): void {
    if (flight.awaited === flight.alone) return
    flight.awaited = flight.alone
    const { sink, clock } = this.#context
    sink.emit({ type: 'hold-up', use: modelName(flight.use.step.model), at: clock.now(), hold: { why: 'first-call' } })
  }

  /** Whether the call that is made now is the one that goes alone. */
  isAlone(step: AskSpec): boolean {
    return isAlone(this.#flight(step))
  }

  /** The answer to a call: what one that went alone shows is remembered. */
  answered(step: AskSpec, raw: Uint8Array): void {
    const flight = this.#flight(step)
    if (isAlone(flight)) this.#look(flight, raw)
  }

  /** An answer that a job brought: the first of each use shows as much as one that went alone. */
  collected(step: AskSpec, raw: Uint8Array): void {
    const flight = this.#flight(step)
    flight.open = true
    if (!flight.seen) this.#look(flight, raw)
  }

  /** As `failed`, of a line of a job that brought no answer to this step. */
  refusedInJob(step: AskSpec, failure: Failure): string | undefined {
    const flight = this.#flight(step)
    const field = refusedField(flight.use, failure)
    if (field === undefined) return undefined
    this.#refuse(flight, field, failure.message)
    return failure.message
  }

  #look(flight: Flight, raw: Uint8Array): void {
    flight.seen = true
    const findings = observe(flight.use, raw)
    this.#context.note?.(flight.use, findings)
    for (const finding of findings) if (finding.verdict === 'ignored') this.#tell(flight, finding)
  }

  /**
   * Why a failure ends the build: every other call would meet it. What a server blames in words of its own is believed of a call
   * that went alone; later it may be about one text.
   */
  failed(step: AskSpec, failure: Failure): string | undefined {
    const flight = this.#flight(step)
    const field = refusedField(flight.use, failure)
    if (failure.kind === 'fatal') {
      if (failure.code === 'unsupported-parameter' && field !== undefined) this.#refuse(flight, field, failure.message)
      return failure.message
    }
    if (!isAlone(flight) || failure.code !== 'bad-request') return undefined
    if (field !== undefined) {
      this.#refuse(flight, field, failure.message)
      return failure.message
    }
    flight.refused++
    return flight.refused < REFUSED_ALONE
      ? undefined
      : `the first ${REFUSED_ALONE} requests were refused, the last with: ${failure.message}`
  }

  #refuse(flight: Flight, field: string, because: string): void {
    if (flight.told.has(field)) return
    const finding: Finding = { field, verdict: 'refused', because }
    this.#context.note?.(flight.use, [finding])
    this.#tell(flight, finding)
  }

  #tell({ use, told }: Flight, finding: Finding): void {
    told.add(finding.field)
    this.#context.sink.emit({ type: 'notice', diagnostic: unhonoured(use, finding, this.#context.locate) })
  }

  #flight(step: AskSpec): Flight {
    const known = this.#ofStep.get(step)
    if (known) return known
    const use = wireUse(step)
    const flight = this.#flights.get(use.id) ?? {
      use,
      calls: 0,
      open: false,
      alone: undefined,
      awaited: undefined,
      refused: 0,
      seen: false,
      told: new Set(),
    }
    this.#flights.set(use.id, flight)
    this.#ofStep.set(step, flight)
    return flight
  }
}

/** Whether the first of many requests for a job is asked online: what is remembered of a use that was not refused will do. */
export function goesAhead(use: Use, known: KnownOf | undefined): boolean {
  if (isOnlyInJobs(use.step.model)) return false
  const before = known?.(use)
  return before === undefined || before.findings.some(({ verdict }) => verdict === 'refused')
}

/** Azure has deployments for jobs and others for calls. */
function isOnlyInJobs({ provider }: ModelSpec): boolean {
  return provider === 'azure'
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function isAlone({ alone, open }: Flight): boolean {
  return alone !== undefined && !open
}

/** The field that a refusal blames and that every call of the use has; how long a text is, is one call's own matter. */
export function refusedField({ fields }: Use, { parameter, message, code }: Failure): string | undefined {
  if (/\bcontext (length|window|size)\b/i.test(message)) return undefined
  if (parameter !== undefined) return CONTENT_FIELDS.has(parameter) ? undefined : parameter
  return code === 'bad-request' || code === 'unsupported-parameter' ? fieldIn(message, fields) : undefined
}
