/** A clock on which sleeping takes no time: it advances by what was slept. */
import type { Clock } from '../../src/util/clock.ts'

export function instantClock(): Clock {
  let now = 0
  return {
    now: () => now,
    date: () => new Date(Date.UTC(2026, 0, 1) + now),
    sleep: (ms) =>
      new Promise((resolve) => {
        setImmediate(() => {
          now += ms
          resolve()
        })
      }),
  }
}
