/** Batch jobs in words: one line each, for whoever lists them. */
import { count, money, plural } from './format.ts'
import type { Line, Style } from './line.ts'

export interface JobView {
  readonly job: number
  /** `provider:model`. */
  readonly use: string
  readonly state: 'gathering' | 'unsure' | 'waiting' | 'ended'
  readonly requests: number
  /** Its name at the provider, where it has one. */
  readonly remote?: string
  /** ISO time: when it was submitted, else begun. */
  readonly since: string
  /** What the provider said last. */
  readonly status?: string
  readonly completed?: number
  readonly end?: {
    readonly at: string
    readonly answered: number
    readonly failed: number
    readonly missing: number
    readonly usd?: number
    /** What the provider said last. */
    readonly status?: string
    /** The missing answers were given up. */
    readonly forgotten?: true
  }
}

const WORDS: { readonly [S in JobView['state']]: readonly [word: string, style: Style] } = {
  gathering: ['being gathered by a build', 'cyan'],
  unsure: ['not known to be submitted: the next build finds out', 'yellow'],
  waiting: ['waiting', 'cyan'],
  ended: ['ended', 'dim'],
}

/** Lines that stand below each other; empty for none. */
export function jobLines(jobs: readonly JobView[], head: string): Line[] {
  const digits = Math.max(0, ...jobs.map(({ job }) => String(job).length))
  return jobs.flatMap((job): Line[] => {
    const { state, use, requests, since, remote, end } = job
    const [word, style] = WORDS[state]
    const first: Line = [
      `${head}${String(job.job).padStart(digits)}   `,
      [word, style],
      `   ${plural(requests, 'request')} to ${use}, since ${moment(since)}`,
      remote === undefined ? '' : [`   ${remote}`, 'dim'],
    ]
    const more = end ? endText(end) : progressText(job)
    return more === '' ? [first] : [first, [' '.repeat(head.length + digits + 3), [more, 'dim']]]
  })
}

// That a job has ended as it should goes without saying.
const COMPLETED = 'completed'

function endText({ at, answered, failed, missing, usd, status = COMPLETED, forgotten }: NonNullable<JobView['end']>): string {
  const parts = [
    `${count(answered)} answered`,
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(missing > 0 ? [`${count(missing)} ${forgotten ? 'given up' : 'not answered'}`] : []),
    ...(usd === undefined ? [] : [money(usd)]),
  ]
  const how = status === COMPLETED ? '' : `${status}, `
  return `${how}${parts.join(', ')}; ${forgotten ? 'forgotten' : 'collected'} ${moment(at)}`
}

function progressText({ status, completed = 0, requests }: JobView): string {
  return status === undefined ? '' : `${status}, ${count(completed)} of ${count(requests)} answered when last looked at`
}

/** `2026-11-27 03:10 UTC`: a job may be asked about from anywhere. */
export function moment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}
