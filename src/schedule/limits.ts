/** The most a build may call and spend: reserved before a call, settled after it, never exceeded by what is known. */
export interface LimitOptions {
  readonly maxCalls?: number
  readonly budgetUsd?: number
}

export class Limits {
  readonly #options: LimitOptions
  #calls = 0
  #spentUsd = 0
  #reservedUsd = 0

  constructor(options: LimitOptions) {
    this.#options = options
  }

  get calls(): number {
    return this.#calls
  }

  get spentUsd(): number {
    return this.#spentUsd
  }

  /** Takes one call and reserves its price (0 for a further try); names the limit that forbids it. */
  admit(usd: number): 'ok' | 'calls' | 'budget' {
    const { maxCalls, budgetUsd } = this.#options
    if (maxCalls !== undefined && this.#calls >= maxCalls) return 'calls'
    if (budgetUsd !== undefined && this.#spentUsd + this.#reservedUsd + usd > budgetUsd) return 'budget'
    this.#calls++
    this.#reservedUsd += usd
    return 'ok'
  }

  /** Replaces a reservation by what the call really cost. */
  settle(reservedUsd: number, spentUsd: number): void {
    this.#reservedUsd = Math.max(0, this.#reservedUsd - reservedUsd)
    this.#spentUsd += Math.max(0, spentUsd)
  }
}
