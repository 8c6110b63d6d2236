/** Answers of a job made durable, each for what it is worth: what would be doubted online is doubted here, by what is known now. */
import type { JsonObject } from '../../../schema/json.ts'
import type { AskSpec, Dataset } from '../../config/dataset.ts'
import type { Completion, Rejection } from '../../generate/envelope.ts'
import { isUnread } from '../../generate/filtered.ts'
import type { KnownPrice } from '../../generate/price.ts'
import type { Failure } from '../../generate/provider.ts'
import { asksAs } from '../../plan/render.ts'
import type { Job, JobLine, JobPlace } from '../../store/jobs.ts'
import type { NewResponse } from '../../store/store.ts'
import type { Key } from '../../util/brand.ts'
import { crashPoint } from '../../util/crash-point.ts'
import type { Diagnostic } from '../../util/diagnostic.ts'
import { estimated, usageOf } from '../bill.ts'
import { type Asking, asideOf, type Doubt, REPEATED } from '../doubts.ts'
import { type JobContext, nameOfModel } from './context.ts'

export interface Arrived {
  readonly line: JobLine
  /** The body of the response. */
  readonly raw: Uint8Array
  readonly envelope: Completion | Rejection
}

/** What answers came to. */
export interface Sum {
  /** Kept and believed. */
  answered: number
  /** Of all, as far as prices are known; and of those that are believed. */
  usd: number
  keptUsd: number
  /** What counts against a budget: of answers that do not say what they took, all that was reserved. */
  spentUsd: number
  /** Some had no price. */
  unpriced: boolean
}

/** Of requests that may be refused for a field of theirs. */
const REFUSALS: ReadonlySet<string> = new Set(['bad-request', 'unsupported-parameter'])
// Each costs a look into the store.
const MOST_REFUSALS = 20

export class Keeper {
  readonly #context: JobContext
  readonly #job: Job
  readonly #price: KnownPrice | undefined
  readonly #steps = new Map<string, AskSpec | undefined>()
  /** Names of steps to which there was an answer. */
  readonly #answeredSteps = new Set<string>()
  /** Answers that came to another request too: who goes on with the job cannot find that out again. */
  readonly #repeated: Set<Key>
  /** Of answers that were kept by this one. */
  readonly #kept = new Set<Key>()
  /** Why answers were set aside. */
  readonly doubted = new Map<Key, Failure>()
  /** Why no further answer of the build can be believed either. */
  ends: Diagnostic | undefined
  readonly sum: Sum = { answered: 0, usd: 0, keptUsd: 0, spentUsd: 0, unpriced: false }

  constructor(context: JobContext, job: Job) {
    this.#context = context
    this.#job = job
    this.#price = (job.price as KnownPrice | null) ?? undefined
    this.#repeated = new Set(job.repeated)
  }

