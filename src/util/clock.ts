/** Time as a parameter: the real clock here, virtual ones in tests. */
export interface Clock {
  /** Milliseconds that only grow; for durations. */
  now(): number
  /** The date; informational only. */
  date(): Date
  /** Resolves after `ms`, or at once when the signal aborts. `background`: nothing waits for it, so it keeps no process alive. */
  sleep(ms: number, signal?: AbortSignal, background?: boolean): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (ms, signal, background) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (background) timer.unref()
      signal?.addEventListener('abort', done, { once: true })
    }),
}
