/** What is to be said about batch jobs that did not go as they should. */
import type { Failure } from '../../generate/provider.ts'
import type { Job } from '../../store/jobs.ts'
import type { Key } from '../../util/brand.ts'
import type { Diagnostic } from '../../util/diagnostic.ts'
import type { Collected } from './collecting.ts'
import { nameOfModel } from './context.ts'

const plural = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`

/** Requests that are handed over once more. */
export function laterOn(job: Job, failures: ReadonlyMap<Key, Failure>): Diagnostic | undefined {
  const again = [...failures.values()].filter(({ kind }) => kind === 'transient')
  const count = again.length
  if (count === 0) return undefined
  return {
    code: 'job/unanswered',
    severity: 'warning',
    headline: `${plural(count, 'request')} of batch job ${job.number} ${count === 1 ? 'was' : 'were'} not answered`,
    facts: byCode(again),
    hint: 'what is still wanted is asked for again, and nothing else',
  }
}

/** Answers that are not believed. */
export function setAside(job: Job, doubted: ReadonlyMap<Key, Failure>): Diagnostic[] {
  if (doubted.size === 0) return []
  const [are, they, cells] =
    doubted.size === 1 ? ['is', 'it was paid for and is', 'its cell fails'] : ['are', 'they were paid for and are', 'their cells fail']
  return [
    {
      code: 'job/doubted',
      severity: 'warning',
      headline: `${plural(doubted.size, 'answer')} of batch job ${job.number} ${are} not believed`,
      facts: byCode([...doubted.values()]),
      hint: `${they} set aside: ${cells} in this build, and the next one asks again`,
    },
  ]
}

function byCode(failures: readonly Failure[]): [string, string][] {
  const by = new Map<string, { count: number; readonly message: string }>()
  for (const { code, message } of failures) {
    const known = by.get(code)
    if (known) known.count++
    else by.set(code, { count: 1, message })
  }
  return [...by].map(([code, { count, message }]) => [code, `${count}: ${message}`])
}

const STRANGE: { readonly [what: string]: readonly [one: string, many: string] } = {
  repeated: ['a second result for the same request', 'second results for the same requests'],
  unknown: ['a result for a request that was not in it', 'results for requests that were not in it'],
  unreadable: ['a line that is no result', 'lines that are no results'],
  damaged: ['a result whose request cannot be read in the store any more', 'results whose requests cannot be read in the store any more'],
}

export function strangeLines(job: Job, strange: Collected['strange']): Diagnostic[] {
  return [...strange].map(([what, { count, example }]) => {
    const [one, many] = STRANGE[what] ?? [what, what]
    return {
      code: `job/${what}`,
      severity: 'warning',
      headline: `the files of batch job ${job.number} hold ${count === 1 ? one : `${count} ${many}`}`,
      facts: [['for example', example]],
      hint: what === 'repeated' ? 'the first one counts' : 'they were left out',
    }
  })
}

export function notToBeHad(job: Job, { message }: Failure): Diagnostic {
  return {
    code: 'job/no-output',
    severity: 'error',
    headline: `the answers of batch job ${job.number} cannot be fetched: ${message}`,
    facts: facts(job),
    hint: `they may have been paid for, so nothing is asked for again: build again later, or give them up with \`datagen jobs forget ${job.number}\``,
  }
}

export function notReached(job: Job, { message }: Failure): Diagnostic {
  return {
    code: 'job/not-reached',
    severity: 'warning',
    headline: `batch job ${job.number} could not be looked at: ${message}`,
    hint: 'it goes on at the provider, and is looked at again every few minutes',
  }
}

export function gone(job: Job, host: string): Diagnostic {
  return {
    code: 'job/gone',
    severity: 'error',
    headline: `${host} does not know batch job ${job.number} (any more)`,
    facts: facts(job),
    hint: `\`datagen jobs forget ${job.number}\` gives its answers up; what is still wanted is then asked for again`,
  }
}

function facts({ place, remoteId, requests, submitted }: Job): [string, string][] {
  return [
    ['model', nameOfModel(place)],
    ['job there', remoteId ?? 'not known'],
    ['requests', String(requests)],
    ['submitted', submitted ?? 'not known'],
  ]
}
