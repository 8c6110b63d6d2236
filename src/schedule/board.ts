/** What is known about each item, in columns: 1 M items take some tens of megabytes. */
import type { Counts } from '../events/event.ts'
import type { PlanBatch } from '../plan/plan.ts'
import type { Used } from '../plan/resolve.ts'

export const STATE = {
  /** Not yet looked at, or waiting for an answer. */
  pending: 0,
  /** Has an example that passed the row checks; duplicates are not judged yet. */
  ready: 1,
  accepted: 2,
  rejected: 3,
  failed: 4,
} as const
export type State = (typeof STATE)[keyof typeof STATE]

export interface Problem {
  readonly code: string
  readonly message: string
}

// A check of the config may quote what a model said: enough to recognise it, not enough to flood a log.
const LONGEST_MESSAGE = 200
const MOST_PROBLEMS = 1_000
// A server that names itself anew with every answer must not fill the memory.
const MOST_MODEL_SETS = 10_000

/** The columns of a board, by item unless said otherwise. */
export interface BoardColumns extends AnswerColumns {
  readonly state: Uint8Array
  /** 1 for a row that was turned down at the batch barrier, by comparison with others: itself it is sound. */
  readonly twin: Uint8Array
  /** 1 for a row with findings that do not reject it. */
  readonly warned: Uint8Array
  /** Number of the problem in `problemList`, from 1. */
  readonly problemOf: Uint32Array
}

/** What the answers behind each row come to. */
export interface AnswerColumns {
  /** 64 bits of the digest of each row's example: equal marks, equal rows. */
  readonly markHigh: Uint32Array
  readonly markLow: Uint32Array
  /** Store ids of the answers behind each row: a column for each asked step, with 0 where it was skipped. */
  readonly answers: readonly Uint32Array[]
  /** What those answers had cost in US dollars, where known. */
  readonly usd: Float64Array
  /** Which of `modelSets` answered for each row. */
  readonly models: Uint16Array
  /** What judges said, a column for each criterion: the level's place on its scale from 1, or 0 for a row that was not judged. */
  readonly levels: readonly Uint8Array[]
}

/** A step whose answers are kept. */
export interface AnsweredStep {
  readonly name: string
  readonly kind: 'ask' | 'run'
}

export class Board implements BoardColumns {
  readonly state: Uint8Array
  readonly twin: Uint8Array
  readonly warned: Uint8Array
  readonly markHigh: Uint32Array
  readonly markLow: Uint32Array
  readonly answers: readonly Uint32Array[]
  readonly usd: Float64Array
  readonly models: Uint16Array
  readonly levels: readonly Uint8Array[]
  readonly problemOf: Uint32Array
  /** 1 for items something was bought for in this run. */
  readonly bought: Uint8Array
  /** Names of the models behind a row, sorted; entry 0 is nobody. */
  readonly modelSets: (readonly string[])[] = [[]]
  readonly problemList: Problem[] = []
  /** Some answer had a price: without one there is nothing to add up. */
  #hasUsd = false
  readonly #modelIds = new Map<string, number>()
  readonly #problemIds = new Map<string, number>()
  /** Names of the steps that are answered, in order. */
  readonly #steps: readonly string[]
  /** By step: a command's answer is kept under its name, and it is no model all the same. */
  readonly #isAsked: readonly boolean[]

  /**
   * `criteria`: how many judges have. `known`: columns about answers that an earlier board had; only items that are judged anew are written to.
   */
  constructor(items: number, steps: readonly AnsweredStep[], criteria = 0, known: Partial<AnswerColumns> = {}) {
    this.#steps = steps.map(({ name }) => name)
    this.#isAsked = steps.map(({ kind }) => kind === 'ask')
    this.state = new Uint8Array(items)
    this.twin = new Uint8Array(items)
    this.warned = new Uint8Array(items)
    this.markHigh = known.markHigh ?? new Uint32Array(items)
    this.markLow = known.markLow ?? new Uint32Array(items)
    this.answers = steps.map((_, step) => known.answers?.[step] ?? new Uint32Array(items))
    this.usd = known.usd ?? new Float64Array(items)
    this.#hasUsd = known.usd !== undefined
    this.models = known.models ?? new Uint16Array(items)
    this.levels = Array.from({ length: criteria }, (_, i) => known.levels?.[i] ?? new Uint8Array(items))
    this.problemOf = new Uint32Array(items)
    this.bought = new Uint8Array(items)
  }

