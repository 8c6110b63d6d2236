/**
 * Which calls of a model are late, and whether one of them may be made a second time. The second calls are a small share of all, and
 * what was not used of it is saved up only for a while: a server that stalls must not be asked everything twice.
 *
 *   under way ──late──▶ is there a share left? ──yes──▶ may it be? ──yes──▶ made twice
 *       ▲                     │ ▲ no: when there is,        │ no: looked at again when it has taken twice as long
 *       │                     └─┘ the oldest first          │
 *       └───────────────────────────────────────────────────┘
 */
import type { HedgeSpec } from '../../config/dataset.ts'
import type { Clock } from '../../util/clock.ts'
import { Lateness } from './lateness.ts'

/** A call under way that was made once. */
export interface Flight {
  readonly lane: string
  readonly at: number
}

interface Watched extends Flight {
  /** Makes it a second time; false when that may not be just now. */
  readonly again: (waitedMs: number) => boolean
  /** On the clock's `now()`, once it was late and nothing could be done about it. */
  lookAt: number | undefined
  /** Late, and the share was used up. */
  starved: boolean
}

/** What is saved up is the share of so many calls, or of twice as many as are under way. */
const SAVED_OVER_CALLS = 200
// Twenty shares of a twentieth are a little less than one, or a little more.
const ONE = 1 - 1e-9
const NEVER = Number.POSITIVE_INFINITY

export class Hedges {
  readonly #clock: Clock
  readonly #spec: HedgeSpec
  readonly #lanes = new Map<string, Lateness>()
  readonly #flights = new Set<Watched>()
  #saved = 0
  #someStarve = false
  #alarm: { readonly at: number; readonly cancel: AbortController } | undefined

  constructor(clock: Clock, spec: HedgeSpec) {
    this.#clock = clock
    this.#spec = spec
  }

  /** How many calls more than `concurrency` may be under way, about. */
  static beside({ atMost }: HedgeSpec, concurrency: number): number {
    return Math.ceil(mostSaved(atMost, concurrency))
  }

  /** A call has begun. `again` is asked when it is late, and once more later on for as long as it says no. */
  watch(lane: string, at: number, again: (waitedMs: number) => boolean): Flight {
    const flight: Watched = { lane, at, again, lookAt: undefined, starved: false }
    this.#flights.add(flight)
    this.#saved = Math.min(mostSaved(this.#spec.atMost, this.#flights.size), this.#saved + this.#spec.atMost)
    if (this.#someStarve && this.#saved >= ONE) this.#look()
    this.#wakeBy(this.#dueAt(flight))
    return flight
  }

  /** `measured`: its answer took so long, or would have taken longer still. */
  ended(flight: Flight, measured: boolean): void {
    this.#flights.delete(flight as Watched)
    const changed = measured && this.#lane(flight.lane).took(this.#clock.now() - flight.at)
    if (changed || this.#flights.size === 0) this.#arm()
  }

  #lane(name: string): Lateness {
    const known = this.#lanes.get(name)
    if (known) return known
    const lane = new Lateness(this.#spec.atMost)
    this.#lanes.set(name, lane)
    return lane
  }

  /** Never, where nobody knows yet how long a call takes, or no share is left. */
  #dueAt({ lane, at, lookAt, starved }: Watched): number {
    if (starved) return NEVER
    return lookAt ?? at + (this.#spec.afterMs ?? this.#lanes.get(lane)?.lateMs ?? NEVER)
  }

  #arm(): void {
    let next = NEVER
    for (const flight of this.#flights) next = Math.min(next, this.#dueAt(flight))
    if (this.#alarm && this.#alarm.at < next) {
      this.#alarm.cancel.abort()
      this.#alarm = undefined
    }
    this.#wakeBy(next)
  }

  #wakeBy(at: number): void {
    if (at >= (this.#alarm?.at ?? NEVER)) return
    this.#alarm?.cancel.abort()
    const alarm = { at, cancel: new AbortController() }
    this.#alarm = alarm
    // Where nothing else is waited for, no call is under way.
    void this.#clock.sleep(Math.max(0, at - this.#clock.now()), alarm.cancel.signal, true).then(() => {
      if (this.#alarm !== alarm) return
      this.#alarm = undefined
      this.#look()
      this.#arm()
    })
  }

  /** Those that began first are the latest: what is left of the share is theirs. */
  #look(): void {
    const now = this.#clock.now()
    this.#someStarve = false
    for (const flight of this.#flights) {
      if (!flight.starved && this.#dueAt(flight) > now) continue
      flight.starved = this.#saved < ONE
      if (flight.starved) this.#someStarve = true
      else if (flight.again(now - flight.at)) {
        this.#saved -= 1
        this.#flights.delete(flight)
      } else flight.lookAt = now + Math.max(1, now - flight.at)
    }
  }
}

function mostSaved(atMost: number, underWay: number): number {
  return Math.max(1, atMost * Math.max(SAVED_OVER_CALLS, 2 * underWay))
}
