/** Servers of one's own as they are when many ask at once, with a crowd in front of them, on virtual time. */
import type { Provider, Reply } from '../../../../src/generate/provider.ts'
import { Pace } from '../../../../src/generate/rate/pace.ts'
import { Slots } from '../../../../src/generate/rate/slots.ts'
import { askWithRetry } from '../../../../src/generate/retry.ts'
import { seeded } from '../../../rig/random.ts'
import { VirtualTime } from '../../../rig/virtual-clock.ts'

/** Tokens a second that it makes in all, with so many calls under way. */
export type Machine = (calls: number) => number

/** One at a time; others wait in front of it. */
export const oneAtATime: Machine = () => 40
/** Each call has its own speed until the machine is full. */
export const kneeAt =
  (knee: number): Machine =>
  (calls) =>
    40 * Math.min(calls, knee)
/** Beyond a number of calls its memory does not suffice, and everything takes longer. */
export const collapsesAbove =
  (most: number): Machine =>
  (calls) =>
    calls <= most ? 40 * calls : 40 * most * (most / calls) ** 2

export interface Load {
  readonly machine: Machine
  readonly ceiling: number
  readonly seconds: number
  readonly seed: number
  /** How much answers differ in length, from 0 to 1. */
  readonly spread?: number
  /** The machine becomes another one at a time. */
  readonly later?: { readonly atSeconds: number; readonly machine: Machine }
  readonly fifo?: boolean
}

export interface Course {
  /** Of the last quarter: tokens a second, and the calls at once that were allowed. */
  readonly perSecond: number
  readonly limits: readonly number[]
  readonly most: number
}

const OVER: Reply = { kind: 'failure', failure: { kind: 'refused', code: 'over', message: 'the test is over' } }
const TICK_MS = 50
const MEAN_TOKENS = 100

export async function load({ machine, ceiling, seconds, seed, spread = 0.6, later, fifo = false }: Load): Promise<Course> {
  const random = seeded(seed)
  const time = new VirtualTime(random)
  const clock = time.clock()
  const slots = new Slots(ceiling)
  const pace = new Pace(clock, { slots })
  const under: { left: number; readonly tokens: number; readonly end: (reply: Reply) => void }[] = []
  const end = seconds * 1000
  const made: { at: number; tokens: number }[] = []
  const limits: number[] = []
  let most = 0
  const provider: Provider = {
    simulated: false,
    ask: () =>
      new Promise((resolve) => {
        if (clock.now() >= end) return resolve(OVER)
        const tokens = Math.max(1, Math.round(MEAN_TOKENS * (1 + spread * (2 * random() - 1))))
        under.push({ left: tokens, tokens, end: resolve })
        most = Math.max(most, under.length)
      }),
    close: async () => {},
  }
  // All under way share what the machine makes, or the first has it all.
  const tick = () => {
    const now = clock.now()
    const speed = (later && now >= later.atSeconds * 1000 ? later.machine : machine)(under.length)
    let work = (speed * TICK_MS) / 1000
    const share = fifo ? work : work / Math.max(1, under.length)
    for (const one of [...under]) {
      const done = Math.min(one.left, fifo ? work : share)
      one.left -= done
      work -= done
      if (one.left > 1e-9) continue
      under.splice(under.indexOf(one), 1)
      made.push({ at: now, tokens: one.tokens })
      one.end({
        kind: 'response',
        raw: Buffer.from(
          `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":${one.tokens}}}`,
        ),
      })
    }
    if (now > 0.75 * end) limits.push(slots.limit)
    if (now < end) time.after(TICK_MS, tick)
    else for (const one of under.splice(0)) one.end(OVER)
  }
  time.after(TICK_MS, tick)
  const one = async () => {
    while (clock.now() < end)
      await askWithRetry(
        provider,
        { body: {}, draw: { ordinal: 0, attempt: 0, epoch: 0 } },
        { clock, random, pace, signal: new AbortController().signal, wish: { lane: 'write' } },
      )
  }
  const stop = Promise.all(Array.from({ length: ceiling }, one))
  await time.until(stop, { events: 5_000_000, ms: end + 600_000 })
  const last = made.filter(({ at }) => at > 0.75 * end)
  return { perSecond: last.reduce((sum, { tokens }) => sum + tokens, 0) / (0.25 * seconds), limits, most }
}
