/**
 * How many calls a minute may be begun: what the config and the server allow, and where nobody says, or it turns out to be
 * less, what is found by trying: down by a factor when the server says "too many", up again slowly while it does not.
 */
import { Meter } from './meter.ts'

// A server that counts as we do refuses at exactly its rate: little has to be given up. One that gasps needs air.
const DOWN = 0.85
const FAR_DOWN = 0.5
const SLOWEST_PER_MINUTE = 1
const FORGET = 0.7

// Of the rate that was last too much, each second: quickly back to where it was fine, then carefully beyond.
const BACK_PER_SECOND = 0.02
const BEYOND_PER_SECOND = 0.005
const KNOWN_FINE = 0.95
// Nothing was said for so long: the limit is somewhere else by now.
const LONG_AGO_MS = 60_000
const FASTER_PER_SECOND = 0.05

// Of the last few dozen calls. Where the rate is known and kept, single refusals are noise (other clients, counting by the second);
// half of all is not. Where nobody says, a limit that is passed refuses one after the other, and chance does not.
const MEMORY = 0.03
const TOO_MANY = 0.5
const NOT_BY_CHANCE = 0.1

export class Speed {
  readonly #meter = new Meter()
  #configured: number | undefined
  #said: number | undefined
  #found: { rate: number; tooMuch: number; cutAt: number; grownAt: number } | undefined
  #refused = 0
  /** Rises to 1 with the calls made: of a few, one is a large share. */
  #seen = 0

  /** The config allows so many, under one name of the model or another. */
  configure(perMinute: number): void {
    this.#configured = Math.min(perMinute, this.#configured ?? Number.POSITIVE_INFINITY)
  }

  /** What config and server allow, per minute; undefined when neither says. */
  get allowed(): number | undefined {
    if (this.#configured === undefined) return this.#said
    return this.#said === undefined ? this.#configured : Math.min(this.#configured, this.#said)
  }

  /** Calls per minute; undefined for as many as there are. */
  get perMinute(): number | undefined {
    const { allowed } = this
    if (!this.#found) return allowed
    return allowed === undefined ? this.#found.rate : Math.min(allowed, this.#found.rate)
  }

  /** Who says what `perMinute` is. */
  get by(): 'config' | 'server' | 'trial' {
    const { allowed } = this
    if (this.#found && (allowed === undefined || this.#found.rate < allowed)) return 'trial'
    return this.#said !== undefined && this.#said === allowed && this.#said !== this.#configured ? 'server' : 'config'
  }

  /** The server names its limit. */
  told(perMinute: number): void {
    this.#said = perMinute
  }

  /** A call is made. Refusals are counted against what was begun: they come back long before answers do. */
  began(): void {
    this.#refused *= 1 - MEMORY
    this.#seen += MEMORY * (1 - this.#seen)
  }

  /** A call was answered; `held` says whether others had to wait for the rate: without that it proves nothing. */
  answered(now: number, held: boolean): void {
    this.#meter.count(now)
    const found = this.#found
    if (!found) return
    const seconds = Math.max(0, Math.min(1, (now - found.grownAt) / 1000))
    found.grownAt = now
    if (!held) return
    const share =
      found.rate < KNOWN_FINE * found.tooMuch ? BACK_PER_SECOND : now - found.cutAt > LONG_AGO_MS ? FASTER_PER_SECOND : BEYOND_PER_SECOND
    found.rate += share * Math.max(found.rate, found.tooMuch) * seconds
    const { allowed } = this
    if (allowed !== undefined && found.rate >= allowed) this.#found = undefined
  }

  #isChance(gasping: boolean): boolean {
    if (gasping) return false
    return this.allowed === undefined ? this.#refused / this.#seen < NOT_BY_CHANCE : this.#refused < TOO_MANY
  }

  /**
   * A call was refused as one too many. True when that concerns everyone and not only this call. A call begun before the last
   * cut says nothing new.
   */
  refused(now: number, begunAt: number, gasping: boolean): boolean {
    this.#refused += MEMORY
    if (this.#isChance(gasping)) return false
    this.#refused = 0
    if (this.#found && begunAt < this.#found.cutAt) return true
    const measured = this.#meter.perMinute(now)
    const rate = Math.min(this.perMinute ?? Number.POSITIVE_INFINITY, measured ?? Number.POSITIVE_INFINITY)
    // Nothing to go by yet: the pause alone must do.
    if (rate === Number.POSITIVE_INFINITY) return true
    // After a storm the way back shall not be as long as its lowest point is low.
    const tooMuch = Math.max(rate, FORGET * (this.#found?.tooMuch ?? 0))
    this.#found = { rate: Math.max(SLOWEST_PER_MINUTE, rate * (gasping ? FAR_DOWN : DOWN)), tooMuch, cutAt: now, grownAt: now }
    return true
  }
}
