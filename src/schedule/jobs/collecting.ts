/**
 * Answers of jobs that have ended, joined to their requests by name alone: kept like any other answer, what did not come is free to be asked
 * for again. Whatever ends this half-way, the next one goes on where it was.
 */

import type { JobOutcome, JobService, RemoteJob, Served } from '../../generate/batch/job-service.ts'
import { readResult } from '../../generate/batch/lines.ts'
import type { Completion, Rejection } from '../../generate/envelope.ts'
import type { KnownPrice } from '../../generate/price.ts'
import type { Failure } from '../../generate/provider.ts'
import { shortText } from '../../generate/short-text.ts'
import type { Job, JobLine } from '../../store/jobs.ts'
import type { NewResponse } from '../../store/store.ts'
import type { Key } from '../../util/brand.ts'
import { crashPoint } from '../../util/crash-point.ts'
import { estimated, usageOf } from '../bill.ts'
import { type JobContext, nameOfModel } from './context.ts'
import { persist } from './persist.ts'

export interface Collected {
  readonly answered: number
  /** As far as prices are known. */
  readonly usd: number
  /** What counts against a budget: of answers that do not say what they took, all that was reserved. */
  readonly spentUsd: number
  /** Some of it had no price. */
  readonly unpriced: boolean
  readonly failures: ReadonlyMap<Key, Failure>
  /** Lines that brought nothing new, by what was wrong with them, with an example. */
  readonly strange: ReadonlyMap<string, { readonly count: number; readonly example: string }>
}

/** Answers that become durable together. */
const PORTION = 256

/** The job is in this process's hands. Its claims are released as its answers are kept; whoever calls ends it. */
export async function collect(context: JobContext, service: JobService, job: Job, remote: RemoteJob): Promise<Served<Collected>> {
  const collector = new Collector(context, job, service.host)
  for (const fileId of [remote.outputFileId, remote.errorFileId]) {
    if (fileId === undefined) continue
    const read = await persist(context, () => {
      collector.beginFile(fileId)
      return service.read(fileId, (line) => collector.line(line), context.halt.signal)
    })
    await collector.keep()
    if (read.kind === 'failure') return read
  }
  // What was paid for and is not there must not be asked for again without a word.
  if (collector.answers < remote.completed)
    return {
      kind: 'failure',
      failure: {
        kind: 'transient',
        code: 'no-output',
        message: `${service.host} counts ${remote.completed} answers and gives out ${collector.answers}`,
      },
    }
  return { kind: 'ok', value: await collector.end(UNANSWERED[remote.outcome ?? 'completed']) }
}

const UNANSWERED: { readonly [O in JobOutcome]: Failure } = {
  completed: { kind: 'transient', code: 'no-result', message: 'the job ended without a result for it' },
  failed: { kind: 'transient', code: 'job-failed', message: 'the job failed before it was answered' },
  expired: { kind: 'transient', code: 'expired', message: 'the job expired before it was answered' },
  cancelled: { kind: 'transient', code: 'cancelled', message: 'the job was cancelled before it was answered' },
}

class Collector {
  readonly #context: JobContext
  readonly #job: Job
  readonly #host: string
  readonly #price: KnownPrice | undefined
  /** Keys that wait for their answers. */
  readonly #left: Set<Key>
  readonly #taken = new Set<string>()
  readonly #failures = new Map<Key, Failure>()
  /** Names in the file that is read just now, and in those before it. */
  #reading = new Set<string>()
  readonly #read = new Set<string>()
  #file = ''
  #responses: NewResponse[] = []
  /** Answers that a process before this one took. */
  readonly #earlier = new Set<string>()
  readonly #strange = new Map<string, { count: number; example: string }>()
  #sum = { answered: 0, usd: 0, spentUsd: 0, unpriced: false }

  constructor(context: JobContext, job: Job, host: string) {
    this.#context = context
    this.#job = job
    this.#host = host
    this.#price = (job.price as KnownPrice | null) ?? undefined
    this.#left = new Set(context.store.jobs.keys(job.id))
  }

  /** Answers that were found in the files, also those that an earlier process took. */
  get answers(): number {
    return this.#taken.size + this.#earlier.size
  }

  /** A file that broke off is read again from its beginning. */
  beginFile(fileId: string): void {
    if (fileId !== this.#file) for (const name of this.#reading) this.#read.add(name)
    this.#file = fileId
    this.#reading = new Set()
  }

  line(text: string): Promise<void> | undefined {
    const read = readResult(text, this.#host)
    if (!read) return this.#note('unreadable', text.slice(0, 80))
    const { name, result } = read
    const key = name as Key
    if (this.#reading.has(name) || this.#read.has(name)) {
      this.#note('repeated', name)
      // The first one counts, unless only a later one is an answer: that was paid for.
      if (result.kind !== 'answer' || !this.#failures.has(key)) return undefined
    }
    this.#reading.add(name)
    if (this.#taken.has(name)) return undefined
    if (!this.#left.has(key)) return this.#unknown(name, result.kind === 'answer')
    if (result.kind === 'failure') {
      this.#failures.set(key, result.failure)
      return undefined
    }
    const line = this.#context.store.jobs.line(this.#job.id, key)
    if (!line) return this.#note('damaged', name)
    this.#failures.delete(key)
    this.#left.delete(key)
    this.#taken.add(name)
    this.#responses.push(this.#response(line, result.raw, result.envelope))
    return this.#responses.length >= PORTION ? this.keep() : undefined
  }

  /** All answers read so far are durable, and then their claims are gone. */
  async keep(): Promise<void> {
    const responses = this.#responses
    this.#responses = []
    if (responses.length === 0) return
    const { store } = this.#context
    await Promise.all(responses.map((response) => store.put(response)))
    crashPoint('before-job-release')
    await store.jobs.release(
      this.#job.id,
      responses.map(({ key }) => key),
    )
    crashPoint('after-job-release')
  }

  async end(unanswered: Failure): Promise<Collected> {
    for (const key of this.#left) if (!this.#failures.has(key)) this.#failures.set(key, unanswered)
    return { ...this.#sum, failures: this.#failures, strange: this.#strange }
  }

  /** Taken by the process before this one, or nobody's here. */
  #unknown(name: string, isAnswer: boolean): undefined {
    if (/^[0-9a-f]{64}$/.test(name) && this.#context.store.get(name as Key)) {
      if (isAnswer) this.#earlier.add(name)
      return undefined
    }
    return this.#note('unknown', name)
  }

  #note(what: string, example: string): undefined {
    const known = this.#strange.get(what)
    if (known) known.count++
    else this.#strange.set(what, { count: 1, example: shortText(example, 80) })
    return undefined
  }

  #response(line: JobLine, raw: Uint8Array, envelope: Completion | Rejection): NewResponse {
    const { reservedUsd, batch, ...asked } = line
    const counted = envelope.usage ?? estimated(line.requestText, envelope)
    const usage = usageOf(counted, this.#price, !envelope.usage, { batch: true })
    this.#context.limits.ledger.book({ batch, model: nameOfModel(this.#job.place), step: line.step }, usage)
    const sum = this.#sum
    sum.answered++
    sum.usd += usage.usd ?? 0
    sum.spentUsd += envelope.usage ? (usage.usd ?? 0) : Math.max(usage.usd ?? 0, reservedUsd ?? 0)
    sum.unpriced ||= usage.usd === undefined
    return {
      ...asked,
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
