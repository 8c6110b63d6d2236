/** The seam to a server's Batch API: a file of requests goes in, a job is made of it, files of results come out. */
import type { Failure } from '../provider.ts'

export type Served<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'failure'; readonly failure: Failure }

/** How a job ended. All but `failed` may have answers, which were paid for. */
export type JobOutcome = 'completed' | 'failed' | 'expired' | 'cancelled'

/** A job as the provider tells it. */
export interface RemoteJob {
  readonly id: string
  /** The provider's word for how it stands. */
  readonly status: string
  /** Undefined while it may still change. */
  readonly outcome?: JobOutcome
  readonly inputFileId?: string
  readonly outputFileId?: string
  readonly errorFileId?: string
  readonly total: number
  readonly completed: number
  readonly failed: number
  /** Why it failed as a whole. */
  readonly errors: readonly { readonly code: string; readonly message: string }[]
  readonly metadata: { readonly [name: string]: unknown }
  /** Seconds since 1970, by the provider's clock; 0 when it does not say. */
  readonly createdAt: number
}

export interface JobOrder {
  readonly fileId: string
  /** By which it is found again. */
  readonly metadata: { readonly [name: string]: string }
}

export interface UploadFile {
  readonly path: string
  readonly name: string
}

/** Nothing is tried again here; nothing throws, except what a reader throws. */
export interface JobService {
  /** What stands as `url` in each request: the path of the API that its body is for. */
  readonly url: string
  /** Where it is, for messages. */
  readonly host: string
  /** Gives the file's name at the provider. */
  upload(file: UploadFile, signal: AbortSignal): Promise<Served<string>>
  create(order: JobOrder, signal: AbortSignal): Promise<Served<RemoteJob>>
  /** The newest jobs, and those before the one named. `more`: there are older ones. */
  list(after: string | undefined, signal: AbortSignal): Promise<Served<{ readonly jobs: readonly RemoteJob[]; readonly more: boolean }>>
  look(id: string, signal: AbortSignal): Promise<Served<RemoteJob>>
  cancel(id: string, signal: AbortSignal): Promise<Served<RemoteJob>>
  /** Hands out a file line by line, without its line ends; waits for what a reader returns. */
  read(fileId: string, onLine: (line: string) => Promise<void> | undefined, signal: AbortSignal): Promise<Served<undefined>>
  removeFile(fileId: string, signal: AbortSignal): Promise<Served<undefined>>
  close(): Promise<void>
}
