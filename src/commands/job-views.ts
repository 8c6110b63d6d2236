/** Batch jobs of a store as screens show them. */
import type { JobView } from '../report/jobs-text.ts'
import { nameOfModel } from '../schedule/jobs/context.ts'
import type { Job } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'

export function openJobs(store: Store): JobView[] {
  return store.jobs
    .all()
    .filter(({ state }) => state !== 'ended')
    .map(jobView)
}

const STATES = { gathering: 'gathering', sealed: 'unsure', submitted: 'waiting', ended: 'ended' } as const

export function jobView({ number, place, state, requests, remoteId, submitted, begun, seen, end }: Job): JobView {
  return {
    job: number,
    use: nameOfModel(place),
    state: STATES[state],
    requests,
    ...(remoteId === undefined ? {} : { remote: remoteId }),
    since: submitted ?? begun,
    ...(seen ? { status: seen.status, completed: seen.completed } : {}),
    ...(end
      ? {
          end: {
            at: end.at,
            answered: end.answered,
            failed: end.failed,
            missing: end.missing,
            ...(end.usd === null ? {} : { usd: end.usd }),
            ...(end.status === undefined ? {} : { status: end.status }),
            ...(end.forgotten ? { forgotten: true as const } : {}),
          },
        }
      : {}),
  }
}
