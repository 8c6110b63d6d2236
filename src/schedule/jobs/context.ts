/** What everybody who deals with batch jobs goes by. */
import type { Dataset } from '../../config/dataset.ts'
import type { Sink } from '../../events/sink.ts'
import type { JobService } from '../../generate/batch/job-service.ts'
import type { RequestFile } from '../../store/job-file.ts'
import type { Job, JobPlace } from '../../store/jobs.ts'
import type { Store } from '../../store/store.ts'
import type { JobId } from '../../util/brand.ts'
import type { Clock } from '../../util/clock.ts'
import type { Canary } from '../canary.ts'
import type { Doubts } from '../doubts.ts'
import type { Halt } from '../halt.ts'
import type { Limits } from '../limits.ts'

export interface JobContext {
  /** As it is now: jobs may have been handed over for an earlier one. */
  readonly dataset: Dataset
  readonly store: Store
  readonly doubts: Doubts
  readonly canary: Canary
  readonly sink: Sink
  readonly halt: Halt
  readonly limits: Limits
  readonly clock: Clock
  readonly random: () => number
  readonly run: string
  /** Throws a `DatagenError` when the place needs a key that is not there. */
  readonly services: (place: JobPlace) => Promise<JobService>
  readonly requestFile: (id: JobId) => RequestFile
  /** The build stays until its jobs have ended. */
  readonly wait: boolean
  /** False: nothing new is handed over, what has ended is collected. */
  readonly mayOrder: boolean
  /** How often a request that failed in a job is handed over again in one run. */
  readonly maxTries?: number
}

/** By which a provider's list is searched for it. */
export function metadataOf(store: Store, job: Job): { readonly datagen_build: string; readonly request_file_sha: string } {
  return { datagen_build: `${store.identity}-${job.id}`, request_file_sha: job.sha256 ?? '' }
}

export function nameOfModel({ provider, model }: JobPlace): string {
  return `${provider}:${model}`
}
