/** Trying again what a server's Batch API could not do just now; each kind of failure as for any other call. */
import type { Served } from '../../generate/batch/job-service.ts'
import type { Clock } from '../../util/clock.ts'
import type { Halt } from '../halt.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
const TRIES = 5

export interface Patience {
  readonly clock: Clock
  readonly random: () => number
  readonly halt: Halt
}

/** Until it succeeds, cannot succeed, or no try is left. `tries`: left out, five. */
export async function persist<T>(
  { clock, random, halt }: Patience,
  work: () => Promise<Served<T>>,
  tries: number = TRIES,
): Promise<Served<T>> {
  for (let made = 1; ; made++) {
    const served = await work()
    if (served.kind === 'ok' || served.failure.kind !== 'transient' || made >= tries || halt.stopSignal.aborted) return served
    await clock.sleep(waitFor(served.failure.retryAfterMs, made, random), halt.stopSignal)
  }
}

/** What the server asked for, or a growing time with jitter. */
export function waitFor(asked: number | undefined, made: number, random: () => number): number {
  return asked ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (made - 1)) * (0.5 + random() / 2)
}
