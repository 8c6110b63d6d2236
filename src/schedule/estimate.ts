/** What calls will cost before they are made: from what earlier answers of the same step took, else from assumptions that are named. */
import { answerLimit } from '../config/answer-limit.ts'
import type { AskSpec } from '../config/dataset.ts'
import { declaredEffort } from '../config/effort.ts'
import { readEnvelope } from '../generate/envelope.ts'
import { costOf, type KnownPrice } from '../generate/price.ts'
import { type Count, estimateTokens } from '../generate/tokens.ts'
import type { TokenUsage } from '../generate/usage.ts'
import type { Wanted } from '../plan/resolve.ts'
import type { Store } from '../store/store.ts'
import { isForJobs } from './jobs/for-jobs.ts'

/** A number that is not known yet. */
export interface Range {
  readonly low: number
  readonly likely: number
  readonly high: number
}

/** What an estimate of a step's answers rests on: how many earlier ones; with none, on assumptions. */
export interface Basis {
  readonly step: string
  readonly answers: number
}

/** What the calls of one step come to. */
export interface StepEstimate {
  readonly input: Range
  readonly output: Range
  /** Undefined when no price is known. */
  readonly usd?: Range
  readonly basis: Basis
}

// An estimate is no better for having read a million prompts or answers.
const MEASURED_PROMPTS = 500
const MEASURED_ANSWERS = 200
// From so few nobody can tell how much answers differ.
const FEWEST = 5

// Without history: what a sentence, a paragraph and a page take; and prompts that hold such answers.
const ASSUMED_OUTPUT: Range = { low: 50, likely: 250, high: 1_000 }
const ASSUMED_INPUT: Range = { low: 100, likely: 300, high: 1_500 }
// Models that think do so at length.
const ASSUMED_THOUGHT = 4_000

// Other encodings than the one that is counted by here cut prompts into so many more or fewer pieces; a guess by length is coarser.
const COUNTED = 0.1
const GUESSED = 0.35

/** One step's calls, as a plan meets them. */
export class StepTally {
  readonly #step: AskSpec
  readonly #store: Store
  readonly #count: Count
  #measured: readonly TokenUsage[] | undefined
  #prompts = 0
  #promptTokens = 0
  /** Requests that are known now, such as depend on answers still to come, and such as may not come at all. */
  known = 0
  following = 0
  possible = 0
  /** Of them, those of a model with batch jobs that are asked online all the same. */
  #online = 0

  constructor(step: AskSpec, store: Store, count: Count) {
    this.#step = step
    this.#store = store
    this.#count = count
  }

  /** So many of the calls are not for a job, whatever the model's transport. */
  askOnline(calls: number): void {
    this.#online += calls
  }

