/**
 * How a build is brought to an end before its time.
 *
 *   running ──stop──▶ stopping ──abort──▶ aborting
 *
 * stopping: nothing new starts, what is in flight is finished and kept (it is paid for).
 * aborting: requests in flight are cut off.
 */
import type { Sink } from '../events/sink.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'

export type HaltReason = 'interrupt' | 'budget' | 'calls' | 'fatal' | 'store' | 'replan'

const EXIT_OF: Record<HaltReason, ExitCode> = {
  interrupt: EXIT.interrupted,
  budget: EXIT.limit,
  calls: EXIT.limit,
  fatal: EXIT.provider,
  store: EXIT.store,
  replan: EXIT.incomplete,
}

export class Halt {
  readonly #stop = new AbortController()
  readonly #abort = new AbortController()
  #sink: Sink | undefined
  #why: HaltReason | undefined
  #paused: { promise: Promise<void>; resume: () => void } | undefined

  report(sink: Sink): void {
    this.#sink = sink
  }

  get stopping(): boolean {
    return this.#why !== undefined
  }

  get exitCode(): ExitCode | undefined {
    return this.#why && EXIT_OF[this.#why]
  }

  /** Aborts with `abort()`; passed to every request. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Ends waits and forbids further tries. Aborts with `stop()`, except where a limit was reached. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal
  }

  /** The first reason stays; later ones are consequences. `hint`: what a person can do about it. */
  stop(why: HaltReason, message: string, hint?: string): void {
    if (this.#why) return
    this.#why = why
    this.pause(false)
    // Calls that the limits admitted are made: what stands in their way is only the next one.
    if (why !== 'calls' && why !== 'budget') this.#stop.abort()
    this.#sink?.emit({ type: 'stopping', why, message, ...(hint === undefined ? {} : { hint }) })
  }

  abort(): void {
    if (this.#abort.signal.aborted) return
    this.stop('interrupt', 'interrupted')
    this.#stop.abort()
    this.#sink?.emit({ type: 'stopping', why: 'abort', message: 'requests in flight are cut off' })
    this.#abort.abort()
  }

  /** What Ctrl-C does: the first stops, the second aborts; the third is the process's own affair. */
  interrupt(): 'stopping' | 'aborting' | 'leave' {
    if (this.#abort.signal.aborted) return 'leave'
    if (this.#stop.signal.aborted) {
      this.abort()
      return 'aborting'
    }
    this.#stop.abort()
    this.stop('interrupt', 'interrupted: finishing what is in flight')
    return 'stopping'
  }

  /** Holds new work back without ending the build. */
  pause(on: boolean): void {
    if (!on) {
      this.#paused?.resume()
      this.#paused = undefined
    } else if (!this.#paused && !this.#why) {
      let resume = () => {}
      const promise = new Promise<void>((resolve) => {
        resume = resolve
      })
      this.#paused = { promise, resume }
    }
  }

  /** Undefined when nothing is paused, so that the hot path waits for nothing. */
  get paused(): Promise<void> | undefined {
    return this.#paused?.promise
  }
}
