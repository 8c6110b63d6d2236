/**
 * The common pace of all calls with one key to one model: who may call when. Batches and judges wait here together, so that
 * nobody is asked faster than allowed, and what one of them is told ("too many", "wait") holds for all.
 */
import type { Hold } from '../../events/event.ts'
import type { Clock } from '../../util/clock.ts'
import type { Failure } from '../provider.ts'
import { Lanes } from './lanes.ts'
import { Outage } from './outage.ts'
import type { ServerLimits } from './server-limits.ts'
import type { Slots } from './slots.ts'
import { Spacing } from './spacing.ts'
import { Speed } from './speed.ts'

export interface PaceOptions {
  readonly requestsPerMinute?: number | undefined
  readonly tokensPerMinute?: number | undefined
  /** The server counts what an answer may take, not what it took (Azure). */
  readonly countsMost?: boolean
  /** A server of one's own: how many calls at once it makes use of is found by trying. */
  readonly slots?: Slots
}

/** A call that wants to be made. */
export interface Wish {
  /** Who asks: lanes take turns. */
  readonly lane: string
  /** Its prompt's tokens, and the most its answer may take; asked only where tokens are limited. */
  readonly size?: () => { readonly input: number; readonly most: number | undefined }
  /** Told why it has to wait while it is the next one. */
  readonly held?: (hold: Hold) => void
}

/** A call that may be made. */
export interface Turn {
  readonly at: number
  readonly tokens: number
  /** Of the slots, when it began. */
  readonly generation: number
  readonly wish: Wish
}

/** What became of a call, as far as its pace is concerned. */
export interface TurnEnd {
  readonly failure?: Failure
  readonly limits?: ServerLimits
  /** As billed; undefined when nothing was, or nobody knows. */
  readonly usage?: { readonly input: number; readonly output: number }
}

interface Waiter {
  readonly wish: Wish
  readonly go: (turn: Turn | undefined) => void
}

const SPREAD_MS = 1_000 // those who waited for the same moment must not all ask in it
const LONG_WAIT_MS = 2_000 // a limit of so many a second or a minute is free again sooner for a single call
const CALM_MS = 60_000 // limits are of a minute: who was told "too many" in it has nothing to spare
const FIRST_GUESS_TOKENS = 500 // of an answer, until one has been seen
const LEARN = 0.1
const UNTIL_ONE_ENDS = Number.POSITIVE_INFINITY

export class Pace {
  readonly #clock: Clock
  readonly #speed = new Speed()
  readonly #countsMost: boolean
  readonly #slots: Slots | undefined
  #underWay = 0
  readonly #waiting = new Lanes<Waiter>()
  readonly #outage = new Outage()
  #requests: Spacing | undefined
  #tokens: Spacing | undefined
  #tokensConfigured = Number.POSITIVE_INFINITY
  #tokensSaid = Number.POSITIVE_INFINITY
  #easing: Spacing | undefined
  #alarm: { at: number; cancel: AbortController } | undefined
  #answerTokens = FIRST_GUESS_TOKENS
  /** On the clock's `now()`; before it nobody asks. */
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** Somebody was told "too many", or that the server is overloaded. */
  #refusedAt = Number.NEGATIVE_INFINITY
  /** Calls made so far, retries included. */
  calls = 0

  constructor(clock: Clock, options: PaceOptions = {}) {
    this.#clock = clock
    this.#countsMost = options.countsMost === true
    this.#slots = options.slots
    this.within(options)
  }

  /** The same pace for another name of the model: the smaller limit holds for both. */
  within({ requestsPerMinute, tokensPerMinute }: PaceOptions): Pace {
    if (requestsPerMinute !== undefined) this.#speed.configure(requestsPerMinute)
    if (tokensPerMinute !== undefined) this.#limitTokens(tokensPerMinute)
    this.#retune()
    return this
  }

  get pausedUntil(): number {
    return this.#pausedUntil
  }

  /** Whether the server has answered anybody yet. */
  get everAnswered(): boolean {
    return this.#outage.everAnswered
  }

  /** Since when the server has answered nobody, on the clock's `now()`. */
  get downSince(): number | undefined {
    return this.#outage.since
  }

  /** Calls a minute just now; undefined while nothing limits them. */
  get perMinute(): number | undefined {
    return this.#speed.perMinute
  }

