/** Collects writes for a moment and commits them together: one fsync for all, and no promise resolves before it. */
import type { Clock } from '../util/clock.ts'

export interface GroupOptions<Op, Result> {
  /** Makes all of them durable, or none: throws then. One result for each, in order; an Error rejects only its own. */
  readonly commit: (ops: readonly Op[]) => (Result | Error)[]
  readonly clock: Clock
  /** Longest time a write waits for company, in milliseconds. */
  readonly groupMs: number
  /** A group this large is committed at once. */
  readonly groupSize: number
}

interface Waiting<Op, Result> {
  readonly op: Op
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** A group of this size costs little more than a larger one for each of its writes. */
const CROWD = 64

export class GroupCommit<Op, Result> {
  readonly #options: GroupOptions<Op, Result>
  #waiting: Waiting<Op, Result>[] = []
  /** How long the last commit took. Waiting as long as that for company costs little; on a fast disk it is next to nothing. */
  #lastMs = 0
  /** Grows with every flush, so that a timer never flushes a group younger than itself. */
  #generation = 0
  /** Whether `#flushWhenQuiet` is at it. */
  #watched = false

  constructor(options: GroupOptions<Op, Result>) {
    this.#options = options
  }

  add(op: Op): Promise<Result> {
    const { clock, groupMs, groupSize } = this.#options
    const promise = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ op, resolve, reject })
    })
    if (this.#waiting.length >= groupSize) this.flush()
    else if (this.#waiting.length >= CROWD) this.#flushWhenQuiet()
    else if (this.#waiting.length === 1) {
      const generation = this.#generation
      void clock.sleep(Math.min(groupMs, this.#lastMs)).then(() => {
        if (generation === this.#generation) this.flush()
      })
    }
    return promise
  }

  /** So many would not be worth waiting longer for, unless more are on their way: then they come in this turn of the event loop. */
  #flushWhenQuiet(): void {
    if (this.#watched) return
    this.#watched = true
    let before = this.#waiting.length
    const generation = this.#generation
    const look = () => {
      if (generation !== this.#generation) this.#watched = false
      else if (this.#waiting.length > before) {
        before = this.#waiting.length
        setImmediate(look)
      } else {
        this.#watched = false
        this.flush()
      }
    }
    setImmediate(look)
  }

  /** Commits what waits, now. Never throws: whoever waits learns of a failure. */
  flush(): void {
    const group = this.#waiting
    if (group.length === 0) return
    this.#waiting = []
    this.#generation++
    const { clock } = this.#options
    const started = clock.now()
    try {
      const results = this.#options.commit(group.map(({ op }) => op))
      this.#lastMs = clock.now() - started
      group.forEach(({ resolve, reject }, i) => {
        const result = results[i]
        if (result instanceof Error) reject(result)
        else resolve(result as Result)
      })
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}
