/** Calls that may be made twice, on virtual time, against a server that does as it is told. */
import { Hedges } from '../../../../src/generate/hedge/hedges.ts'
import type { KeptEnvelope } from '../../../../src/generate/outcome.ts'
import type { Failure, Provider, Reply } from '../../../../src/generate/provider.ts'
import { Pace, type PaceOptions } from '../../../../src/generate/rate/pace.ts'
import { askWithRetry } from '../../../../src/generate/retry.ts'
import { seeded } from '../../../rig/random.ts'
import { VirtualTime } from '../../../rig/virtual-clock.ts'

/** What becomes of a call, and when. */
export interface Fate {
  readonly ms: number
  readonly reply: Reply
  /** It is on its way already when it is called off. */
  readonly deaf?: boolean
}

export interface Seen {
  readonly at: number
  end: number | undefined
  calledOff: boolean
}

const HOUR_MS = 3_600_000
export const AFTER_MS = 1_000

export function answer(text: string, ms = 100): Fate {
  const raw = Buffer.from(
    `{"choices":[{"message":{"content":"${text}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":2}}`,
  )
  return { ms, reply: { kind: 'response', raw } }
}

export function failing(failure: Partial<Failure>, ms = 100): Fate {
  return { ms, reply: { kind: 'failure', failure: { kind: 'transient', code: 'server-error', message: 'x', ...failure } } }
}

export const hangs: Fate = { ...failing({ code: 'timeout' }), ms: HOUR_MS }

export interface HouseOptions {
  readonly fates: readonly Fate[]
  readonly pace?: PaceOptions
  readonly maxTries?: number
  /** Whether the limits allow a second call. */
  readonly allowed?: () => boolean
}

export function house({ fates, pace: paceOptions, maxTries = 1, allowed = () => true }: HouseOptions) {
  const time = new VirtualTime(seeded(1))
  const clock = time.clock()
  const pace = new Pace(clock, paceOptions)
  const hedges = new Hedges(clock, { atMost: 0.5, afterMs: AFTER_MS })
  const [abort, stop] = [new AbortController(), new AbortController()]
  const seen: Seen[] = []
  const told: string[] = []
  const provider: Provider = {
    simulated: false,
    close: async () => {},
    ask: (_, signal) =>
      new Promise((resolve) => {
        const fate = fates[Math.min(seen.length, fates.length - 1)] as Fate
        const one: Seen = { at: clock.now(), end: undefined, calledOff: false }
        seen.push(one)
        const end = (reply: Reply) => {
          one.end = clock.now()
          cancel()
          resolve(reply)
        }
        const cancel = time.after(fate.ms, () => end(fate.reply))
        const callOff = () => {
          one.calledOff = true
          if (!fate.deaf) end({ kind: 'failure', failure: { kind: 'aborted', code: 'aborted', message: 'called off' } })
        }
        if (signal.aborted) callOff()
        else signal.addEventListener('abort', callOff, { once: true })
      }),
  }
  const hedging = {
    hedges,
    begin: () => {
      const may = allowed()
      if (may) told.push('begin')
      return may
    },
    unneeded: (envelope: KeptEnvelope) => void told.push(`unneeded ${envelope.kind === 'completion' ? envelope.content : envelope.code}`),
    end: (what: string) => void told.push(what),
  }
  const options = {
    clock,
    random: () => 0.5,
    signal: abort.signal,
    stop: stop.signal,
    pace,
    maxTries,
    hedging,
    onFailed: ({ code }: Failure) => void told.push(code),
    onRetry: ({ code }: Failure, ms: number) => void told.push(`retry ${code} ${ms}`),
  }
  // Two calls are saved up for: of those that follow, one in two may be made twice.
  for (let i = 0; i < 2; i++)
    hedges.ended(
      hedges.watch('', 0, () => false),
      false,
    )
  const ask = () => askWithRetry(provider, { body: {}, draw: { ordinal: 0, attempt: 0, epoch: 0 } }, options)
  const until = <T>(goal: Promise<T>) => time.until(goal, { events: 10_000, ms: 24 * HOUR_MS })
  return { time, clock, pace, hedges, abort, stop, seen, told, ask, until }
}