  /** At once when the call may be made at once, so that it is under way when this returns. */
  turn(wish: Wish, quits: readonly AbortSignal[]): Turn | Promise<Turn | undefined> {
    if (this.#waiting.size === 0 && this.#waitMs() === 0) return this.#take(wish)
    return new Promise((resolve) => {
      const waiter: Waiter = {
        wish,
        go: (turn) => {
          for (const quit of quits) quit.removeEventListener('abort', leave)
          resolve(turn)
        },
      }
      const leave = () => {
        this.#waiting.remove(wish.lane, waiter)
        waiter.go(undefined)
        this.#next()
      }
      for (const quit of quits) quit.addEventListener('abort', leave, { once: true })
      this.#waiting.add(wish.lane, waiter)
      this.#next()
    })
  }

  /**
   * A turn for a call that need not be made: only where it may be made at once, holds nobody up, and the server is well. `may` is asked
   * last, and then the call is made.
   */
  spare(wish: Wish, may: () => boolean): Turn | undefined {
    if (this.#waiting.size > 0 || this.#outage.since !== undefined || this.#clock.now() - this.#refusedAt < CALM_MS) return undefined
    return this.#waitMs() === 0 && may() ? this.#take(wish) : undefined
  }

  /** A turn that no call was made in. Its place is gone: others have been told to wait behind it. */
  unused(turn: Turn): void {
    this.#tokens?.correct(-turn.tokens)
    this.#underWay--
    if (this.#slots) this.#next()
  }

  /** `waitMs`: how long the call that failed will wait before it is tried again, if it is. */
  ended(turn: Turn, { failure, limits, usage }: TurnEnd, waitMs: number): void {
    const now = this.#clock.now()
    this.#served(turn, now, failure, usage)
    if (limits) this.#told(limits, now)
    if (failure) this.#outage.failed(now, failure, turn.wish)
    // Those who waited shall not all ask in the moment when it is back.
    else if (this.#outage.answered()) this.#pause(now)
    if (usage) {
      this.#answerTokens += LEARN * (usage.output - this.#answerTokens)
      if (!this.#countsMost && this.#tokens) this.#tokens.correct(usage.input + usage.output - turn.tokens)
    }
    if (failure?.code === 'rate-limit' || (failure?.code === 'overloaded' && this.#outage.since === undefined)) {
      this.#refusedAt = now
      const usedUp = (limits?.requests?.usedUpForMs ?? limits?.tokens?.usedUpForMs) !== undefined
      const everyone = this.#speed.refused(now, turn.at, failure.code === 'overloaded')
      // Who names so long a wait, and no limit, does not speak of one call alone.
      const long = this.#speed.allowed === undefined && (failure.retryAfterMs ?? 0) >= LONG_WAIT_MS
      if (failure.code === 'rate-limit' && (everyone || usedUp || long)) this.#pause(now + waitMs)
    } else if (!failure) {
      this.#speed.answered(now, this.#waiting.size > 0)
    }
    this.#retune()
    this.#next()
  }

  #served({ at, generation }: Turn, now: number, failure: Failure | undefined, usage: TurnEnd['usage']): void {
    const full = this.#slots !== undefined && this.#underWay >= this.#slots.limit
    this.#underWay--
    if (failure?.kind === 'aborted' || failure?.kind === 'refused') return
    // An answer without numbers is one like the others.
    const tokens = failure ? 0 : (usage?.output ?? this.#answerTokens)
    this.#slots?.ended({ generation, ms: now - at, tokens }, full)
  }

  #told({ requests, tokens }: ServerLimits, now: number): void {
    if (requests?.perMinute !== undefined) this.#speed.told(requests.perMinute)
    if (tokens?.perMinute !== undefined) {
      this.#tokensSaid = tokens.perMinute
      this.#retuneTokens()
    }
    const usedUp = Math.max(requests?.usedUpForMs ?? 0, tokens?.usedUpForMs ?? 0)
    if (usedUp > 0) this.#pause(now + usedUp)
  }

  #pause(until: number): void {
    if (until <= this.#pausedUntil) return
    this.#pausedUntil = until
    this.#easing = undefined
  }

  #limitTokens(perMinute: number): void {
    this.#tokensConfigured = Math.min(this.#tokensConfigured, perMinute)
    this.#retuneTokens()
  }

  #retuneTokens(): void {
    const perMinute = Math.min(this.#tokensConfigured, this.#tokensSaid)
    if (this.#tokens) this.#tokens.perMinute = perMinute
    else this.#tokens = new Spacing(perMinute)
  }

  #retune(): void {
    const { perMinute } = this.#speed
    if (perMinute === undefined) this.#requests = undefined
    else if (this.#requests) this.#requests.perMinute = perMinute
    else this.#requests = new Spacing(perMinute)
  }

  #waitMs(): number {
    if (this.#slots && this.#underWay >= this.#slots.limit) return UNTIL_ONE_ENDS
    const now = this.#clock.now()
    const paused = Math.max(this.#pausedUntil - now, this.#outage.waitMs(now))
    if (paused > 0) return paused
    const easing = this.#easing && now < this.#pausedUntil + SPREAD_MS ? this.#easing.waitMs(now) : 0
    return Math.max(this.#requests?.waitMs(now) ?? 0, this.#tokens?.waitMs(now) ?? 0, easing)
  }

  #tell({ held }: Wish): void {
    const hold = held && this.#hold()
    if (hold) held(hold)
  }

  /** What the next one waits for, the same that `#waitMs` counts; undefined for the second in which everybody starts again. */
  #hold(): Hold | undefined {
    if (this.#slots && this.#underWay >= this.#slots.limit) return { why: 'slots', calls: this.#slots.limit }
    const now = this.#clock.now()
    const { since } = this.#outage
    if (since !== undefined) return { why: 'outage', ms: now - since }
    if (this.#pausedUntil > now) return { why: 'pause', ms: this.#pausedUntil - now }
    const [requests, tokens] = [this.#requests?.waitMs(now) ?? 0, this.#tokens?.waitMs(now) ?? 0]
    if (this.#tokens && tokens > requests)
      return { why: 'tokens', perMinute: this.#tokens.perMinute, by: this.#tokensSaid < this.#tokensConfigured ? 'server' : 'config' }
    const { perMinute, by } = this.#speed
    return requests > 0 && perMinute !== undefined ? { why: 'requests', perMinute, by } : undefined
  }

  #take(wish: Wish): Turn {
    const { size } = wish
    const now = this.#clock.now()
    this.#outage.took(now)
    let tokens = 0
    this.#requests?.take(now, 1)
    this.#easing?.take(now, 1)
    if (this.#tokens && size) {
      const { input, most = Number.POSITIVE_INFINITY } = size()
      const answer = this.#countsMost && most < Number.POSITIVE_INFINITY ? most : Math.min(most, this.#answerTokens)
      tokens = input + answer
      this.#tokens.take(now, tokens)
    }
    this.#speed.began()
    this.calls++
    this.#underWay++
    return { at: now, tokens, wish, generation: this.#slots?.generation ?? 0 }
  }

  /** Lets everyone go who may, and comes back when the next one may. */
  #next(): void {
    for (let first = this.#waiting.first(); first; first = this.#waiting.first()) {
      const ms = this.#waitMs()
      if (ms > 0) this.#tell(first.wish)
      if (ms === UNTIL_ONE_ENDS) return
      if (ms > 0) return this.#comeBack(ms)
      // A pause is over and no rate is known: by ones and twos, not all at once.
      if (!this.#requests && this.#pausedUntil > Number.NEGATIVE_INFINITY && !this.#easing)
        this.#easing = new Spacing((60_000 / SPREAD_MS) * this.#waiting.size)
      this.#waiting.shift()
      first.go(this.#take(first.wish))
    }
    this.#easing = undefined
    this.#alarm?.cancel.abort()
    this.#alarm = undefined
  }

  #comeBack(ms: number): void {
    const at = this.#clock.now() + ms
    if (this.#alarm && Math.abs(this.#alarm.at - at) < 0.001) return
    this.#alarm?.cancel.abort()
    const alarm = { at, cancel: new AbortController() }
    this.#alarm = alarm
    void this.#clock.sleep(ms, alarm.cancel.signal).then(() => {
      if (this.#alarm !== alarm) return
      this.#alarm = undefined
      this.#next()
    })
  }
}
