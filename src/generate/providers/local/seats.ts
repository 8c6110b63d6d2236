/** So many may be at work at once; others wait their turn, in order, and may give up. */

export class Seats<Seat> {
  readonly #free: Seat[]
  readonly #waiting: ((seat: Seat) => void)[] = []

  constructor(seats: readonly Seat[]) {
    this.#free = [...seats]
  }

  /** Undefined when the signal aborts first. */
  take(signal: AbortSignal): Promise<Seat | undefined> {
    const seat = this.#free.pop()
    if (seat !== undefined) return Promise.resolve(seat)
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(sit), 1)
        resolve(undefined)
      }
      const sit = (free: Seat) => {
        signal.removeEventListener('abort', leave)
        resolve(free)
      }
      this.#waiting.push(sit)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  give(seat: Seat): void {
    const next = this.#waiting.shift()
    if (next) next(seat)
    else this.#free.push(seat)
  }
}
