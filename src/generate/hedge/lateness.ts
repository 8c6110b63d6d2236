/** When an answer is late: later than all but a share of the last few hundred, and much later than usual. Pure. */

const WINDOW = 200
const ENOUGH = 20
/** So many of those measured must lie in the share, or it is chance. */
const ENOUGH_IN_SHARE = 2
const ANEW_AFTER = 10
// A second call takes as long as the middle one. Where all answers take about as long, the slowest of them come before it.
const MUCH_LATER = 2

export class Lateness {
  readonly #share: number
  readonly #times: Float64Array
  readonly #enough: number
  #seen = 0
  #countedAt = 0
  #lateMs: number | undefined

  constructor(share: number) {
    this.#share = share
    this.#enough = Math.max(ENOUGH, Math.ceil(ENOUGH_IN_SHARE / share))
    this.#times = new Float64Array(Math.max(WINDOW, this.#enough))
  }

  /** Undefined before enough answers were measured. */
  get lateMs(): number | undefined {
    return this.#lateMs
  }

  /** True when that is known better now. */
  took(ms: number): boolean {
    this.#times[this.#seen++ % this.#times.length] = ms
    if (this.#seen < this.#enough || (this.#countedAt > 0 && this.#seen - this.#countedAt < ANEW_AFTER)) return false
    this.#countedAt = this.#seen
    const sorted = this.#times.slice(0, this.#seen).sort()
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] as number
    this.#lateMs = Math.max(at(1 - this.#share), MUCH_LATER * at(0.5))
    return true
  }
}
