/** A server's personality: what it answers, how fast, and whom it treats badly. */
import type { Fault } from './faults.ts'
import type { JobRule } from './job-rules.ts'
import type { Latency } from './latency.ts'

/** Which requests a fault strikes: all that meet every condition given. */
export interface Rule {
  readonly fault: Fault
  /** What the ledger calls it; by default its kind. */
  readonly name?: string
  /** The nth since the script was set, from 0. */
  readonly nth?: readonly number[]
  /** Those whose body contains this text. */
  readonly contains?: string
  /** This share of them, from 0 to 1; which ones, the seed decides, not the order in which they arrive. */
  readonly share?: number
  /** How often it strikes at most. */
  readonly times?: number
}

export interface Script {
  readonly latencyMs?: number
  readonly latency?: Latency
  /** Between the events of a stream. */
  readonly pieceMs?: number
  readonly rules?: readonly Rule[]
  /** Of the Batch API: the first that is about a job. */
  readonly jobs?: readonly JobRule[]
  readonly models?: readonly string[]
  /** Whether an identical request gets another text each time, as a model would do. Default true. */
  readonly fresh?: boolean
  /** The answer's text by a text in the body; the first that matches. */
  readonly answers?: readonly { readonly contains: string; readonly content: string }[]
}

/** Applies a script: counts who came and how often each rule struck. */
export class Personality {
  readonly script: Script
  readonly #struck: number[] = []
  #arrived = 0

  constructor(script: Script) {
    this.script = script
  }

  /** The number of the request that has just come. */
  arrive(): number {
    return this.#arrived++
  }

  /** The rule that strikes, if any; `luck` is a number in [0, 1) for each rule. */
  ruleFor(index: number, body: string, luck: (rule: number) => number): Rule | undefined {
    for (const [at, rule] of (this.script.rules ?? []).entries()) {
      if (rule.nth && !rule.nth.includes(index)) continue
      if (rule.contains !== undefined && !body.includes(rule.contains)) continue
      if (rule.share !== undefined && luck(at) >= rule.share) continue
      const times = this.#struck[at] ?? 0
      if (rule.times !== undefined && times >= rule.times) continue
      this.#struck[at] = times + 1
      return rule
    }
    return undefined
  }

  answerTo(body: string): string | undefined {
    return this.script.answers?.find(({ contains }) => body.includes(contains))?.content
  }
}
