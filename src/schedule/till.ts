/** Where purchases pay: what a call may cost is held against the budget before it, what it did cost is booked after it. */
import type { ModelSpec } from '../config/dataset.ts'
import { declaredEffort } from '../config/effort.ts'
import type { Usage } from '../events/event.ts'
import type { Completion, Rejection } from '../generate/envelope.ts'
import { isUnread } from '../generate/filtered.ts'
import type { CostOptions, KnownPrice } from '../generate/price.ts'
import { type Failure, IDLE_CLOSED, TLS_BROKEN } from '../generate/provider.ts'
import type { Wanted } from '../plan/resolve.ts'
import type { Clock } from '../util/clock.ts'
import { estimated, mostOfPrompt, mostUnsaid, mostUsd, sizeOf, usageOf } from './bill.ts'
import type { Account } from './ledger.ts'
import type { Admission, Limits } from './limits.ts'

/** The request may have been answered, and billed, without anybody here hearing of it. */
const MAY_BE_BILLED: ReadonlySet<string> = new Set([
  ...['connection-lost', IDLE_CLOSED, TLS_BROKEN, 'timeout', 'network', 'bad-http', 'bad-encoding', 'answer-too-large', 'aborted'],
  ...['first-byte-timeout', 'idle-timeout', 'incomplete-stream', 'bad-stream', 'not-ended', 'echoed-key'],
  ...['empty-body', 'truncated-json', 'invalid-utf8', 'no-choices', 'error-in-body'],
])

export class Till {
  readonly limits: Limits
  readonly #clock: Clock
  /** Answers whose numbers nobody told. */
  silent = 0

  constructor(limits: Limits, clock: Clock) {
    this.limits = limits
    this.#clock = clock
  }

  /** `price`: undefined when none is known, and then nothing counts against a budget. */
  receipt(account: Account, model: ModelSpec, wanted: Wanted, price: KnownPrice | undefined): Receipt {
    return new Receipt(this, account, model, wanted, price)
  }

  /** Some prices depend on the hour. */
  get now(): CostOptions {
    return { at: this.#clock.date() }
  }

  /** Why no further call fits into the budget, for people. `heldUsd`: what would have been held for it; undefined when no price is known. */
  refusal(model: ModelSpec, wanted: Wanted, heldUsd: number | undefined): string {
    const parts = ['the next call could exceed the budget']
    if (heldUsd !== undefined) parts[0] += `: it may cost ${dollars(heldUsd)}, and ${dollars(this.limits.leftUsd)} are left`
    if (heldUsd !== undefined && sizeOf(wanted).most === undefined)
      parts.push(`nothing bounds its answer: set maxTokens in models.${model.name}`)
    if (this.silent > 0)
      parts.push(`${this.silent} ${this.silent === 1 ? 'answer' : 'answers'} that did not say what they took count at the most that can be`)
    return parts.join('; ')
  }
}

function dollars(usd: number): string {
  return `$${usd < 0.1 ? Number(usd.toPrecision(3)) : usd.toFixed(2)}`
}

/** One purchase's standing with the limits, and what it came to. */
export class Receipt {
  readonly #till: Till
  readonly #account: Account
  readonly #model: ModelSpec
  readonly #wanted: Wanted
  readonly #price: KnownPrice | undefined
  readonly #mostUsd: number
  #heldUsd = 0
  /** A call is counted that was not made yet. */
  #admitted = false
  /** Two calls are under way for one answer, and money is held for both. */
  #two = false
  /** What the one of them that is over can have cost. */
  #besideUsd = 0
  /** What counts against the budget when the purchase is over. */
  #spentUsd = 0
  #useless: Usage | undefined

  constructor(till: Till, account: Account, model: ModelSpec, wanted: Wanted, price: KnownPrice | undefined) {
    this.#till = till
    this.#account = account
    this.#model = model
    this.#wanted = wanted
    this.#price = price
    this.#mostUsd = price ? mostUsd(wanted, price) : 0
  }

  /** Why it was not admitted for its price. */
  get refusal(): string {
    return this.#till.refusal(this.#model, this.#wanted, this.#price ? this.#mostUsd : undefined)
  }

  /** The most that one call can cost; null when no price is known. */
  get mostUsd(): number | null {
    return this.#price ? this.#mostUsd : null
  }

