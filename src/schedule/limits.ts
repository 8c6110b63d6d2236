/** The most a build may call and spend: reserved before a call, settled after it, never exceeded by what is known. */
import { Ledger } from './ledger.ts'

export interface LimitOptions {
  readonly maxCalls?: number
  readonly budgetUsd?: number
}

/** `later`: only what was ordered stands against it. */
export type Admission = 'ok' | 'calls' | 'budget' | 'later' | 'stopped'

export class Limits {
  /** What it was spent on. A build that has to begin again goes on with it. */
  readonly ledger = new Ledger()
  readonly #options: LimitOptions
  #calls = 0
  #spentUsd = 0
  #reservedUsd = 0
  /** Reserved for what was handed over in batch jobs: settled in hours, not in seconds. */
  #orderedUsd = 0
  #waiting: (() => void)[] = []

  constructor(options: LimitOptions) {
    this.#options = options
  }

  get maxCalls(): number | undefined {
    return this.#options.maxCalls
  }

  /** What is left of the budget when all that is held is settled for nothing. */
  get leftUsd(): number {
    return Math.max(0, (this.#options.budgetUsd ?? Number.POSITIVE_INFINITY) - this.#spentUsd - this.#orderedUsd)
  }

  get calls(): number {
    return this.#calls
  }

  /** What counts against the budget: what was billed, and the most that may have been where nobody told. */
  get spentUsd(): number {
    return this.#spentUsd
  }

  /**
   * Takes one call and reserves its price, or names the limit that forbids it. While only the reservations of calls
   * under way stand against it, it waits for them: most turn out cheaper than was reserved. `held` is told before such a
   * wait, `stopped` is asked after it.
   */
  async admit(usd: number, stopped: () => boolean = () => false, held?: () => void): Promise<Admission> {
    for (;;) {
      if (!this.#mayCall()) return 'calls'
      const { budgetUsd } = this.#options
      const bound = this.#spentUsd + this.#orderedUsd
      if (budgetUsd === undefined || bound + this.#reservedUsd + usd <= budgetUsd) break
      if (this.#reservedUsd === 0 || bound + usd > budgetUsd)
        return this.#orderedUsd > 0 && this.#spentUsd + usd <= budgetUsd ? 'later' : 'budget'
      held?.()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      if (stopped()) return 'stopped'
    }
    this.#calls++
    this.#reservedUsd += usd
    return 'ok'
  }

  /** Takes one call and reserves its price if nobody has to wait for that: neither the call nor those who wait already. */
  spare(usd: number): boolean {
    const { budgetUsd } = this.#options
    if (!this.#mayCall() || this.#waiting.length > 0) return false
    if (budgetUsd !== undefined && this.#spentUsd + this.#orderedUsd + this.#reservedUsd + usd > budgetUsd) return false
    this.#calls++
    this.#reservedUsd += usd
    return true
  }

  /** A further try of an admitted call. False when the call limit is reached. */
  retry(): boolean {
    if (!this.#mayCall()) return false
    this.#calls++
    return true
  }

  /** An admitted call that is not made after all. */
  giveBack(): void {
    this.#calls--
  }

  /** Replaces a reservation by what the call really cost. */
  settle(reservedUsd: number, spentUsd: number): void {
    this.#reservedUsd = less(this.#reservedUsd, reservedUsd)
    this.#spend(spentUsd)
  }

  /** A reservation that stands until the job it belongs to has ended. */
  order(reservedUsd: number): void {
    this.#reservedUsd = less(this.#reservedUsd, reservedUsd)
    this.#orderedUsd += reservedUsd
    this.#spend(0)
  }

  /** What was ordered has come, or will not. */
  arrive(reservedUsd: number, spentUsd: number): void {
    this.#orderedUsd = less(this.#orderedUsd, reservedUsd)
    this.#spend(spentUsd)
  }

  #spend(usd: number): void {
    this.#spentUsd += Math.max(0, usd)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #mayCall(): boolean {
    return this.#options.maxCalls === undefined || this.#calls < this.#options.maxCalls
  }
}

/** Sums of floats do not come back to zero by themselves. */
function less(sum: number, part: number): number {
  return sum - part < 1e-12 ? 0 : sum - part
}
