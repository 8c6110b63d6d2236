/** What is done with a job that is open: it is looked for, looked at, and collected when it has ended; each failure has its own end. */
import type { JobService, RemoteJob } from '../../generate/batch/job-service.ts'
import type { Failure } from '../../generate/provider.ts'
import type { Job, JobPlace } from '../../store/jobs.ts'
import type { Store } from '../../store/store.ts'
import type { JobId, Key } from '../../util/brand.ts'
import { DatagenError, type Diagnostic } from '../../util/diagnostic.ts'
import { type Collected, collect, NO_OUTPUT } from './collecting.ts'
import { type JobContext, nameOfModel } from './context.ts'
import { findOnceSettled } from './creation.ts'
import type { Gathering } from './gathering.ts'
import { Keeper, type Sum } from './keeping.ts'
import { persist } from './persist.ts'
import { gone, laterOn, notReached, notToBeHad, setAside, strangeLines } from './remarks.ts'
import { stopFor, stopForSize } from './stop-for.ts'

/** What came out of jobs in this run. */
export interface Came {
  readonly answers: number
  readonly usd: number
}

/** Errors of a whole job that pass when others of the same model have ended. */
const QUEUE_FULL = /token_limit_exceeded|enqueued token limit/i

export class Attendant {
  readonly #context: JobContext
  readonly #gathering: Gathering
  /** Requests that failed in a job in this run, with how often and why last. */
  readonly failed = new Map<Key, { readonly tries: number; readonly failure: Failure }>()
  /** Models whose queue takes no more now. */
  readonly full = new Set<string>()
  /** Of jobs whose collecting was begun and has not ended. */
  readonly #keepers = new Map<JobId, Keeper>()
  #came: Came = { answers: 0, usd: 0 }
  /** Jobs whose provider could not be reached, as was said. */
  readonly #unreached = new Set<JobId>()
  #patient = false

  constructor(context: JobContext, gathering: Gathering) {
    this.#context = context
    this.#gathering = gathering
  }

