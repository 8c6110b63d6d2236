/** One build's view of its items: the plan, what is kept, and what has become of each. */
import type { Example } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import { judgesOf, reasonsAgainst } from '../check/judged.ts'
import { judgeRow } from '../check/rules.ts'
import type { CheckSpec, Dataset, JudgedCriterion } from '../config/dataset.ts'
import type { Counts } from '../events/event.ts'
import { type Identified, keyOf } from '../key/key.ts'
import { firstFrom } from '../plan/ascending.ts'
import { cellLabel, guardedValues } from '../plan/cells.ts'
import { contextOf } from '../plan/context.ts'
import { type Expansions, NOTHING_EXPANDED } from '../plan/expansion.ts'
import type { Fingerprints } from '../plan/fingerprints.ts'
import { type FollowUp, followUps } from '../plan/follow-ups.ts'
import { type Ordinals, ordinalsOf } from '../plan/ordinals.ts'
import type { Outline } from '../plan/outline.ts'
import { type Item, itemAt, type Plan, type PlanBatch, roundsNamed } from '../plan/plan.ts'
import {
  type Answers,
  type Asked,
  isWanted,
  type Objection,
  type Resolution,
  type Rung,
  resolve,
  type StepValues,
  type Wanted,
} from '../plan/resolve.ts'
import { NO_REVIEWS, type Pin, type Reviews } from '../review/reviews.ts'
import type { Store } from '../store/store.ts'
import type { Digest, Key } from '../util/brand.ts'
import { FreshAnswers, StoredAnswers } from './answers.ts'
import { Board, type Problem, STATE } from './board.ts'
import { Distrust } from './distrust.ts'
import type { Decisions } from './expand.ts'
import { pinsOf } from './pins.ts'
import { lookingAtAll, type Recall, recallNothing } from './recall.ts'
import type { Question } from './seen-answers.ts'
import { exampleMark } from './verdict.ts'

/** For an item that has none at all. */
const NO_ANSWERS: Answers = { find: () => ({ kind: 'missing' }) }
const NO_KEYS: ReadonlySet<Key> = new Set()
const NOBODY: ReadonlySet<string> = new Set()

/** What work goes by, beside plan and store. */
export interface Beside {
  /** What was decided about batches that wait for others. */
  readonly expansions?: Expansions
  /** Those decisions that may not be kept yet. */
  readonly decisions?: Decisions
  readonly reviews?: Reviews
  readonly pins?: ReadonlyMap<number, Pin>
  /** Kept answers that turned out in this run not to be ones. */
  readonly distrusted?: Distrust
  /** Ids of judges that do not tell good from bad: what they say turns no row down. */
  readonly failing?: ReadonlySet<string>
}

export class Work {
  readonly plan: Plan
  readonly expansions: Expansions
  readonly decisions: Decisions
  readonly failing: ReadonlySet<string>
  readonly dataset: Dataset
  readonly store: Store
  readonly board: Board
  readonly recall: Recall
  /** What the plan comes from, where that can be told: without it nothing is remembered. */
  readonly outline: Outline | undefined
  /** The store's when the work began: answers that are lost later make it another. Those it takes back itself are counted here. */
  generation: number
  readonly distrusted: Distrust
  /** What people said about rows. */
  reviews: Reviews
  /** Items that a person has written, by index: nothing is asked for them. */
  pins: ReadonlyMap<number, Pin>
  /** Of each column of levels: which check and criterion it is of. */
  readonly judged: readonly { readonly check: string; readonly criterion: JudgedCriterion }[]
  readonly #answers: StoredAnswers
  readonly #absentIsFirst: boolean
  readonly #awaitsJobs: boolean
  /** Checks whose findings go back to a step. */
  readonly #sendBack: readonly CheckSpec[]
  /** 1 for items whose first request was found to have no answer: who asks for it need not look again, the claim does. */
  readonly absent: Uint8Array
  /** 1 for items whose next answer is awaited from a batch job. */
  readonly waits: Uint8Array
  /** Nothing was ever answered in this store: no item has a history. */
  readonly blank: boolean

  /**
   * Without a recall every item's first request is rendered: a text of the config that cannot be filled in throws here, before
   * any call.
   */
  constructor(
    plan: Plan,
    store: Store,
    recall: Recall = recallNothing(plan, store),
    outline?: Outline,
    {
      expansions = NOTHING_EXPANDED,
      decisions = [],
      reviews = NO_REVIEWS,
      pins = pinsOf(plan, reviews),
      distrusted,
      failing = NOBODY,
    }: Beside = {},
  ) {
    this.distrusted = distrusted ?? new Distrust()
    this.reviews = reviews
    this.pins = pins
    this.failing = failing
    this.expansions = expansions
    this.decisions = decisions
    this.outline = outline
    this.generation = store.generation()
    this.absent = new Uint8Array(plan.items)
    this.waits = new Uint8Array(plan.items)
    this.#awaitsJobs = store.jobs.all().some(({ state }) => state !== 'ended')
    this.blank = store.isEmpty()
    this.plan = plan
    this.dataset = plan.dataset
    this.#sendBack = plan.dataset.checks.filter(({ id, retry }) => retry && !failing.has(id))
    this.store = store
    this.judged = judgesOf(plan.dataset.checks).flatMap(({ id, rule }) => rule.criteria.map((criterion) => ({ check: id, criterion })))
    this.board = new Board(
      plan.items,
      plan.dataset.recipe.steps.flatMap(({ kind, name }) => (kind === 'derive' ? [] : [{ kind, name }])),
      this.judged.length,
      recall.known,
    )
    this.recall = recall
    this.#absentIsFirst = plan.dataset.recipe.steps.every((step) => step.kind !== 'ask' || step.shared !== true)
    recall.restore(this.board)
    this.#answers = new StoredAnswers(store, this.distrusted.answers)
  }

