/** How fast cells are finished, with recent minutes counting more: the basis of the remaining time. */

/** Finished cells and time, both fading. */
export interface Pace {
  started: number | undefined
  /** When the last event happened, on the run's clock. */
  at: number
  done: number
  ms: number
}

const FADE_MS = 60_000 // a rate limit that sets in shows within a minute, a hiccup does not
const SURE_AFTER_MS = 15_000
const SURE_AFTER_SHARE = 0.05 // both from ninja's RecalculateProgressPrediction

export function startPace(): Pace {
  return { started: undefined, at: 0, done: 0, ms: 0 }
}

/** Time has come to `at`, and so many more cells are finished. */
export function advance(pace: Pace, at: number, finished: number): void {
  if (pace.started === undefined) {
    pace.started = at
    pace.at = at
  }
  const passed = Math.max(0, at - pace.at)
  const fade = passed === 0 ? 1 : Math.exp(-passed / FADE_MS)
  pace.done = pace.done * fade + finished
  pace.ms = pace.ms * fade + passed
  pace.at = Math.max(at, pace.at)
}

/** Milliseconds until `todo` cells are finished when `fresh` are; undefined until that is more than a guess. */
export function remaining(pace: Pace, fresh: number, todo: number, now: number): number | undefined {
  if (pace.started === undefined || now - pace.started < SURE_AFTER_MS || fresh < todo * SURE_AFTER_SHARE || pace.done === 0)
    return undefined
  // Silence since the last event counts, so a stall makes the time grow.
  const ms = pace.ms + Math.max(0, now - pace.at)
  return (Math.max(0, todo - fresh) * ms) / pace.done
}