  /** Waits until the limits allow one call more, and holds the money for it. */
  async admit(stopped: () => boolean, held?: () => void): Promise<Admission> {
    if (this.#admitted || this.#heldUsd > 0) return 'ok'
    const admission = await this.#till.limits.admit(this.#mostUsd, stopped, held)
    if (admission === 'ok') {
      this.#heldUsd = this.#mostUsd
      this.#admitted = true
    }
    return admission
  }

  /** A call is about to be made: the one that was admitted, or a further one. False when no further one may be. */
  call(): boolean {
    if (!this.#admitted) return this.#till.limits.retry()
    this.#admitted = false
    return true
  }

  /** A second call for the same answer is to be made beside the first. False when it may not be. */
  second(): boolean {
    if (!this.#till.limits.spare(this.#mostUsd)) return false
    this.#heldUsd += this.#mostUsd
    this.#two = true
    return true
  }

  /** Of the two, the one that does not count is over. */
  decided(won: boolean): void {
    this.#till.limits.ledger.hedged(won, this.#besideUsd)
  }

  /** A call brought no answer. */
  failed({ code, usage: counted, begun }: Failure): void {
    const usage = counted && usageOf(counted, this.#price, false, this.#till.now)
    if (usage) this.#wasted(usage, usage.usd ?? 0)
    else if (begun || MAY_BE_BILLED.has(code)) {
      this.#till.limits.ledger.lose(this.#mostUsd)
      this.#over(this.#mostUsd)
    } else if (this.#two) this.#over(0)
  }

  /** Both of two calls were answered, and this is the answer that nobody needs. */
  unneeded(envelope: Completion | Rejection): void {
    const usage = this.#usageOf(envelope)
    this.#wasted(usage, this.#most(envelope, usage))
  }

  #wasted(usage: Usage, spentUsd: number): void {
    this.#useless = usage
    this.#till.limits.ledger.book(this.#account, usage, true)
    this.#over(spentUsd)
  }

  /** What the last call was billed for although it brought nothing to keep; told once. */
  useless(): Usage | undefined {
    const usage = this.#useless
    this.#useless = undefined
    return usage
  }

  /** An answer came, whatever it is worth. */
  answered(envelope: Completion | Rejection): Usage {
    const usage = this.#usageOf(envelope)
    this.#till.limits.ledger.book(this.#account, usage)
    this.#spentUsd = this.#most(envelope, usage)
    return usage
  }

  #usageOf(envelope: Completion | Rejection): Usage {
    if (!envelope.usage) this.#till.silent++
    const counted = envelope.usage ?? estimated(this.#wanted.asked.identified.text, envelope)
    return usageOf(counted, this.#price, !envelope.usage, this.#till.now)
  }

  /** The purchase is over. */
  close(): void {
    if (this.#admitted) this.#till.limits.giveBack()
    this.#admitted = false
    this.#release(this.#spentUsd)
  }

  /**
   * What was held is given back, for so much was spent. Whoever waits to hold more may hold nothing meanwhile, or all could wait
   * for each other.
   */
  #release(spentUsd: number): void {
    this.#till.limits.settle(this.#heldUsd, spentUsd)
    this.#heldUsd = 0
  }

  /** A call is over that so much was spent on. What is held for another one under way stays. */
  #over(spentUsd: number): void {
    const keptUsd = this.#two ? this.#mostUsd : 0
    if (this.#two) this.#besideUsd = spentUsd
    this.#two = false
    this.#heldUsd -= keptUsd
    this.#release(spentUsd)
    this.#heldUsd = keptUsd
  }

  /** What an answer counts for against the budget: where nobody told what it took, what it may have. */
  #most(envelope: Completion | Rejection, { usd = 0 }: Usage): number {
    if (!this.#price) return 0
    const { now } = this.#till
    // Nobody saw the prompt, and some providers bill it all the same.
    if (isUnread(envelope)) return Math.max(usd, mostOfPrompt(this.#wanted, this.#price, now))
    if (envelope.usage) return usd
    // Whoever may have thought beside what was said may have done so at any length.
    if (declaredEffort(this.#model.params) !== 'none') return this.#mostUsd
    return Math.min(this.#mostUsd, mostUnsaid(this.#wanted, envelope, this.#price, now))
  }
}
