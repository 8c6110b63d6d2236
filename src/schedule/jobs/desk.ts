/**
 * The desk where batch jobs are handed over and collected. A job belongs to the store and not to a process: whoever comes first after it has
 * ended collects it, for everybody.
 */
import type { JsonObject } from '../../../schema/json.ts'
import type { ModelSpec } from '../../config/dataset.ts'
import type { KnownPrice } from '../../generate/price.ts'
import type { Job, JobLine, JobPlace } from '../../store/jobs.ts'
import type { JobId, Key } from '../../util/brand.ts'
import type { Bought } from '../bought.ts'
import { Attendant, type Came, openJobs } from './attendant.ts'
import { type JobContext, nameOfModel } from './context.ts'
import { Gathering } from './gathering.ts'

export interface JobOrder {
  readonly model: ModelSpec
  readonly price: KnownPrice | undefined
  readonly line: JobLine
  readonly body: JsonObject
  readonly reservedUsd: number
  readonly reason: string
}

const FIRST_POLL_MS = 10_000
const LONGEST_POLL_MS = 5 * 60_000
const SLOWER = 1.5
const MOST_TRIES = 3

export class JobDesk {
  readonly #context: JobContext
  readonly #gathering: Gathering
  readonly #attendant: Attendant
  #open: ReadonlySet<JobId> = new Set()

  constructor(context: JobContext) {
    this.#context = context
    this.#gathering = new Gathering(context)
    this.#attendant = new Attendant(context, this.#gathering)
    this.#open = new Set(this.open().map(({ id }) => id))
  }

  get waits(): boolean {
    return this.#context.wait
  }

  get mayOrder(): boolean {
    return this.#context.mayOrder
  }

  get came(): Came {
    return this.#attendant.came
  }

  /** Others were met at work on the same requests. */
  get metOthers(): boolean {
    return this.#gathering.metOthers
  }

  /** Whether something that was to be handed over is somebody else's affair: it may be there by now. */
  takeMet(): boolean {
    return this.#gathering.takeMet()
  }

  /** Jobs whose answers are still awaited. */
  open(): readonly Job[] {
    return openJobs(this.#context.store)
  }

  /** What is known of a request without asking anybody; undefined when it may be handed over. */
  fate(key: Key): Bought | undefined {
    if (this.#gathering.has(key) || this.#context.store.jobs.holder(key) !== undefined) return { kind: 'waits', handed: false }
    const before = this.#attendant.failed.get(key)
    if (!before) return undefined
    const { tries, failure } = before
    const { code, message } = failure
    if (failure.kind === 'transient' && tries < (this.#context.maxTries ?? MOST_TRIES)) return undefined
    return { kind: 'failed', code, message }
  }

  /** The limits have admitted it. */
  async order({ model, ...order }: JobOrder): Promise<Bought> {
    const place = placeOf(model)
    if (this.#attendant.full.has(nameOfModel(place))) {
      this.#context.limits.giveBack()
      this.#context.limits.settle(order.reservedUsd, 0)
      return { kind: 'stopped' }
    }
    const ordered = await this.#gathering.add({ ...order, place, most: model.jobs as NonNullable<ModelSpec['jobs']> })
    switch (ordered) {
      case 'waits':
        return { kind: 'waits', handed: true }
      case 'stopped':
        return { kind: 'stopped' }
      case 'too-large':
        return { kind: 'failed', code: 'too-large', message: 'the request is larger than the file of a batch job may be' }
    }
  }

  /** Everything gathered is handed over; where the build was stopped before it could be, it is not. */
  async submit(): Promise<void> {
    if (this.#context.halt.stopSignal.aborted) await this.#gathering.abandon()
    else await this.#gathering.submit()
    this.#open = new Set([...this.#open, ...this.open().map(({ id }) => id)])
  }

  /**
   * Looks at every open job once; true when an answer, or the place of one, may be there that was not before. Who is to stay is patient from
   * the beginning.
   */
  attend(): Promise<boolean> {
    return this.#attend(this.#context.wait)
  }

  async #attend(patient: boolean): Promise<boolean> {
    const { halt } = this.#context
    const before = this.#open
    let news = false
    for (const job of this.open()) {
      if (halt.stopSignal.aborted) break
      if (!this.#gathering.isAtWorkOn(job.id) && (await this.#attendant.to(job, patient))) news = true
    }
    this.#open = new Set(this.open().map(({ id }) => id))
    // Another process may have collected one.
    return news || [...before].some((id) => !this.#open.has(id))
  }

  /** Stays until there is something new; false when the build is to end first, or nothing is waited for. */
  async wait(): Promise<boolean> {
    const { clock, halt } = this.#context
    for (let ms = FIRST_POLL_MS; this.open().length > 0; ms = Math.min(LONGEST_POLL_MS, ms * SLOWER)) {
      await clock.sleep(ms, halt.stopSignal)
      if (halt.stopping) return false
      if (await this.#attend(true)) return true
    }
    return false
  }

  /** Takes back what was gathered and not handed over. */
  async close(): Promise<void> {
    await this.#gathering.abandon()
  }
}

export function placeOf({ provider, model, baseUrl, apiKeyEnv, headers, api, timeoutMs }: ModelSpec): JobPlace {
  return {
    provider,
    model,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }),
    ...(headers === undefined ? {} : { headers }),
    ...(api === undefined ? {} : { api }),
    timeoutMs,
  }
}
