/** What a build has spent so far: in all, by batch, by model and by step, and on calls that brought no answer. */
import type { CostOf, Hedged, LostCalls, RunCosts, Spending, Usage } from '../events/event.ts'

/** On whose account it goes. */
export interface Account {
  readonly batch: string
  readonly model: string
  readonly step: string
}

type Sums = { -readonly [K in keyof Spending]: Spending[K] }

export class Ledger {
  readonly #all = nothing()
  readonly #useless = nothing()
  readonly #batches = new Map<string, Sums>()
  readonly #models = new Map<string, Sums>()
  readonly #steps = new Map<string, Sums>()
  #estimated = false
  #lost: LostCalls = { calls: 0, atMostUsd: 0 }
  #hedges: Hedged = { calls: 0, won: 0, atMostUsd: 0 }

  /** `useless`: billed for a call that brought nothing to keep. */
  book({ batch, model, step }: Account, usage: Usage, useless = false): void {
    for (const sums of [this.#all, at(this.#batches, batch), at(this.#models, model), at(this.#steps, step)]) add(sums, usage)
    if (useless) add(this.#useless, usage)
    this.#estimated ||= usage.estimated
  }

  /** A call may have been billed, but nobody heard. */
  lose(atMostUsd: number): void {
    this.#lost = { calls: this.#lost.calls + 1, atMostUsd: this.#lost.atMostUsd + atMostUsd }
  }

  /** Of two calls for one answer, one is over and brought nothing: it cost so much at most, which is booked or lost besides. */
  hedged(won: boolean, atMostUsd: number): void {
    const { calls, won: before, atMostUsd: usd } = this.#hedges
    this.#hedges = { calls: calls + 1, won: before + (won ? 1 : 0), atMostUsd: usd + atMostUsd }
  }

  /** All of it as one; its price is unknown as soon as that of one answer is. */
  total(): Usage {
    const { calls: _, usd, unpriced, ...tokens } = this.#all
    return { ...tokens, estimated: this.#estimated, ...(unpriced > 0 ? {} : { usd }) }
  }

  /** Undefined while nothing was asked that has a bill. */
  costs(): RunCosts | undefined {
    if (this.#all.calls + this.#lost.calls === 0) return undefined
    return {
      byBatch: listed('batch', this.#batches),
      byModel: listed('model', this.#models),
      byStep: listed('step', this.#steps),
      ...(this.#useless.calls > 0 ? { useless: { ...this.#useless } } : {}),
      ...(this.#lost.calls > 0 ? { lost: this.#lost } : {}),
      ...(this.#hedges.calls > 0 ? { hedges: this.#hedges } : {}),
    }
  }
}

function nothing(): Sums {
  return { calls: 0, inputTokens: 0, outputTokens: 0, usd: 0, unpriced: 0 }
}

function at(sums: Map<string, Sums>, name: string): Sums {
  const known = sums.get(name)
  if (known) return known
  const fresh = nothing()
  sums.set(name, fresh)
  return fresh
}

function add(sums: Sums, { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens, usd }: Usage): void {
  sums.calls++
  sums.inputTokens += inputTokens
  sums.outputTokens += outputTokens
  if (cachedTokens) sums.cachedTokens = (sums.cachedTokens ?? 0) + cachedTokens
  if (cacheWriteTokens) sums.cacheWriteTokens = (sums.cacheWriteTokens ?? 0) + cacheWriteTokens
  if (reasoningTokens) sums.reasoningTokens = (sums.reasoningTokens ?? 0) + reasoningTokens
  sums.usd += usd ?? 0
  if (usd === undefined) sums.unpriced++
}

/** In the order in which they were first met. */
function listed<Name extends string>(name: Name, sums: ReadonlyMap<string, Sums>): CostOf<Name>[] {
  return [...sums].map(([value, sum]) => ({ [name]: value, ...sum }) as CostOf<Name>)
}
