/** What a server says of a job, read with care: fields that are missing or strange are not believed. */
import { shortText } from '../short-text.ts'
import type { JobOutcome, RemoteJob } from './job-service.ts'

/** `in_progress`, `validating`, `finalizing`, `cancelling` and whatever else there may be are not the end. */
const OUTCOMES: ReadonlyMap<string, JobOutcome> = new Map([
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['expired', 'expired'],
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
])

const MOST_ERRORS = 20

/** Undefined for what is no job. */
export function readJob(value: unknown): RemoteJob | undefined {
  const id = own(value, 'id')
  const status = own(value, 'status')
  if (typeof id !== 'string' || id === '' || typeof status !== 'string') return undefined
  const counts = own(value, 'request_counts')
  const created = own(value, 'created_at')
  const metadata = own(value, 'metadata')
  const outcome = OUTCOMES.get(status.toLowerCase())
  return {
    id,
    status: shortText(status, 40),
    ...(outcome === undefined ? {} : { outcome }),
    ...text(value, 'input_file_id', 'inputFileId'),
    ...text(value, 'output_file_id', 'outputFileId'),
    ...text(value, 'error_file_id', 'errorFileId'),
    total: count(own(counts, 'total')),
    completed: count(own(counts, 'completed')),
    failed: count(own(counts, 'failed')),
    errors: errorsIn(own(value, 'errors')),
    metadata: isObject(metadata) ? metadata : {},
    createdAt: typeof created === 'number' && Number.isFinite(created) ? created : 0,
  }
}

function text<Name extends string>(value: unknown, from: string, to: Name): { readonly [N in Name]?: string } {
  const found = own(value, from)
  return typeof found === 'string' && found !== '' ? ({ [to]: found } as { readonly [N in Name]: string }) : {}
}

function errorsIn(value: unknown): RemoteJob['errors'] {
  const list = Array.isArray(value) ? value : own(value, 'data')
  if (!Array.isArray(list)) return []
  return list.slice(0, MOST_ERRORS).map((error) => ({
    code: shortText(String(own(error, 'code') ?? ''), 60),
    message: shortText(String(own(error, 'message') ?? '')),
  }))
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
