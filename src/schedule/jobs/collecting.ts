/**
 * Answers of jobs that have ended, joined to their requests by name alone: kept like any other answer, what did not come is free to be asked
 * for again. Whatever ends this half-way, the next one goes on where it was.
 */

import type { JobOutcome, JobService, RemoteJob, Served } from '../../generate/batch/job-service.ts'
import { type Result, readResult } from '../../generate/batch/lines.ts'
import type { Failure } from '../../generate/provider.ts'
import { shortText } from '../../generate/short-text.ts'
import type { Job } from '../../store/jobs.ts'
import type { Key } from '../../util/brand.ts'
import type { Diagnostic } from '../../util/diagnostic.ts'
import type { JobContext } from './context.ts'
import type { Arrived, Keeper, Sum } from './keeping.ts'
import { persist } from './persist.ts'

export interface Collected {
  readonly sum: Sum
  /** Of those that are not answered, and of answers that were set aside. */
  readonly failures: ReadonlyMap<Key, Failure>
  /** The latter alone. */
  readonly doubted: ReadonlyMap<Key, Failure>
  /** What one of them says about the whole build. */
  readonly ends?: Diagnostic | undefined
  /** A refusal that all others would meet. */
  readonly refusal?: string | undefined
  /** Lines that brought nothing new, by what was wrong with them, with an example. */
  readonly strange: ReadonlyMap<string, { readonly count: number; readonly example: string }>
}

export const NO_OUTPUT = 'no-output'

/** Answers that become durable together. */
const PORTION = 256

/** The job is in this process's hands. Its claims are released as its answers are kept; whoever calls ends it. */
export async function collect(
  context: JobContext,
  service: JobService,
  job: Job,
  remote: RemoteJob,
  keeper: Keeper,
): Promise<Served<Collected>> {
  const collector = new Collector(context, job, service.host, keeper)
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
        code: NO_OUTPUT,
        message: `${service.host} counts ${remote.completed} answers and gives out ${collector.answers}`,
      },
    }
  return { kind: 'ok', value: collector.end(UNANSWERED[remote.outcome ?? 'completed']) }
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
  readonly #keeper: Keeper
  /** Keys that wait for their answers. */
  readonly #left: Set<Key>
  readonly #taken = new Set<string>()
  readonly #failures = new Map<Key, Failure>()
  /** Names in the file that is read just now, and in those before it. */
  #reading = new Set<string>()
  readonly #read = new Set<string>()
  #file = ''
  #arrived: Arrived[] = []
  /** Answers that a process before this one took. */
  readonly #earlier = new Set<string>()
  readonly #strange = new Map<string, { count: number; example: string }>()

  constructor(context: JobContext, job: Job, host: string, keeper: Keeper) {
    this.#context = context
    this.#job = job
    this.#host = host
    this.#keeper = keeper
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
    if (!this.#left.has(key)) return this.#unknown(key, result)
    if (result.kind === 'failure') {
      this.#failures.set(key, result.failure)
      return undefined
    }
    const line = this.#context.store.jobs.line(this.#job.id, key)
    if (!line) return this.#note('damaged', name)
    this.#failures.delete(key)
    this.#left.delete(key)
    this.#taken.add(name)
    this.#arrived.push({ line, ...result })
    return this.#arrived.length >= PORTION ? this.keep() : undefined
  }

  /** All answers read so far are durable. */
  async keep(): Promise<void> {
    if (this.#arrived.length > 0) await this.#keeper.keep(this.#arrived.splice(0))
  }

  end(unanswered: Failure): Collected {
    const failures = this.#failures
    for (const key of this.#left) if (!failures.has(key)) failures.set(key, unanswered)
    const { sum, doubted, ends } = this.#keeper
    const refusal = this.#keeper.refusal(failures)
    for (const [key, failure] of doubted) failures.set(key, failure)
    return { sum, failures, doubted, ends, refusal, strange: this.#strange }
  }

  /** Taken by the process before this one, or nobody's here. */
  #unknown(key: Key, result: Result): undefined {
    if (!/^[0-9a-f]{64}$/.test(key) || !this.#context.store.get(key)) return this.#note('unknown', key)
    if (result.kind !== 'answer') return undefined
    this.#earlier.add(key)
    this.#keeper.recall(key, result.envelope)
    return undefined
  }

  #note(what: string, example: string): undefined {
    const known = this.#strange.get(what)
    if (known) known.count++
    else this.#strange.set(what, { count: 1, example: shortText(example, 80) })
    return undefined
  }
}
