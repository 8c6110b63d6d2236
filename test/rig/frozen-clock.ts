/** A clock that stands still until it is told to move. */
import type { Clock } from '../../src/util/clock.ts'

export class FrozenClock implements Clock {
  #now = 0
  #sleepers: { readonly until: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  date(): Date {
    return new Date(0)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const sleeper = { until: this.#now + ms, wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
          resolve()
        },
        { once: true },
      )
    })
  }

  /** Moves time and wakes who slept until then, each in its turn. */
  async advanceTo(ms: number): Promise<void> {
    for (;;) {
      const next = this.#sleepers.filter(({ until }) => until <= ms).sort((a, b) => a.until - b.until)[0]
      if (!next) break
      this.#now = Math.max(this.#now, next.until)
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      next.wake()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#now = ms
  }
}
