/** A store's batch jobs as others see them: reads from the rows, writes through its group commit. */
import type { JobId, Key } from '../util/brand.ts'
import type { JobRows } from './job-rows.ts'
import type { Job, JobBook, JobLine, NewJob } from './jobs.ts'
import type { Claimed } from './store.ts'

/** A write about jobs, applied inside one transaction. */
export type JobWrite =
  | { readonly write: 'begin-job'; readonly job: NewJob }
  | { readonly write: 'claim-lines'; readonly id: JobId; readonly run: string; readonly lines: readonly JobLine[] }
  | { readonly write: 'update-job'; readonly job: Job }
  | { readonly write: 'take-job'; readonly id: JobId; readonly run: string }
  | { readonly write: 'leave-job'; readonly id: JobId }
  | { readonly write: 'release-lines'; readonly id: JobId; readonly keys: readonly Key[] }
  | { readonly write: 'end-job'; readonly job: Job }
  | { readonly write: 'drop-job'; readonly id: JobId }

/** What becomes of each. */
export type JobWritten = JobId | readonly Claimed[] | boolean | undefined

export interface JobBookOptions {
  readonly write: (write: JobWrite) => Promise<JobWritten>
  readonly ask: <Answer>(question: () => Answer) => Answer
  /** Others must see that this process is well while it has a job in its hands. */
  readonly onHands: () => void
}

export class StoredJobs implements JobBook {
  readonly #rows: JobRows
  readonly #options: JobBookOptions
  readonly #mine = new Set<JobId>()

  constructor(rows: JobRows, options: JobBookOptions) {
    this.#rows = rows
    this.#options = options
  }

  /** Jobs in this process's hands. */
  get inHand(): number {
    return this.#mine.size
  }

  all(): readonly Job[] {
    return this.#options.ask(() => this.#rows.all())
  }

  holder(key: Key): JobId | undefined {
    return this.#options.ask(() => this.#rows.holder(key))
  }

  keys(id: JobId): readonly Key[] {
    return this.#options.ask(() => this.#rows.keys(id))
  }

  line(id: JobId, key: Key): JobLine | undefined {
    return this.#options.ask(() => this.#rows.line(id, key))
  }

  async begin(job: NewJob): Promise<JobId> {
    const id = (await this.#options.write({ write: 'begin-job', job })) as JobId
    this.#have(id)
    return id
  }

  async claim(id: JobId, run: string, lines: readonly JobLine[]): Promise<readonly Claimed[]> {
    return (await this.#options.write({ write: 'claim-lines', id, run, lines })) as readonly Claimed[]
  }

  async update(job: Job): Promise<boolean> {
    return (await this.#options.write({ write: 'update-job', job })) as boolean
  }

  async take(id: JobId, run: string): Promise<boolean> {
    const taken = (await this.#options.write({ write: 'take-job', id, run })) as boolean
    if (taken) this.#have(id)
    return taken
  }

  async leave(id: JobId): Promise<void> {
    this.#mine.delete(id)
    await this.#options.write({ write: 'leave-job', id })
  }

  async release(id: JobId, keys: readonly Key[]): Promise<void> {
    if (keys.length > 0) await this.#options.write({ write: 'release-lines', id, keys })
  }

  async end(job: Job): Promise<void> {
    this.#mine.delete(job.id)
    await this.#options.write({ write: 'end-job', job })
  }

  async drop(id: JobId): Promise<void> {
    this.#mine.delete(id)
    await this.#options.write({ write: 'drop-job', id })
  }

  #have(id: JobId): void {
    this.#mine.add(id)
    this.#options.onHands()
  }
}

/** The jobs of a store that has none and can get none. */
export function noJobs(refuse: () => Promise<never>): JobBook {
  return {
    all: () => [],
    holder: () => undefined,
    keys: () => [],
    line: () => undefined,
    begin: refuse,
    claim: refuse,
    update: refuse,
    take: refuse,
    leave: refuse,
    release: refuse,
    end: refuse,
    drop: refuse,
  }
}
