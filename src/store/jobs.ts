/** Batch jobs as the store keeps them: what was handed to a provider in one file, and whose each answer is. */
import type { JsonObject } from '../../schema/json.ts'
import type { Digest, JobId, Key } from '../util/brand.ts'
import type { Claimed, NewResponse } from './store.ts'

/** Whose a job is: of the process that gathers it; of whoever comes; nobody's any more. */
export const PHASE = { gathering: 0, open: 1, ended: 2 } as const

/** Where a job is handed in, without any secret: enough to ask for it when the config names its model no longer. */
export interface JobPlace {
  readonly provider: string
  readonly model: string
  readonly baseUrl?: string
  readonly apiKeyEnv?: string
  /** Secrets by the names of their variables. */
  readonly headers?: { readonly [name: string]: string | { readonly env: string } }
  /** Left out, its requests are chat completions. */
  readonly api?: 'responses'
  readonly timeoutMs: number
}

/**
 *   gathering ──▶ sealed ──▶ submitted ──▶ ended
 *
 * sealed: its lines and the digest of its file stand fast, and it may have been handed in; submitted: the provider has named it.
 */
export type JobState = 'gathering' | 'sealed' | 'submitted' | 'ended'

export interface NewJob {
  readonly place: JobPlace
  /** What its answers cost, as it was known when it began; null when no price was. */
  readonly price: JsonObject | null
  /** The run that gathers it: its budget pays for it. */
  readonly run: string
}

export interface Job extends NewJob {
  readonly id: JobId
  /** What people call it: they count from 1, whatever else its id is one of a row with. */
  readonly number: number
  readonly state: JobState
  /** ISO time. */
  readonly begun: string
  readonly requests: number
  /** Of its file. */
  readonly bytes: number
  /** SHA-256 of its file. */
  readonly sha256?: Digest
  /** The provider's name for the file. */
  readonly fileId?: string
  /** When the provider was about to be asked to make it; ISO. */
  readonly uploaded?: string
  /** The provider's name for it. */
  readonly remoteId?: string
  /** ISO time. */
  readonly submitted?: string
  /** What was heard of it last. */
  readonly seen?: JobSeen
  /** While it is collected: answers of it that came to another request too. */
  readonly repeated?: readonly Key[]
  readonly end?: JobEnd
}

export interface JobSeen {
  /** The provider's word. */
  readonly status: string
  readonly completed: number
  readonly failed: number
}

/** What became of the lines of a job. answered + failed + missing = requests, where nobody took a line over. */
export interface JobEnd {
  /** ISO time. */
  readonly at: string
  readonly answered: number
  readonly failed: number
  readonly missing: number
  readonly usd: number | null
  /** The provider's last word. */
  readonly status?: string
  /** Its missing answers were given up. */
  readonly forgotten?: true
}

/** One request of a job, with what an answer to it needs to be kept. */
export interface JobLine extends Omit<NewResponse, 'raw' | 'inputTokens' | 'outputTokens' | 'usd' | 'estimated' | 'ms' | 'run'> {
  readonly reservedUsd: number | null
  /** The method's batch it is asked for: for sums of costs. */
  readonly batch: string
}

/** The batch jobs of a store. Reads are synchronous; writes resolve when they are durable. */
export interface JobBook {
  /** All that can be read, oldest first. */
  all(): readonly Job[]
  /** The job from which a key's answer is awaited. */
  holder(key: Key): JobId | undefined
  /** Keys whose answers are awaited from a job. */
  keys(id: JobId): readonly Key[]
  /** Undefined when the job has no such line, or its record is damaged. */
  line(id: JobId, key: Key): JobLine | undefined
  /** Begins to gather a job, for this process alone. */
  begin(job: NewJob): Promise<JobId>
  /** Announces calls that a job is to make, as `claim` does for one call; a key that the job has already is `held`. */
  claim(id: JobId, run: string, lines: readonly JobLine[]): Promise<readonly Claimed[]>
  /** Writes down what is known of a job that is in this process's hands; false when it is not. */
  update(job: Job): Promise<boolean>
  /** Takes a job into this process's hands, unless another live one has it or it has ended. */
  take(id: JobId, run: string): Promise<boolean>
  /** Gives it out of its hands. */
  leave(id: JobId): Promise<void>
  /** Answers to these keys are awaited no longer: they are kept, or did not come. */
  release(id: JobId, keys: readonly Key[]): Promise<void>
  /** No answer is awaited from it any more. */
  end(job: Job): Promise<void>
  /** A job that never came to be: forgotten, with its claims. */
  drop(id: JobId): Promise<void>
}