  get came(): Came {
    return [...this.#keepers.values()].reduce((came, { sum }) => plus(came, sum), this.#came)
  }

  /**
   * True when an answer, or the place of one, may be there that was not before. `patient`: the build stays, so whatever passes by itself may
   * take its time.
   */
  async to(job: Job, patient: boolean): Promise<boolean> {
    this.#patient = patient
    const { store, run } = this.#context
    switch (job.state) {
      case 'gathering':
        // Unless somebody alive gathers it, nobody will.
        if (!(await store.jobs.take(job.id, run))) return false
        await store.jobs.drop(job.id)
        return true
      case 'sealed':
        return this.#find(job)
      default:
        return this.#look(job)
    }
  }

  /** Whoever handed it over did not live to write down whether it was taken. */
  async #find(job: Job): Promise<boolean> {
    const { store, run, halt, clock } = this.#context
    if (!(await store.jobs.take(job.id, run))) return false
    try {
      const service = await this.#service(job.place)
      const found = service && (await findOnceSettled(this.#context, service, job))
      if (!found) return false
      if (found.kind === 'failure') {
        if (!this.#waitsOn(job, found.failure)) this.#stop(job, found.failure)
        return false
      }
      if (found.value) {
        const submitted = new Date(found.value.createdAt * 1000)
        const since = found.value.createdAt > 0 ? submitted : clock.date()
        await store.jobs.update({ ...job, state: 'submitted', remoteId: found.value.id, submitted: since.toISOString() })
      } else {
        // It never came to be: what is still wanted is handed over anew.
        if (job.fileId !== undefined) await service.removeFile(job.fileId, halt.signal)
        await store.jobs.drop(job.id)
        return true
      }
    } finally {
      await store.jobs.leave(job.id)
    }
    const adopted = openJobs(this.#context.store).find(({ id }) => id === job.id)
    return adopted !== undefined && this.#look(adopted)
  }

  async #look(job: Job): Promise<boolean> {
    const service = await this.#service(job.place)
    if (!service || job.remoteId === undefined) return false
    const looked = await persist(this.#context, () => service.look(job.remoteId as string, this.#context.halt.signal))
    if (looked.kind === 'failure') {
      if (this.#waitsOn(job, looked.failure)) return false
      if (looked.failure.code !== 'not-found') this.#stop(job, looked.failure)
      // What to do about it is a matter of the job, not of the model.
      else this.#end(gone(job, service.host))
      return false
    }
    const remote = looked.value
    this.#unreached.delete(job.id)
    if (remote.outcome === undefined) {
      this.#tell(job, remote)
      await this.#noteSeen(job, remote)
      return false
    }
    return this.#collect(job, service, remote)
  }

  /** Whether it is looked at again later: a job goes on while its provider is out. Answers that are counted and not given out are no outage. */
  #waitsOn(job: Job, failure: Failure): boolean {
    if (!this.#patient || failure.kind !== 'transient' || failure.code === NO_OUTPUT || this.#context.halt.stopping) return false
    if (!this.#unreached.has(job.id)) this.#notice(notReached(job, failure))
    this.#unreached.add(job.id)
    return true
  }

  /** For whoever lists jobs; not worth waiting for a process that has it in its hands. */
  async #noteSeen(job: Job, { status, completed, failed }: RemoteJob): Promise<void> {
    const { seen } = job
    if (seen?.status === status && seen.completed === completed && seen.failed === failed) return
    const { jobs } = this.#context.store
    if (!(await jobs.take(job.id, this.#context.run))) return
    await jobs.update({ ...job, seen: { status, completed, failed } })
    await jobs.leave(job.id)
  }

  /** It has ended, and its answers are not to be had: whoever lists jobs shall see that it is not the provider's work that is waited for. */
  async #noteEnd({ id }: Job, { status, completed, failed }: RemoteJob): Promise<void> {
    const job = openJobs(this.#context.store).find((open) => open.id === id)
    if (job) await this.#context.store.jobs.update({ ...job, seen: { status, completed, failed } })
  }

  async #collect(job: Job, service: JobService, remote: RemoteJob): Promise<boolean> {
    const { store, run, clock } = this.#context
    // Another process is at it: its answers will be here when we look again.
    if (!(await store.jobs.take(job.id, run))) return false
    let ended = false
    try {
      const keeper = this.#keeper(job)
      const collected = await collect(this.#context, service, job, remote, keeper)
      if (collected.kind === 'failure') {
        if (this.#waitsOn(job, collected.failure)) return false
        await this.#noteEnd(job, remote)
        this.#notice(notToBeHad(job, collected.failure))
        this.#stop(job, collected.failure)
        return false
      }
      const { failures, sum } = collected.value
      const { answered, usd, unpriced } = sum
      const missing = [...failures.values()].filter(({ code }) => UNDONE.has(code)).length
      const end = {
        at: clock.date().toISOString(),
        answered,
        failed: failures.size - missing,
        missing,
        usd: unpriced ? null : usd,
        status: remote.status,
      }
      await store.jobs.end({ ...job, end })
      ended = true
      this.#settle(job, sum)
      this.full.delete(nameOfModel(job.place))
      this.#tell(job, remote, collected.value, missing)
      this.#judge(job, remote, collected.value)
      return true
    } finally {
      if (!ended) await store.jobs.leave(job.id)
    }
  }

  /** Where collecting broke off, it goes on with the same: what was kept is counted once. */
  #keeper(job: Job): Keeper {
    const known = this.#keepers.get(job.id)
    if (known) return known
    // With what a process that had it before this one wrote down of it.
    const keeper = new Keeper(this.#context, openJobs(this.#context.store).find(({ id }) => id === job.id) ?? job)
    this.#keepers.set(job.id, keeper)
    return keeper
  }

  /** What was reserved for it is free; what its answers cost is spent, by the run that submitted it. */
  #settle({ id, run }: Job, sum: Sum): void {
    const { reserved } = this.#gathering
    if (run === this.#context.run) this.#context.limits.arrive(reserved.get(id) ?? 0, sum.spentUsd)
    reserved.delete(id)
    this.#keepers.delete(id)
    this.#came = plus(this.#came, sum)
  }

  /** Each failure has its own end: some are asked for again, some fail their cell, some end the build. */
  #judge(job: Job, remote: RemoteJob, { failures, doubted, ends, refusal, strange }: Collected): void {
    for (const diagnostic of [...strangeLines(job, strange), ...setAside(job, doubted)]) this.#notice(diagnostic)
    if (ends) this.#end(ends)
    if (refusal !== undefined) this.#context.halt.stop('fatal', refusal)
    if (remote.outcome === 'failed') return this.#refused(job, remote)
    for (const [key, failure] of failures) this.failed.set(key, { tries: (this.failed.get(key)?.tries ?? 0) + 1, failure })
    const again = laterOn(job, failures)
    if (again) this.#notice(again)
    for (const failure of failures.values()) if (failure.kind === 'fatal') return this.#stop(job, failure)
  }

  #end(ends: Diagnostic): void {
    if (!this.#context.halt.stopping) this.#notice(ends)
    this.#context.halt.stop('fatal', ends.headline)
  }

  /** The provider turned the whole job down: none of its requests was made. */
  #refused(job: Job, { errors }: RemoteJob): void {
    const why = errors.map(({ code, message }) => message || code)[0] ?? 'no reason given'
    const use = nameOfModel(job.place)
    if (errors.some(({ code, message }) => QUEUE_FULL.test(code) || QUEUE_FULL.test(message))) {
      this.full.add(use)
      if (openJobs(this.#context.store).some(({ id, place }) => id !== job.id && nameOfModel(place) === use)) return
      stopForSize(this.#context, job.place, `one batch job alone is too large for the queue of ${use}: ${why}`)
      return
    }
    this.#context.halt.stop('fatal', `${use} turned a batch job down: ${why}`)
  }

  #tell(job: Job, remote: RemoteJob, collected?: Collected, missing = 0): void {
    const { failures, sum } = collected ?? {}
    const { answered = 0, usd = 0, unpriced } = sum ?? {}
    this.#context.sink.emit({
      type: 'job',
      job: job.number,
      state: collected ? 'ended' : 'waiting',
      use: nameOfModel(job.place),
      remote: remote.id,
      requests: job.requests,
      since: job.submitted ?? job.begun,
      status: remote.status,
      completed: remote.completed,
      ...(collected ? { end: { answered, failed: (failures?.size ?? 0) - missing, missing, ...(unpriced ? {} : { usd }) } } : {}),
    })
  }

  async #service(place: JobPlace): Promise<JobService | undefined> {
    try {
      return await this.#context.services(place)
    } catch (error) {
      if (!(error instanceof DatagenError)) throw error
      for (const diagnostic of error.diagnostics) this.#notice({ ...diagnostic, severity: 'warning' })
      return undefined
    }
  }

  #stop({ place }: Job, failure: Failure): void {
    stopFor(this.#context, place, failure)
  }

  #notice(diagnostic: Diagnostic): void {
    this.#context.sink.emit({ type: 'notice', diagnostic })
  }
}

const UNDONE: ReadonlySet<string> = new Set(['expired', 'cancelled', 'no-result', 'job-failed'])

function plus({ answers, usd }: Came, { answered, keptUsd }: Sum): Came {
  return { answers: answers + answered, usd: usd + keptUsd }
}

/** Those whose answers are still awaited. */
export function openJobs(store: Store): readonly Job[] {
  return store.jobs.all().filter(({ state }) => state !== 'ended')
}
