/** The most a build may call and spend: reserved before a call, settled after it, never exceeded by what is known. */
import { Ledger } from './ledger.ts'

export interface LimitOptions {
  readonly maxCalls?: number
  readonly budgetUsd?: number
}

export type Admission = 'ok' | 'calls' | 'budget' | 'stopped'

export class Limits {
  /** What it was spent on. A build that has to begin again goes on with it. */
  readonly ledger = new Ledger()
  readonly #options: LimitOptions
  #calls = 0
  #spentUsd = 0
  #reservedUsd = 0
  #waiting: (() => void)[] = []

  constructor(options: LimitOptions) {
    this.#options = options
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
   * under way stand against it, it waits for them: most turn out cheaper than was reserved. `stopped` is asked after
   * such a wait.
   */
  async admit(usd: number, stopped: () => boolean = () => false): Promise<Admission> {
    for (;;) {
      if (!this.#mayCall()) return 'calls'
      const { budgetUsd } = this.#options
      if (budgetUsd === undefined || this.#spentUsd + this.#reservedUsd + usd <= budgetUsd) break
      if (this.#reservedUsd === 0 || this.#spentUsd + usd > budgetUsd) return 'budget'
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      if (stopped()) return 'stopped'
    }
    this.#calls++
    this.#reservedUsd += usd
    return 'ok'
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
    // Sums of floats do not come back to zero by themselves.
    this.#reservedUsd = this.#reservedUsd - reservedUsd < 1e-12 ? 0 : this.#reservedUsd - reservedUsd
    this.#spentUsd += Math.max(0, spentUsd)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #mayCall(): boolean {
    return this.#options.maxCalls === undefined || this.#calls < this.#options.maxCalls
  }
}