  /** An item has an example, made from these answers. `mark` is the example's digest in hex. */
  ready(item: number, mark: string, used: readonly Used[]): void {
    const models: string[] = []
    let usd = 0
    // A step that is skipped now may have had an answer before, and what a person wrote has none.
    for (const column of this.answers) column[item] = 0
    for (let i = 0; i < used.length; i++) {
      const { step, kept } = used[i] as Used
      usd += kept.usd ?? 0
      // Of each step the last answer counted; those before it were turned down.
      if (used[i + 1]?.step === step) continue
      const at = this.#steps.indexOf(step)
      if (this.#isAsked[at]) models.push(kept.model)
      const column = this.answers[at] as Uint32Array
      column[item] = kept.id
    }
    this.state[item] = STATE.ready
    this.problemOf[item] = 0
    this.markHigh[item] = Number.parseInt(mark.slice(0, 8), 16)
    this.markLow[item] = Number.parseInt(mark.slice(8, 16), 16)
    // Memory that was never written to takes no room: where nothing has a price, these would be eight bytes an item.
    if (this.usd[item] !== usd) this.usd[item] = usd
    this.#hasUsd ||= usd > 0
    this.models[item] = this.#modelSet(models)
  }

  #modelSet(models: readonly string[]): number {
    if (models.length === 0) return 0
    // One model behind a row is the usual case and needs no sorting.
    const sorted = models.length > 1 ? [...new Set(models)].sort() : models
    const name = sorted.length === 1 ? (sorted[0] as string) : JSON.stringify(sorted)
    const known = this.#modelIds.get(name)
    if (known !== undefined) return known
    if (this.modelSets.length > MOST_MODEL_SETS) return 0
    const id = this.modelSets.push(sorted) - 1
    this.#modelIds.set(name, id)
    return id
  }

  /** Equal problems are kept once: a million failures for one cause cost four bytes each. */
  fail(item: number, state: typeof STATE.rejected | typeof STATE.failed, { code, message }: Problem): void {
    const short = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message
    const known = this.#problemIds.has(`${code}\n${short}`) || this.problemList.length < MOST_PROBLEMS
    const text = known ? short : 'further problems of this kind'
    const name = `${code}\n${text}`
    let id = this.#problemIds.get(name)
    if (id === undefined) {
      // Only these two: what is handed in may carry the answers behind it, and problems travel in events.
      id = this.problemList.push({ code, message: text })
      this.#problemIds.set(name, id)
    }
    this.state[item] = state
    this.problemOf[item] = id
  }

  /** What the answers behind a batch's examples had cost in US dollars, where known. */
  usdOf({ first, items }: PlanBatch): number {
    let usd = 0
    if (this.#hasUsd)
      for (let item = first; item < first + items; item++) if (this.state[item] !== STATE.pending) usd += this.usd[item] as number
    return usd
  }

  problem(item: number): Problem | undefined {
    return this.problemList[(this.problemOf[item] as number) - 1]
  }

  /** Takes over the lists that columns of an earlier board refer to. */
  adopt(problems: readonly Problem[], modelSets: readonly (readonly string[])[]): void {
    for (const problem of problems) this.#problemIds.set(`${problem.code}\n${problem.message}`, this.problemList.push(problem))
    for (const models of modelSets.slice(1)) this.#modelSet(models)
  }

  counts(first: number, items: number): Counts {
    const by = [0, 0, 0, 0, 0]
    for (let i = first; i < first + items; i++) by[this.state[i] as number] = (by[this.state[i] as number] as number) + 1
    const [pending = 0, ready = 0, accepted = 0, rejected = 0, failed = 0] = by
    return { items, accepted: accepted + ready, rejected, failed, pending }
  }

  batchCounts(batch: PlanBatch): Counts {
    return this.counts(batch.first, batch.items)
  }

  /** Causes with how often, most frequent first. */
  problems(): { code: string; message: string; count: number }[] {
    const counts = new Map<number, number>()
    for (let i = 0; i < this.state.length; i++) {
      if (this.state[i] !== STATE.rejected && this.state[i] !== STATE.failed) continue
      const id = this.problemOf[i] as number
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    return [...counts]
      .map(([id, count]) => ({ ...(this.problemList[id - 1] as Problem), count }))
      .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
  }
}
