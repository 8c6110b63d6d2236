/** How many calls of the last minute were answered, second by second. */

const SECONDS = 60
// Enough answers for a rate that is not a matter of chance; slow models need the whole minute for them.
const SURE_AFTER = 20
const RECENT_SECONDS = 10
const FEWEST = 3

export class Meter {
  readonly #counts = new Uint32Array(SECONDS)
  #second = 0
  #startedAt: number | undefined

  count(now: number): void {
    this.#startedAt ??= now
    this.#moveTo(now)
    const at = this.#second % SECONDS
    this.#counts[at] = (this.#counts[at] as number) + 1
  }

  /** Answers per minute of late, or undefined when there were too few to tell. */
  perMinute(now: number): number | undefined {
    if (this.#startedAt === undefined) return undefined
    this.#moveTo(now)
    const recent = this.#over(now, RECENT_SECONDS, SURE_AFTER)
    return recent ?? this.#over(now, SECONDS, FEWEST)
  }

  #over(now: number, seconds: number, fewest: number): number | undefined {
    let count = 0
    for (let back = 0; back < seconds; back++) count += this.#counts[(this.#second - back + SECONDS) % SECONDS] as number
    if (count < fewest) return undefined
    // The second that is under way counts only as far as it has gone.
    const passed = Math.min(seconds - 1 + (now / 1000 - Math.floor(now / 1000)), (now - (this.#startedAt as number)) / 1000)
    return (count * 60) / Math.max(1, passed)
  }

  #moveTo(now: number): void {
    const second = Math.floor(now / 1000)
    if (second <= this.#second) return
    for (let at = Math.max(this.#second + 1, second - SECONDS + 1); at <= second; at++) this.#counts[at % SECONDS] = 0
    this.#second = second
  }
}