  /** Whether what is known to be absent for an item is the first answer it needs: a shared one may stand before it. */
  get absentIsFirst(): boolean {
    return this.#absentIsFirst
  }

  get ordinals(): Ordinals {
    return this.recall.ordinals
  }

  get fingerprints(): Fingerprints {
    return this.recall.fingerprints
  }

  /** The same items with a board as at the beginning, for a look ahead. */
  again(): Work {
    return new Work(this.plan, this.store, this.recall, this.outline, this)
  }

  /** The same work without trust in what was known: everything is looked at, and draws are dealt by what the store says now. */
  anew(): Work {
    const ordinals = ordinalsOf(this.plan, this.store, this.fingerprints)
    return new Work(this.plan, this.store, lookingAtAll(this.plan, { ...this.recall, ordinals }), this.outline, this)
  }

  /** The same work with every row judged anew, because other judges are failing than it was thought. */
  judgedAnew(failing: ReadonlySet<string>): Work {
    const { plan, store, recall, outline } = this
    const work = new Work(plan, store, lookingAtAll(plan, recall), outline, { ...this.#beside(), failing })
    work.carryOn(this)
    return work
  }

  #beside(): Beside {
    const { expansions, decisions, reviews, pins, distrusted } = this
    return { expansions, decisions, reviews, pins, distrusted }
  }

  /** What was bought and what failed earlier in this run, by work that this one goes on from. */
  carryOn(before: Work): void {
    for (const old of before.plan.batches) {
      const now = roundsNamed(this.plan, old.spec.name)[old.round]
      if (!now || now.items !== old.items) continue
      for (let within = 0; within < old.items; within++) {
        const [from, to] = [old.first + within, now.first + within]
        this.board.bought[to] = before.board.bought[from] as number
        const problem = before.board.problem(from)
        if (before.board.state[from] === STATE.failed && problem) this.board.fail(to, STATE.failed, problem)
      }
    }
  }

  /** Whether the store would deal every item the draw it has here. */
  hasItsDraws(): boolean {
    const { of } = ordinalsOf(this.plan, this.store, this.fingerprints)
    return of.every((ordinal, item) => ordinal === this.ordinals.of[item])
  }

  /** Items of all rounds of a batch, by what became of them. */
  counts(name: string): Counts {
    const sum = { items: 0, accepted: 0, rejected: 0, failed: 0, pending: 0 }
    for (const round of roundsNamed(this.plan, name)) {
      const counts = this.board.batchCounts(round)
      for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key]
    }
    return sum
  }

  /** Nothing of a batch is under way, failed or still to be decided. */
  isSettled(name: string): boolean {
    return roundsNamed(this.plan, name).every((round) => {
      const { failed, pending } = this.board.batchCounts(round)
      return failed + pending === 0 && !round.toCome
    })
  }

