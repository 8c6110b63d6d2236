/** A server with a limit, and a crowd that asks it as fast as its pace allows, on virtual time. */
import type { HedgeSpec } from '../../../../src/config/dataset.ts'
import { Hedges } from '../../../../src/generate/hedge/hedges.ts'
import type { Failure, Provider, Reply } from '../../../../src/generate/provider.ts'
import { Pace, type PaceOptions } from '../../../../src/generate/rate/pace.ts'
import type { ServerLimits } from '../../../../src/generate/rate/server-limits.ts'
import { askWithRetry } from '../../../../src/generate/retry.ts'
import type { Clock } from '../../../../src/util/clock.ts'
import { seeded } from '../../../rig/random.ts'
import { VirtualTime } from '../../../rig/virtual-clock.ts'

const GOOD = Buffer.from(
  '{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":80,"completion_tokens":120}}',
)

export interface Traffic {
  readonly pace?: PaceOptions
  /** What the server lets through in a minute; undefined for everything. */
  readonly limit?: number
  /** How many it lets through at once after a rest. */
  readonly depth?: number
  /** The share it refuses for no reason. */
  readonly noise?: number
  readonly retryAfterMs?: number
  /** Said with every answer. */
  readonly says?: ServerLimits
  readonly latencyMs?: number
  /** Calls at once. */
  readonly crowd: number
  readonly minutes: number
  readonly seed: number
  readonly size?: { readonly input: number; readonly most: number | undefined }
  /** Slow calls are made a second time. */
  readonly hedge?: HedgeSpec
}

export interface Seen {
  /** When each call began, in ms. */
  readonly began: readonly number[]
  readonly answered: readonly number[]
  readonly refused: number
  readonly retries: number
  /** Calls that were made beside slow ones. */
  readonly hedges: number
  readonly tokens: readonly number[]
}

export async function run(traffic: Traffic): Promise<Seen> {
  const { limit, depth = 1, noise = 0, retryAfterMs, says, latencyMs = 800, crowd, minutes, seed } = traffic
  const random = seeded(seed)
  const time = new VirtualTime(random)
  const clock: Clock = time.clock()
  const pace = new Pace(clock, traffic.pace)
  const began: number[] = []
  const answered: number[] = []
  let refused = 0
  let retries = 0
  let left = depth
  let at = 0
  const end = minutes * 60_000
  const failure: Failure = { kind: 'transient', code: 'rate-limit', message: 'slow down', ...(retryAfterMs ? { retryAfterMs } : {}) }
  const with_ = says ? { limits: says } : {}
  const refuse = async (): Promise<Reply> => {
    refused++
    await clock.sleep(20)
    return { kind: 'failure', failure, ...with_ }
  }
  const provider: Provider = {
    simulated: false,
    async ask() {
      const now = clock.now()
      began.push(now)
      if (limit !== undefined) {
        left = Math.min(depth, left + ((now - at) * limit) / 60_000)
        at = now
        if (left < 1) return refuse()
        left--
      }
      if (random() < noise) return refuse()
      await clock.sleep(latencyMs * (0.5 + random()))
      answered.push(clock.now())
      return { kind: 'response', raw: GOOD, ...with_ }
    },
    close: async () => {},
  }
  const stop = new AbortController()
  let second = 0
  const begin = () => {
    second++
    return true
  }
  const hedging = traffic.hedge && { hedges: new Hedges(clock, traffic.hedge), begin, unneeded: () => {}, end: () => {} }
  const one = async () => {
    while (clock.now() < end && !stop.signal.aborted) {
      await askWithRetry(
        provider,
        { body: {}, draw: { ordinal: 0, attempt: 0, epoch: 0 } },
        {
          clock,
          random,
          pace,
          signal: stop.signal,
          wish: { lane: 'write', ...(traffic.size ? { size: () => traffic.size as { input: number; most: number | undefined } } : {}) },
          onRetry: () => retries++,
          hedging,
        },
      )
    }
  }
  const ended = time
    .clock()
    .sleep(end)
    .then(() => stop.abort())
  await time.until(Promise.all([ended, ...Array.from({ length: crowd }, one)]), { events: 5_000_000, ms: end + 600_000 })
  return { began, answered, refused, retries, hedges: second, tokens: answered.map(() => 200) }
}

/** The most that happened in any span of so many milliseconds. */
export function mostWithin(times: readonly number[], ms: number): number {
  let most = 0
  let from = 0
  for (let to = 0; to < times.length; to++) {
    while ((times[to] as number) - (times[from] as number) >= ms) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

/** How many a minute, between two points in time. */
export function perMinute(times: readonly number[], fromMs: number, toMs: number): number {
  return (times.filter((at) => at >= fromMs && at < toMs).length * 60_000) / (toMs - fromMs)
}
