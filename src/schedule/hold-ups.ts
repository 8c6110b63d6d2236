/** Why calls wait, for whoever looks at the screen: a reason is told when it is new, and now and then while it lasts. */
import type { Hold } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'
import type { Clock } from '../util/clock.ts'

/** Whoever shows it takes what was not told for longer to be over. */
const AGAIN_MS = 5_000
/** A rate that is found by trying moves with every answer. */
const SAME_RATE = 0.1

export class HoldUps {
  readonly #sink: Sink
  readonly #clock: Clock
  readonly #told = new Map<string, { readonly hold: Hold; readonly at: number }>()

  constructor(sink: Sink, clock: Clock) {
    this.#sink = sink
    this.#clock = clock
  }

  tell(use: string, hold: Hold): void {
    const at = this.#clock.now()
    const before = this.#told.get(use)
    if (before && at - before.at < AGAIN_MS && isSame(before.hold, hold, at - before.at)) return
    this.#told.set(use, { hold, at })
    this.#sink.emit({ type: 'hold-up', use, at, hold })
  }
}

/** Whether it is what was told `passed` milliseconds ago. */
function isSame(before: Hold, now: Hold, passed: number): boolean {
  if (before.why !== now.why) return false
  if ('perMinute' in before && 'perMinute' in now)
    return before.by === now.by && Math.abs(now.perMinute - before.perMinute) <= SAME_RATE * before.perMinute
  if (before.why === 'pause' && now.why === 'pause') return now.ms + passed - before.ms < 1_000
  return true
}