  /** Whether a batch job has been asked already for what an item wants; the item is then marked as waiting. */
  awaits({ index }: Item, { key }: Wanted): boolean {
    if (!this.#awaitsJobs || this.store.jobs.holder(key) === undefined) return false
    this.waits[index] = 1
    return true
  }

  item(index: number): Item {
    return itemAt(this.plan, index)
  }

  /** Items of a batch that must be looked at, ascending. */
  todo(batch: PlanBatch): Uint32Array {
    const { todo } = this.recall
    return todo.subarray(firstFrom(todo, batch.first), firstFrom(todo, batch.first + batch.items))
  }

  label(item: Item): string {
    return cellLabel(this.plan.dimensions, item.row, item.sample)
  }

  /** `requests`: for who walks the item several times. */
  rung(item: Item, requests?: Map<string, Asked>): Rung {
    const values: Record<string, Json> = Object.create(null)
    return {
      context: contextOf(this.plan.dimensions, item.row, item.sample, values, item.batch.lessons),
      values,
      ordinal: this.ordinals.of[item.index] as number,
      epoch: (request, ordinal) => this.#epoch(request, ordinal),
      first: this.recall.digests.get(item.index),
      ...(requests ? { requests } : {}),
      ...(this.#sendBack.length > 0 ? { objection: (example, values) => this.#objection(item, example, values) } : {}),
    }
  }

  /** What was taken back in this run is asked for anew in the next one. */
  #epoch(request: Digest, ordinal: number): number {
    return this.distrusted.epochOf(request, ordinal) ?? this.store.epoch(request, ordinal)
  }

  /** The first check that sends the row back, unless a person was content with it. */
  #objection(item: Item, example: Example, values: StepValues): Objection | undefined {
    const over = this.reviews.ruling(exampleMark(example))
    const findings = judgeRow(this.#sendBack, example, guardedValues(this.plan.dimensions, item.row), values)
    const finding = findings.find(({ severity }) => severity === 'reject')
    if (!finding || over) return undefined
    const rule = this.#sendBack.find(({ id }) => id === finding.check)?.rule
    return {
      ...finding,
      of: rule && 'of' in rule && rule.of === 'user' ? 'user' : 'assistant',
      ...(rule?.check === 'judge' ? { guidance: reasonsAgainst(rule, values) } : {}),
    }
  }

  /** Takes over what people said meanwhile; what became of the rows is for the next survey to say. */
  hear(reviews: Reviews): void {
    this.reviews = reviews
    this.pins = pinsOf(this.plan, reviews)
  }

  /** What the row of an item says: a person's words, else its recipe's; undefined when there is none. */
  example(item: Item): Example | undefined {
    const pin = this.pins.get(item.index)
    if (pin) return pin.edit.edited
    const resolution = this.resolve(item)
    return resolution.kind === 'example' ? resolution.example : undefined
  }

  /** What the recipe makes of an item, whether or not a person's words stand in its place. */
  resolve(item: Item): Resolution {
    return this.climb(this.rung(item))
  }

  climb(rung: Rung, answers: Answers = this.#answers): Resolution {
    return resolve(this.dataset.recipe, rung, answers)
  }

  /** Finds out in one question which of these items have no answer at all to their first request, where it is known. */
  noteAbsent(items: Uint32Array): void {
    if (!this.#absentIsFirst) return
    const keys: Key[] = []
    const requests: Digest[] = []
    const of: number[] = []
    for (const item of items) {
      const digest = this.recall.digests.get(item)
      if (digest === undefined) continue
      const ordinal = this.ordinals.of[item] as number
      keys.push(keyOf(digest, { ordinal, attempt: 0, epoch: this.#epoch(digest, ordinal) }))
      requests.push(digest)
      of.push(item)
    }
    const held = this.blank ? NO_KEYS : this.store.mayHold(keys, requests)
    const { answers } = this.distrusted
    for (const [i, key] of keys.entries()) this.absent[of[i] as number] = held.has(key) || answers.has(key) ? 0 : 1
  }

  /** The store's answers, and before them those that were just bought and need not be read again. */
  freshAnswers(): FreshAnswers {
    return new FreshAnswers(this.#answers, this.distrusted.answers)
  }

  /** Takes back an answer that was kept, for good: its cells fail in this run, and the next build asks again. */
  async distrust(question: Question, problem: Problem): Promise<void> {
    const { key, request } = question
    if (this.distrusted.answers.has(key)) return
    const taking = this.distrusted.takeBack(this.store, question, problem)
    const id = this.store.get(key, request)?.id
    if (id !== undefined)
      for (const column of this.board.answers)
        for (let item = column.indexOf(id); item >= 0; item = column.indexOf(id, item + 1)) this.board.fail(item, STATE.failed, problem)
    if (await taking) this.generation++
  }

  /** As `resolve`, without looking for what is known to be absent. */
  look(item: Item): Resolution {
    return this.climbFirst(item, this.rung(item))
  }

  /** As `climb`, for the first walk after a survey: what it found missing is not looked for again. */
  climbFirst(item: Item, rung: Rung): Resolution {
    return this.climb(rung, this.absent[item.index] === 1 ? NO_ANSWERS : this.#answers)
  }

  /** What the item may ask besides what it wants now. */
  followUps(item: Item, wanted: Wanted): FollowUp[] {
    const rung = this.rung(item)
    this.climb(rung)
    return followUps(this.plan, item, wanted, rung, this.#answers)
  }

  /** The steps that are skipped for this item, as far as it can be told. */
  skipped(item: Item): ReadonlySet<string> {
    const rung = this.rung(item)
    this.climb(rung)
    const met = this.dataset.recipe.steps.filter(({ name }) => Object.hasOwn(rung.values, name))
    return new Set(met.flatMap((step) => (isWanted(step, rung.context) ? [] : [step.name])))
  }

  /** The requests of an item's steps as far as they are known, each with the newest answer kept for it. */
  trail(item: Item): Trail[] {
    const seen: Trail[] = []
    const recorder: Answers = {
      find: (key, step, asked) => {
        const { identified } = asked
        const answer = this.#answers.find(key, step, asked)
        const raw = answer.kind === 'missing' ? undefined : this.store.get(key)?.raw
        const last = seen.at(-1)
        const trail = { step: step.name, key, identified, ...(raw ? { raw } : {}) }
        if (last?.step !== step.name) seen.push(trail)
        else if (raw) seen[seen.length - 1] = trail
        return answer
      },
    }
    resolve(this.dataset.recipe, this.rung(item), recorder)
    return seen
  }
}

/** One step of an item: what is asked and what was answered. */
export interface Trail {
  readonly step: string
  readonly key: Key
  readonly identified: Identified
  readonly raw?: Uint8Array
}
