/** Calls spread evenly over a minute: a bucket so shallow that no second holds more than its share. */

// Timers fire late; what is missed within this time is made up for. Four hundredths of a second are 4 % of any second.
const CATCH_UP_MS = 40

const MINUTE_MS = 60_000

/** One allowance per minute, of requests or of tokens. Pure: the time is told to it. */
export class Spacing {
  #perMinute: number
  #freeAt = Number.NEGATIVE_INFINITY

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  get perMinute(): number {
    return this.#perMinute
  }

  set perMinute(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** Milliseconds until something may be taken; 0 when it may be now. */
  waitMs(now: number): number {
    return Math.max(0, this.#freeAt - now)
  }

  /** Takes so much; what comes next waits for as long as the allowance needs to grow back. */
  take(now: number, amount: number): void {
    this.#freeAt = Math.max(this.#freeAt, now - CATCH_UP_MS) + (amount * MINUTE_MS) / this.#perMinute
  }

  /** What was taken turned out to be so much more, or less. */
  correct(more: number): void {
    this.#freeAt += (more * MINUTE_MS) / this.#perMinute
  }
}