  /**
   * All of them are durable, and then the claims of those that count are gone. The others keep theirs until the job ends: whoever goes on
   * with it, should this process die, finds them again and sets them aside again.
   */
  async keep(arrived: readonly Arrived[]): Promise<void> {
    const { store, doubts } = this.#context
    const released: Key[] = []
    const writing: Promise<unknown>[] = []
    const repeated = this.#repeated.size
    for (const one of arrived) {
      const { key } = one.line
      // Met a second time: collecting was broken off before the job could end.
      if (this.doubted.has(key)) continue
      this.#look(one)
      const doubt = await this.#doubt(one)
      const response = this.#response(one, doubt)
      writing.push(store.put(response))
      if (doubt?.also) writing.push(doubts.takeBack(doubt.also, { code: doubt.code, message: doubt.message }))
      if (doubt) continue
      released.push(key)
      this.#kept.add(key)
    }
    if (this.#repeated.size > repeated) writing.push(store.jobs.update({ ...this.#job, repeated: [...this.#repeated] }))
    await Promise.all(writing)
    crashPoint('before-job-release')
    await store.jobs.release(this.#job.id, released)
    crashPoint('after-job-release')
  }

  /** An answer that a process before this one has kept of the same job. */
  recall(key: Key, envelope: Completion | Rejection): void {
    if (this.#kept.has(key)) return
    const answered = this.#context.store.drawOf(key)
    if (!answered) return
    const { request, step, ordinal, attempt, epoch } = answered
    this.#answeredSteps.add(step)
    this.#context.doubts.recall(this.#asking({ key, request, step, draw: { ordinal, attempt, epoch } }), envelope)
  }

  /** Why the build ends: a request that nobody answered alike was refused for what all others have too. */
  refusal(failures: ReadonlyMap<Key, Failure>): string | undefined {
    const { store, canary } = this.#context
    let looked = 0
    for (const [key, failure] of failures) {
      if (!REFUSALS.has(failure.code) || looked++ >= MOST_REFUSALS) continue
      const line = store.jobs.line(this.#job.id, key)
      const step = line && !this.#answeredSteps.has(line.step) ? this.#stepAsNow(line) : undefined
      const why = step && canary.refusedInJob(step, failure)
      if (why !== undefined) return why
    }
    return undefined
  }

  /** The first answer to each step shows what the server takes notice of. */
  #look({ line, raw, envelope }: Arrived): void {
    if (this.#answeredSteps.has(line.step) || isUnread(envelope)) return
    this.#answeredSteps.add(line.step)
    const step = this.#stepAsNow(line)
    if (step) this.#context.canary.collected(step, raw)
  }

  /** The step of a line, where it still asks in the same way: of another way this line shows nothing. */
  #stepAsNow({ step: name, requestText }: JobLine): AskSpec | undefined {
    const step = this.#step(name)
    const body = bodyIn(requestText)
    return step?.name === name && body && asksAs(step, body) ? step : undefined
  }

  async #doubt({ line, envelope }: Arrived): Promise<Doubt | undefined> {
    const { key, request, step, requestText, ordinal, attempt, epoch } = line
    const asking = this.#asking({ key, request, step, draw: { ordinal, attempt, epoch } }, requestText)
    const doubt = (await this.#context.doubts.about(asking, envelope)) ?? (this.#repeated.has(key) ? REPEATED : undefined)
    if (!doubt) return undefined
    const { code, message } = doubt
    this.#context.doubts.fail(asking, { code, message })
    this.doubted.set(key, { kind: 'refused', code, message })
    this.ends ??= doubt.ends
    if (doubt.also) this.#repeated.add(key)
    return doubt
  }

  #asking({ step, ...question }: Pick<Asking, 'key' | 'request' | 'draw'> & { readonly step: string }, requestText?: string): Asking {
    const { place } = this.#job
    const model = this.#step(step)?.model
    const body = () => (requestText === undefined ? undefined : bodyIn(requestText))
    return { ...question, model, server: model?.identity ?? place.baseUrl ?? place.provider, body }
  }

  #step(name: string): AskSpec | undefined {
    if (!this.#steps.has(name)) this.#steps.set(name, askedBy(this.#context.dataset, this.#job.place, name))
    return this.#steps.get(name)
  }

  #response({ line, raw, envelope }: Arrived, doubt: Doubt | undefined): NewResponse {
    const { reservedUsd, batch, ...asked } = line
    const counted = envelope.usage ?? estimated(line.requestText, envelope)
    const usage = usageOf(counted, this.#price, !envelope.usage, { batch: true })
    this.#context.limits.ledger.book({ batch, model: nameOfModel(this.#job.place), step: line.step }, usage)
    const { sum } = this
    const { usd = 0 } = usage
    if (!doubt) sum.answered++
    sum.usd += usd
    sum.keptUsd += doubt ? 0 : usd
    sum.spentUsd += envelope.usage ? usd : Math.max(usd, reservedUsd ?? 0)
    sum.unpriced ||= usage.usd === undefined
    const { ordinal, attempt, epoch } = line
    return {
      ...asked,
      ...(doubt ? asideOf(line.request, { ordinal, attempt, epoch }) : {}),
      model: envelope.model || line.model,
      raw,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      usd: usage.usd ?? null,
      estimated: usage.estimated,
      // What it waited for its job says nothing about the model.
      ms: 0,
      run: this.#job.run,
    }
  }
}

function bodyIn(requestText: string): JsonObject | undefined {
  return (JSON.parse(requestText) as { readonly body?: JsonObject }).body
}

/** The step that a line was asked for, else another one that asks the same model there; the config may have changed since. */
function askedBy({ recipe }: Dataset, { provider, model, baseUrl }: JobPlace, name: string): AskSpec | undefined {
  const asking = recipe.steps.filter(
    (step): step is AskSpec =>
      step.kind === 'ask' && step.model.provider === provider && step.model.model === model && step.model.baseUrl === baseUrl,
  )
  return asking.find((step) => step.name === name) ?? asking[0]
}
