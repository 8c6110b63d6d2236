/**
 * How many calls at once a server of one's own makes use of. Nobody says so beforehand (Ollama answers one at a time, vLLM dozens),
 * so it is found by trying: twice as many for as long as that brings more tokens a second, then between what was better and what
 * was not, and after a while once more, for servers and prompts change.
 *
 *   doubling ──no gain──▶ between ──too close to matter──▶ holding ──a while──▶ probing ──gain──▶ doubling
 *                            ▲                                │                    └──none──▶ holding
 *                            └──────loss────── halving ◀──far less than before
 *
 * Tokens a second are the calls at once, times what one of them brings in its time (Little's law): counting what arrives in a
 * span of time would depend on where between two crowds of answers the span ends. Pure: it is told of every call.
 */

/** A call that has ended. */
export interface Served {
  /** `generation` when it began. */
  readonly generation: number
  readonly ms: number
  /** What it brought; 0 for one that failed. */
  readonly tokens: number
}

interface Level {
  readonly calls: number
  seen: number
  ms: number
  tokens: number
}

// Of twice as many calls; less is noise, or not worth the wait of each.
const GAIN_OF_DOUBLING = 1.08
const GAIN_BETWEEN = 1.05
// Between these nobody can tell from a few calls.
const [SURELY_LESS, SURELY_MORE] = [0.75, 1.35]
const FEW = 4
const MANY = 40
/** Levels this close are one. */
const CLOSE = 0.12

// Times as many calls as are under way at once; each look that finds nothing doubles it, for a look may be dear.
const PROBE_AFTER = 30
const LONGEST_PROBE_AFTER = 480
const PROBE = 1.25
const FAR_LESS = 0.6
const ALMOST_NOTHING = 0.3

export class Slots {
  readonly #ceiling: number
  #best: Level
  /** What is compared with the best. */
  #trial: Level | undefined
  /** Which of the two is under way. */
  #at: Level
  /** The fewest calls at once that brought no more than the best. */
  #tooMany = Number.POSITIVE_INFINITY
  #phase: 'doubling' | 'between' | 'holding' | 'probing' | 'halving' = 'doubling'
  /** Calls to let go by: they began when others were under way. */
  #unsettled: number
  #held = 0
  #poor = 0
  #probeAfter = PROBE_AFTER
  /** Rises when the number of calls changes. */
  generation = 0

  /** `ceiling`: never more than that. */
  constructor(ceiling: number) {
    this.#ceiling = Math.max(1, Math.floor(ceiling))
    this.#best = level(Math.min(2, this.#ceiling))
    this.#at = this.#best
    this.#unsettled = this.#at.calls
  }

  /** So many calls may be under way. */
  get limit(): number {
    return this.#at.calls
  }

  /** `full`: as many were under way as may be; otherwise nothing can be learnt from it. */
  ended({ generation, ms, tokens }: Served, full: boolean): void {
    if (generation !== this.generation || !full) return
    if (this.#unsettled > 0) {
      this.#unsettled--
      return
    }
    const at = this.#at
    at.seen++
    // A server that refuses at once is no faster for it.
    at.ms += tokens > 0 || at.ms === 0 ? ms : Math.max(ms, at.ms / (at.seen - 1))
    at.tokens += tokens
    if (this.#phase === 'holding') this.#hold(at)
    else if (at.seen >= Math.max(FEW, at.calls)) this.#judge()
  }

  #judge(): void {
    const trial = this.#trial
    if (!trial) return this.#onward()
    const gain = rateOf(trial) / rateOf(this.#best)
    if (gain > SURELY_LESS && gain < SURELY_MORE) {
      if (trial.seen < MANY) return this.#measure(trial)
      if (this.#best.seen < MANY) return this.#measure(this.#best)
    }
    this.#trial = undefined
    if (this.#phase === 'halving') {
      if (gain < 1) this.#phase = 'between'
      else {
        this.#tooMany = this.#best.calls
        this.#best = trial
      }
      return this.#onward()
    }
    if (gain >= (this.#phase === 'between' ? GAIN_BETWEEN : GAIN_OF_DOUBLING)) {
      this.#best = trial
      if (this.#phase === 'probing') {
        this.#phase = 'doubling'
        this.#tooMany = Number.POSITIVE_INFINITY
        this.#probeAfter = PROBE_AFTER
      }
    } else {
      if (this.#phase === 'probing') {
        this.#probeAfter = Math.min(2 * this.#probeAfter, LONGEST_PROBE_AFTER)
        return this.#rest()
      }
      this.#tooMany = trial.calls
      this.#phase = 'between'
    }
    this.#onward()
  }

  /** Goes where there may be more to gain. */
  #onward(): void {
    const { calls } = this.#best
    if (this.#phase === 'halving') {
      if (calls > 1) return this.#try(Math.floor(calls / 2))
      this.#phase = 'between'
    }
    const next = this.#phase === 'doubling' ? Math.min(2 * calls, this.#ceiling) : Math.round((calls + this.#tooMany) / 2)
    if (next <= calls || next >= this.#tooMany || (this.#phase === 'between' && next - calls < CLOSE * calls)) return this.#rest()
    this.#try(next)
  }

  #rest(): void {
    this.#phase = 'holding'
    this.#held = 0
    this.#poor = 0
    this.#measure(level(this.#best.calls))
  }

  /** Remembers what the best brings of late; looks for more when that is long known, and for less when it has gone down. */
  #hold(window: Level): void {
    const share = rateOf(window) / rateOf(this.#best)
    const ruined = window.seen >= Math.max(2 * FEW, window.calls / 4) && share < ALMOST_NOTHING
    if (!ruined && window.seen < Math.max(MANY, 2 * window.calls)) return
    this.#poor = share < FAR_LESS ? this.#poor + 1 : 0
    if (ruined || this.#poor >= 2) {
      this.#best = window
      this.#phase = 'halving'
      this.#probeAfter = PROBE_AFTER
      this.#tooMany = window.calls + 1
      return this.#onward()
    }
    if (this.#poor === 0) this.#best = window
    this.#held += window.seen
    this.#at = level(window.calls)
    const more = Math.min(this.#ceiling, Math.ceil(PROBE * window.calls))
    if (this.#poor > 0 || this.#held < this.#probeAfter * window.calls || more <= window.calls) return
    this.#phase = 'probing'
    this.#try(more)
  }

  #try(calls: number): void {
    this.#trial = level(calls)
    this.#measure(this.#trial)
  }

  #measure(next: Level): void {
    if (next.calls !== this.#at.calls) {
      this.generation++
      this.#unsettled = next.calls
    }
    this.#at = next
  }
}

function level(calls: number): Level {
  return { calls, seen: 0, ms: 0, tokens: 0 }
}

function rateOf({ calls, ms, tokens }: Level): number {
  return ms === 0 ? 0 : (calls * tokens) / ms
}