  /** Calls that go by themselves and cost the full price; of a model without batch jobs, all of them. */
  get online(): number {
    return isForJobs(this.#step) ? Math.min(this.#online, this.calls) : this.calls
  }

  get calls(): number {
    return this.known + this.following + this.possible
  }

  add({ asked }: Wanted): void {
    this.known++
    if (this.#prompts >= MEASURED_PROMPTS) return
    this.#prompts++
    this.#promptTokens += this.#count(asked.identified.text)
  }

  estimate(price: KnownPrice | undefined): StepEstimate {
    this.#measured ??= measured(this.#store, this.#step)
    const answers = this.#measured
    const basis = { step: this.#step.name, answers: answers.length }
    const following = this.following + this.possible
    const { calls } = this
    const share = this.#count === estimateTokens ? GUESSED : COUNTED
    const mean = this.#prompts === 0 ? 0 : this.#promptTokens / this.#prompts
    const prompts = times({ low: mean * (1 - share), likely: mean, high: mean * (1 + share) }, this.known)
    const later =
      answers.length > 0
        ? sumOf(
            answers.map(({ input }) => input),
            following,
          )
        : times(ASSUMED_INPUT, following)
    const input = this.#orFewer(plus(prompts, later), calls)
    const whole =
      answers.length > 0
        ? sumOf(
            answers.map((answer) => answer.output),
            calls,
          )
        : times(this.#assumed(), calls)
    const output = this.#orFewer(whole, calls)
    return { input, output, ...(price ? { usd: this.#usd(price, input, output, calls) } : {}), basis }
  }

  /** What is cached of a prompt saves as much as it did before; at worst it saves nothing. */
  #usd(price: KnownPrice, input: Range, output: Range, calls: number): Range {
    if (calls === 0) return { low: 0, likely: 0, high: 0 }
    const answers = this.#measured ?? []
    const part = (of: (usage: TokenUsage) => number, whole: (usage: TokenUsage) => number) => {
      const all = answers.reduce((sum, usage) => sum + whole(usage), 0)
      return all === 0 ? 0 : answers.reduce((sum, usage) => sum + of(usage), 0) / all
    }
    const cached = part(
      (usage) => usage.cachedInput,
      (usage) => usage.input,
    )
    const written = part(
      (usage) => usage.cacheWrite ?? 0,
      (usage) => usage.input,
    )
    const thought = part(
      (usage) => usage.reasoning ?? 0,
      (usage) => usage.output,
    )
    // Of a call of the mean length: prices may rise with the length of one prompt, not of all.
    const of = (tokensIn: number, tokensOut: number, isCached: boolean) => {
      const [one, two] = [tokensIn / calls, tokensOut / calls]
      const usage = {
        input: one,
        output: two,
        cachedInput: isCached ? one * cached : 0,
        cacheWrite: one * written,
        reasoning: two * thought,
      }
      return costOf(usage, price) * this.online + costOf(usage, price, { batch: true }) * (calls - this.online)
    }
    return { low: of(input.low, output.low, true), likely: of(input.likely, output.likely, true), high: of(input.high, output.high, false) }
  }

  #orFewer(range: Range, calls: number): Range {
    return this.possible === 0 ? range : { ...range, low: (range.low * (calls - this.possible)) / calls }
  }

  #assumed(): Range {
    if (this.#step.embeds) return times(ASSUMED_OUTPUT, 0)
    const { params } = this.#step.model
    const effort = declaredEffort(params)
    const thinks = effort !== undefined && effort !== 'none' && effort !== 'minimal'
    const most = answerLimit(params) ?? Number.POSITIVE_INFINITY
    const high = ASSUMED_OUTPUT.high + (thinks ? ASSUMED_THOUGHT : 0)
    return { low: Math.min(ASSUMED_OUTPUT.low, most), likely: Math.min(ASSUMED_OUTPUT.likely, most), high: Math.min(high, most) }
  }
}

/** Of steps that were not asked of late only the mean of all their answers is known. */
function measured(store: Store, step: AskSpec): TokenUsage[] {
  const recent = store.recent(step.name, MEASURED_ANSWERS).flatMap((raw) => readEnvelope(raw).usage ?? [])
  if (recent.length > 0) return recent
  const mean = store.typicalTokens(step.name)
  return mean ? [{ ...mean, cachedInput: 0 }] : []
}

/**
 * What so many more of them add up to: twice the standard error of the sum, which counts that the mean itself is only known from
 * these few.
 */
function sumOf(seen: readonly number[], more: number): Range {
  const mean = seen.reduce((sum, n) => sum + n, 0) / seen.length
  const variance = seen.length < FEWEST ? mean ** 2 : seen.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (seen.length - 1)
  const spread = 2 * Math.sqrt(variance * (more + more ** 2 / seen.length))
  const [least, greatest] = [Math.min(...seen), Math.max(...seen)]
  const likely = more * mean
  // Of a few calls the spread says more than was ever seen.
  const bound = seen.length < FEWEST ? [0, Number.POSITIVE_INFINITY] : [more * least, more * greatest]
  return { low: Math.max(bound[0] as number, likely - spread), likely, high: Math.min(bound[1] as number, likely + spread) }
}

function times({ low, likely, high }: Range, n: number): Range {
  return { low: low * n, likely: likely * n, high: high * n }
}

export function plus(a: Range, b: Range): Range {
  return { low: a.low + b.low, likely: a.likely + b.likely, high: a.high + b.high }
}
