/** Time that moves only when nothing else can: the peer of the system clock for simulations, ordered by one seed. */
import type { Clock } from '../../src/util/clock.ts'
import type { Random } from './random.ts'

interface Timer {
  readonly at: number
  /** Who goes first among timers of one moment. */
  readonly tie: number
  readonly run: () => void
  cancelled: boolean
}

/** Nothing is left to happen, or too much has, and what was waited for has not come. */
export class Stuck extends Error {}

/** What needs a time to come needs no more than this. */
export type Timers = Pick<VirtualTime, 'now' | 'after'>

export class VirtualTime {
  readonly #random: Random
  #now = 0
  #wall = Date.UTC(2026, 0, 1)
  #heap: Timer[] = []
  /** Timers that fired so far. */
  events = 0

  constructor(random: Random) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  /** Runs once `ms` from now, in seeded order among those of the same moment; the result takes it back. */
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), tie: this.#random(), run, cancelled: false }
    this.#push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  /** A clock on this time. `wake` decides whether and when a sleeper goes on. */
  clock(wake: (run: () => void) => void = (run) => run()): Clock {
    return {
      now: () => this.#now,
      date: () => new Date(this.#wall + Math.round(this.#now)),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve()
          const done = () => {
            cancel()
            signal?.removeEventListener('abort', done)
            wake(resolve)
          }
          const cancel = this.after(ms, done)
          signal?.addEventListener('abort', done, { once: true })
        }),
    }
  }

  /**
   * Fires timers one at a time, each when everything the one before it set off has come to rest, until `goal` settles.
   * Throws `Stuck` when it cannot, or when it takes more than so many timers or milliseconds.
   */
  async until<T>(goal: Promise<T>, most: { readonly events: number; readonly ms: number }, each: () => void = () => {}): Promise<T> {
    let settled = false
    const end = () => {
      settled = true
    }
    goal.then(end, end)
    const lastEvent = this.events + most.events
    const lastMs = this.#now + most.ms
    for (;;) {
      await rest()
      each()
      if (settled) return goal
      const next = this.#pop()
      if (!next) throw new Stuck('nothing is left that could happen, and the build has not ended')
      if (++this.events > lastEvent) throw new Stuck(`the build has not ended after ${most.events} events`)
      if (next.at > lastMs) throw new Stuck(`the build has not ended after ${Math.round(most.ms / 1000)} seconds of virtual time`)
      this.#now = next.at
      next.run()
    }
  }

  /** Somebody sets the clock on the wall. */
  jumpWall(ms: number): void {
    this.#wall += Math.round(ms)
  }

  /** Forgets whatever is still to come. */
  clear(): void {
    this.#heap = []
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(timer, heap[above] as Timer)) break
      heap[at] = heap[above] as Timer
      at = above
    }
    heap[at] = timer
  }

  #pop(): Timer | undefined {
    for (;;) {
      const heap = this.#heap
      const first = heap[0]
      const last = heap.pop()
      if (!first || !last) return undefined
      if (heap.length > 0) {
        let at = 0
        for (;;) {
          let below = 2 * at + 1
          if (below >= heap.length) break
          if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++
          if (!isBefore(heap[below] as Timer, last)) break
          heap[at] = heap[below] as Timer
          at = below
        }
        heap[at] = last
      }
      if (!first.cancelled) return first
    }
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie)
}

/** The next tick comes when every promise that can settle has settled: no real timer, no input or output. */
function rest(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
