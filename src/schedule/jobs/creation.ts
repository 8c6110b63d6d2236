/**
 * Making a job at the provider, exactly once: there is no idempotent way to ask for it, so after an unknown outcome the provider's list is
 * searched for it before it is asked for again.
 */
import type { JobService, RemoteJob, Served } from '../../generate/batch/job-service.ts'
import type { Job } from '../../store/jobs.ts'
import { type JobContext, metadataOf } from './context.ts'
import { persist, waitFor } from './persist.ts'

/** What a killed process asked for last may still be on its way into the provider's list. */
export const GRACE_MS = 5_000
const TRIES = 4
const MOST_PAGES = 200
// Clocks of two machines.
const SKEW_MS = 24 * 60 * 60_000

/** `unknown`: whether it was made cannot be told; it must not be asked for again before that is known. */
export type Created =
  | Served<RemoteJob>
  | { readonly kind: 'unknown'; readonly failure: Extract<Served<never>, { kind: 'failure' }>['failure'] }

/** The job's file is uploaded, and that is written down. */
export async function createOnce(context: JobContext, service: JobService, job: Job): Promise<Created> {
  const { halt, clock, random, store } = context
  const order = { fileId: job.fileId as string, metadata: metadataOf(store, job) }
  for (let made = 1; ; made++) {
    const created = await service.create(order, halt.signal)
    if (created.kind === 'ok') return created
    const { failure } = created
    // Refused for certain: then there is none.
    if (failure.kind === 'refused' || failure.kind === 'fatal') return created
    if (halt.signal.aborted) return { kind: 'unknown', failure }
    await clock.sleep(Math.max(waitFor(failure.retryAfterMs, made, random), made === 1 ? 0 : GRACE_MS), halt.signal)
    const found = await find(context, service, job)
    if (found.kind === 'failure') return { kind: 'unknown', failure: found.failure }
    if (found.value) return { kind: 'ok', value: found.value }
    if (made >= TRIES || halt.stopSignal.aborted) return created
  }
}

/** Looks for a job that may have been made, as soon as it would be seen. */
export async function findOnceSettled(context: JobContext, service: JobService, job: Job): Promise<Served<RemoteJob | undefined>> {
  if (job.uploaded === undefined) return { kind: 'ok', value: undefined }
  const found = await find(context, service, job)
  if (found.kind === 'failure' || found.value) return found
  const { clock, halt } = context
  const since = clock.date().getTime() - Date.parse(job.uploaded)
  if (since >= GRACE_MS) return found
  await clock.sleep(Math.min(GRACE_MS, GRACE_MS - since), halt.stopSignal)
  return find(context, service, job)
}

async function find(context: JobContext, service: JobService, job: Job): Promise<Served<RemoteJob | undefined>> {
  const { datagen_build, request_file_sha } = metadataOf(context.store, job)
  const isIt = ({ inputFileId, metadata }: RemoteJob) =>
    (inputFileId !== undefined && inputFileId === job.fileId) ||
    (metadata['datagen_build'] === datagen_build && metadata['request_file_sha'] === request_file_sha)
  const oldest = (Date.parse(job.begun) - SKEW_MS) / 1000
  let after: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const listed = await persist(context, () => service.list(after, context.halt.signal))
    if (listed.kind === 'failure') return listed
    const { jobs, more } = listed.value
    const found = jobs.find(isIt)
    if (found) return { kind: 'ok', value: found }
    const last = jobs.at(-1)
    if (!more || !last || (last.createdAt > 0 && last.createdAt < oldest)) break
    after = last.id
  }
  return { kind: 'ok', value: undefined }
}
