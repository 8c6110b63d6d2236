/** The rows of batch jobs: read at any time, written inside a transaction of the database. */
import type { Digest, JobId, Key, TraceId } from '../util/brand.ts'
import { type Job, type JobLine, type JobState, type NewJob, PHASE } from './jobs.ts'
import type { Database } from './node-sqlite.ts'
import type { Owners } from './owners.ts'
import { openRequest, openResponse, sealRequest, sealResponse } from './record.ts'

/** A job's record is sealed as a request's text is; it has no digest of its own. */
const NO_DIGEST = '0'.repeat(64) as Digest

interface JobRow {
  readonly token: number
  readonly owner: number | null
  readonly phase: number
  readonly record: Uint8Array
}

const PHASE_OF: { readonly [S in JobState]: number } = {
  gathering: PHASE.gathering,
  sealed: PHASE.open,
  submitted: PHASE.open,
  ended: PHASE.ended,
}

export class JobRows {
  readonly #owners: Owners
  readonly #sql

  constructor(database: Database, owners: Owners) {
    this.#owners = owners
    const prepare = (sql: string) => database.prepare(sql)
    this.#sql = {
      all: prepare('SELECT token, owner, phase, record FROM job ORDER BY token'),
      find: prepare('SELECT token, owner, phase, record FROM job WHERE token = ?'),
      add: prepare('INSERT INTO job VALUES (?, ?, ?, ?)'),
      write: prepare('UPDATE job SET phase = ?, record = ? WHERE token = ?'),
      own: prepare('UPDATE job SET owner = ? WHERE token = ?'),
      drop: prepare('DELETE FROM job WHERE token = ?'),
      holder: prepare('SELECT job.token AS owner FROM claim JOIN job ON job.token = claim.owner WHERE claim.key = ? AND job.phase < 2'),
      keys: prepare('SELECT key FROM claim WHERE owner = ? ORDER BY key'),
      line: prepare('SELECT record FROM claim WHERE key = ? AND owner = ?'),
      release: prepare('DELETE FROM claim WHERE key = ? AND owner = ?'),
      releaseAll: prepare('DELETE FROM claim WHERE owner = ?'),
    }
  }

  all(): Job[] {
    const rows = this.#sql.all.all() as unknown as JobRow[]
    return rows.flatMap((row) => jobOf(row) ?? [])
  }

  holder(key: Key): JobId | undefined {
    const row = this.#sql.holder.get(bytesOf(key)) as { readonly owner: number } | undefined
    return row && (row.owner as JobId)
  }

  keys(id: JobId): Key[] {
    const rows = this.#sql.keys.all(id) as unknown as { readonly key: Uint8Array }[]
    return rows.map(({ key }) => Buffer.from(key).toString('hex') as Key)
  }

  line(id: JobId, key: Key): JobLine | undefined {
    const row = this.#sql.line.get(bytesOf(key), id) as { readonly record: Uint8Array } | undefined
    const kept = row && openResponse(row.record, id)
    if (!kept || kept.key !== key) return undefined
    const { request, ordinal, attempt, epoch, step, cell, sample, model, usd, raw } = kept
    const requestText = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString()
    const [name = '', batch = ''] = JSON.parse(model) as string[]
    return { key, request, requestText, ordinal, attempt, epoch, step, cell, sample, model: name, batch, reservedUsd: usd }
  }

  begin(job: NewJob, at: string): JobId {
    const owner = this.#owners.enter(job.run)
    const id = this.#owners.nextToken() as JobId
    const number = 1 + Math.max(0, ...this.all().map((other) => other.number))
    const whole: Job = { ...job, id, number, state: 'gathering', begun: at, requests: 0, bytes: 0 }
    this.#sql.add.run(id, owner, PHASE.gathering, sealed(whole))
    return id
  }

  /** Whether this process has the job in its hands. */
  isMine(id: JobId): boolean {
    const row = this.#sql.find.get(id) as JobRow | undefined
    return row !== undefined && row.phase !== PHASE.ended && this.#owners.isMine(row.owner)
  }

  update(job: Job): boolean {
    if (!this.isMine(job.id)) return false
    this.#sql.write.run(PHASE_OF[job.state], sealed(job), job.id)
    return true
  }

  take(id: JobId, run: string): boolean {
    const row = this.#sql.find.get(id) as JobRow | undefined
    if (!row || row.phase === PHASE.ended) return false
    if (this.#owners.isMine(row.owner)) return true
    if (row.owner !== null && !this.#owners.isDead(row.owner)) return false
    this.#sql.own.run(this.#owners.enter(run), id)
    return true
  }

  leave(id: JobId): void {
    if (this.isMine(id)) this.#sql.own.run(null, id)
  }

  release(id: JobId, keys: readonly Key[]): void {
    for (const key of keys) this.#sql.release.run(bytesOf(key), id)
  }

  end(job: Job): void {
    if (!this.update({ ...job, state: 'ended' })) return
    this.#sql.own.run(null, job.id)
    this.#sql.releaseAll.run(job.id)
  }

  drop(id: JobId): void {
    if (!this.isMine(id)) return
    this.#sql.drop.run(id)
    this.#sql.releaseAll.run(id)
  }
}

/** The record of a claim that a job makes. `run`: the row of its run. */
export function sealLine(id: JobId, run: number, line: JobLine): Uint8Array {
  const { reservedUsd, requestText, batch, model, ...rest } = line
  return sealResponse({
    ...rest,
    id: id as number as TraceId,
    run,
    raw: Buffer.from(requestText),
    model: JSON.stringify([model, batch]),
    usd: reservedUsd,
    inputTokens: 0,
    outputTokens: 0,
    estimated: false,
    ms: 0,
  })
}

function sealed(job: Job): Uint8Array {
  return sealRequest(NO_DIGEST, JSON.stringify(job))
}

/** A record that is damaged is not believed; what its place and its name at the provider were is then not known. */
function jobOf({ token, record }: JobRow): Job | undefined {
  const text = openRequest(record)?.text
  if (text === undefined) return undefined
  // Older datagens called a job by its token.
  const job = JSON.parse(text) as Omit<Job, 'number'> & { readonly number?: number }
  return { ...job, id: token as JobId, number: job.number ?? token }
}

function bytesOf(digest: string): Buffer {
  return Buffer.from(digest, 'hex')
}
