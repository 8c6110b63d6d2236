/** The writes of one group, applied inside one transaction: requests and runs are stored once, ids are never given twice. */
import type { Digest, JobId, Key, TraceId } from '../util/brand.ts'
import type { Clock } from '../util/clock.ts'
import { crashPoint } from '../util/crash-point.ts'
import { RAISE_GENERATION } from './format.ts'
import { heal, recount } from './heal.ts'
import type { JobWrite, JobWritten } from './job-book.ts'
import { JobRows, sealLine } from './job-rows.ts'
import type { JobLine } from './jobs.ts'
import type { Database } from './node-sqlite.ts'
import type { Owners } from './owners.ts'
import { openRequest, sealRequest, storable } from './record.ts'
import { isSame, type ResponseRows } from './rows.ts'
import type { Claim, Claimed, NewResponse, Put } from './store.ts'

export type Write =
  | { readonly write: 'claim'; readonly claim: Claim }
  | { readonly write: 'settle'; readonly key: Key }
  | { readonly write: 'put'; readonly response: NewResponse }
  | { readonly write: 'raise-epoch'; readonly request: Digest; readonly ordinal: number }
  | { readonly write: 'set-aside'; readonly id: TraceId; readonly key: Key | undefined; readonly why: string }
  | { readonly write: 'reindex' }
  | { readonly write: 'forget-orphans' }
  | { readonly write: 'beat' }
  | { readonly write: 'leave' }
  | JobWrite

/** Of a claim, of a put and of what is about jobs, what became of it. */
export type Written = Claimed | Put | JobWritten

interface Sums {
  responses: number
  bytes: number
  usd: number
  unpriced: number
  input: number
  output: number
}

/** Request rows worth remembering: those in flight, and the last of those that several cells share. */
const REMEMBERED_REQUESTS = 4096

interface ClaimRow {
  readonly key: Uint8Array
  readonly run: string
  readonly owner: number
  readonly usd: number | null
}

export class Writer {
  readonly #database: Database
  readonly #rows: ResponseRows
  readonly #owners: Owners
  readonly #clock: Clock
  readonly #sql
  /** Rows that are committed. */
  readonly #requests = new Map<string, number>()
  readonly #runs = new Map<string, number>()
  /** Rows made in the transaction under way; they vanish with it. */
  readonly #newRequests = new Map<string, number>()
  readonly #newRuns = new Map<string, number>()
  #next = 0
  #isCounted = false
  #nextRequest = 0
  #at = ''
  #healed = false
  /** What the responses of this transaction add up to, by step. */
  readonly #added = new Map<string, Sums>()
  readonly #leftBy: (token: number) => readonly NewResponse[]
  /** Dead owners whose rescue files were looked at. */
  readonly #emptied = new Set<number>()
  /** Rows that the last group added. */
  #rowsAdded = 0
  readonly jobs: JobRows

  /** `leftBy`: what a dead owner could not store; it is kept before a claim of that owner is taken over. */
  constructor(database: Database, rows: ResponseRows, owners: Owners, clock: Clock, leftBy: (token: number) => readonly NewResponse[]) {
    this.#leftBy = leftBy
    this.#database = database
    this.#rows = rows
    this.#owners = owners
    this.#clock = clock
    this.jobs = new JobRows(database, owners)
    const prepare = (sql: string) => database.prepare(sql)
    this.#sql = {
      begin: prepare('BEGIN IMMEDIATE'),
      commit: prepare('COMMIT'),
      // A lost or damaged counter must not give an id again that a row still has.
      next: prepare(
        'SELECT max(next, (SELECT coalesce(max(id), 0) + 1 FROM response), (SELECT coalesce(max(id), 0) + 1 FROM spare)) AS next, ' +
          '(SELECT coalesce(max(id), 0) + 1 FROM request) AS request FROM meta',
      ),
      count: prepare('UPDATE meta SET next = ?'),
      total: prepare(
        'INSERT INTO total VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET responses = responses + excluded.responses, ' +
          'bytes = bytes + excluded.bytes, usd = usd + excluded.usd, unpriced = unpriced + excluded.unpriced, ' +
          'input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens',
      ),
      epoch: prepare('INSERT INTO epoch VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1'),
      raise: prepare(RAISE_GENERATION),
      request: prepare('SELECT record FROM request WHERE id = ?'),
      addRequest: prepare('INSERT INTO request VALUES (?, ?)'),
      findRun: prepare('SELECT id FROM run WHERE name = ?'),
      addRun: prepare('INSERT INTO run (name, started) VALUES (?, ?)'),
      claim: prepare('INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
      claimant: prepare('SELECT owner FROM claim WHERE key = ?'),
      takeOver: prepare('UPDATE claim SET request = ?, run = ?, at = ?, owner = ?, reserved_usd = ?, record = ? WHERE key = ?'),
      settle: prepare('DELETE FROM claim WHERE key = ? AND owner = ?'),
      // What a job asks for is not lost with the process that asked.
      claims: prepare(
        'SELECT key, run.name AS run, owner, reserved_usd AS usd FROM claim JOIN run ON run.id = run WHERE record IS NULL ORDER BY key',
      ),
      claimants: prepare('SELECT DISTINCT owner FROM claim WHERE record IS NULL'),
      forget: prepare('DELETE FROM claim WHERE owner = ?'),
    }
  }

  /** All are durable when it returns; none is when it throws. `tokens`: under which token each key was claimed here. */
  apply(writes: readonly Write[], tokens: ReadonlyMap<Key, number>): Written[] {
    this.#newRequests.clear()
    this.#newRuns.clear()
    this.#added.clear()
    this.#healed = false
    this.#rowsAdded = 0
    this.#isCounted = false
    this.#at = this.#clock.date().toISOString()
    let committed = false
    this.#sql.begin.run()
    try {
      const results = writes.map((write) => this.#one(write, tokens))
      if (this.#isCounted) this.#sql.count.run(this.#next)
      if (this.#healed) recount(this.#database)
      else for (const [step, sum] of this.#added) this.#addUp(step, sum)
      const keeps = this.#added.size > 0
      if (keeps) crashPoint('before-commit')
      this.#sql.commit.run()
      committed = true
      if (keeps) crashPoint('after-commit')
      this.#remember()
      return results
    } catch (error) {
      this.#emptied.clear()
      // After a full disk SQLite may have rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    } finally {
      this.#owners.settled(committed)
    }
  }

  /** How many responses the last group added, first and second ones. */
  get added(): number {
    return this.#rowsAdded
  }

  /** Claims whose owner will never answer. */
  orphans(): { readonly key: Key; readonly run: string; readonly reservedUsd: number | null }[] {
    const claims = this.#sql.claims.all() as unknown as ClaimRow[]
    const orphans = claims
      .filter(({ owner }) => this.#owners.isDead(owner))
      .map(({ key, run, usd }) => ({ key: Buffer.from(key).toString('hex') as Key, run, reservedUsd: usd }))
    this.#owners.settled(true)
    return orphans
  }

  #one(write: Write, tokens: ReadonlyMap<Key, number>): Written {
    switch (write.write) {
      case 'claim':
        return this.#claim(write.claim)
      case 'settle':
        this.#settle(write.key, tokens)
        return undefined
      case 'put':
        if (tokens.has(write.response.key)) this.#settle(write.response.key, tokens)
        else this.#settleDead(write.response.key)
        return this.#put(write.response)
      case 'raise-epoch':
        this.#sql.epoch.run(Buffer.from(write.request, 'hex'), write.ordinal)
        this.#sql.raise.run()
        return undefined
      case 'set-aside':
        this.#heal(write.id, write.key, write.why)
        return undefined
      case 'reindex':
        this.#database.exec('REINDEX response')
        this.#sql.raise.run()
        return undefined
      case 'forget-orphans':
        for (const { owner } of this.#sql.claimants.all() as unknown as ClaimRow[]) {
          if (!this.#owners.isDead(owner)) continue
          this.#sql.forget.run(owner)
          this.#owners.fence(owner)
        }
        return undefined
      case 'beat':
        this.#owners.beat()
        return undefined
      case 'leave':
        this.#owners.leave()
        return undefined
      default:
        return this.#job(write)
    }
  }

  #job(write: JobWrite): JobWritten {
    switch (write.write) {
      case 'begin-job':
        return this.jobs.begin(write.job, this.#at)
      case 'claim-lines':
        return this.#claimLines(write.id, write.run, write.lines)
      case 'update-job':
        return this.jobs.update(write.job)
      case 'take-job':
        return this.jobs.take(write.id, write.run)
      case 'leave-job':
        return this.jobs.leave(write.id) as undefined
      case 'release-lines':
        return this.jobs.release(write.id, write.keys) as undefined
      case 'end-job':
        return this.jobs.end(write.job) as undefined
      case 'drop-job':
        return this.jobs.drop(write.id) as undefined
    }
  }

  /** None, when the job was taken out of this process's hands meanwhile. */
  #claimLines(id: JobId, run: string, lines: readonly JobLine[]): Claimed[] {
    if (!this.jobs.isMine(id)) return lines.map(() => 'held')
    return lines.map((line) => this.#claim({ ...line, run }, { job: id, record: sealLine(id, this.#run(run), line) }))
  }

  /** `line`: the job that claims, instead of this process. */
  #claim(claim: Claim, line?: { readonly job: JobId; readonly record: Uint8Array }): Claimed {
    const { key, request, run, reservedUsd } = claim
    if (this.#isHeld(key)) return 'answered'
    const owner = line ? line.job : this.#owners.enter(run)
    const digest = bytesOf(key)
    const facts = [bytesOf(request), this.#run(run), this.#at, owner, reservedUsd, line?.record ?? null] as const
    if (this.#sql.claim.run(digest, ...facts).changes === 1) return 'ours'
    const { owner: other } = this.#sql.claimant.get(digest) as unknown as ClaimRow
    if (other === owner && line) return 'held'
    if (other !== owner) {
      if (!this.#owners.isDead(other)) return 'held'
      this.#inherit(other)
      if (this.#isHeld(key)) {
        this.#sql.settle.run(digest, other)
        return 'answered'
      }
    }
    this.#sql.takeOver.run(...facts, digest)
    return 'ours'
  }

  /** Whatever a dead owner still claims is anybody's from now on. */
  #inherit(owner: number): void {
    this.#owners.fence(owner)
    if (this.#emptied.has(owner)) return
    this.#emptied.add(owner)
    for (const response of this.#leftBy(owner)) {
      this.#settleDead(response.key)
      this.#put(response)
    }
  }

  /** A damaged response is none; it goes, so that the key can be bought. */
  #isHeld(key: Key): boolean {
    if (!this.#rows.mayHold(key)) return false
    const found = this.#rows.byKey(key)
    if (found.what === 'wrong') this.#heal(found.id, key, found.why)
    return found.what === 'trace'
  }

  /** A claim that somebody else has taken over since is theirs to settle. */
  #settle(key: Key, tokens: ReadonlyMap<Key, number>): void {
    const token = tokens.get(key)
    if (token !== undefined) this.#sql.settle.run(bytesOf(key), token)
  }

  /** What a dead owner asked for has arrived after all. */
  #settleDead(key: Key): void {
    const claim = this.#sql.claimant.get(bytesOf(key)) as ClaimRow | undefined
    if (claim && this.#owners.isDead(claim.owner)) this.#sql.settle.run(bytesOf(key), claim.owner)
  }

  #put(response: NewResponse): Put {
    if (!this.#isCounted) this.#countOn()
    this.#owners.enter(response.run)
    const held = this.#rows.mayHold(response.key) ? this.#held(response.key) : undefined
    const run = this.#run(response.run)
    if (held !== undefined) {
      this.#putSpare(held, response, run)
      return { id: held, first: false }
    }
    const id = this.#next++ as TraceId
    const request = this.#request(response.request, response.requestText)
    const bytes = this.#rows.insert({ ...response, id, run, model: storable(response.model) }, request)
    const { usd, inputTokens, outputTokens } = response
    this.#add(response.step, 1, bytes, usd, inputTokens, outputTokens)
    return { id, first: true }
  }

  #held(key: Key): TraceId | undefined {
    const found = this.#rows.byKey(key)
    if (found.what === 'trace') return found.trace.id
    if (found.what === 'wrong') this.#heal(found.id, key, 'it was found damaged when its key was bought again')
    return undefined
  }

  #putSpare(held: TraceId, response: NewResponse, run: number): void {
    const first = this.#rows.whole(held)
    if (first && isSame(first, response, run)) return
    if (this.#rows.sparesOf(response.key).some((spare) => isSame(spare, response, run))) return
    const id = this.#next++ as TraceId
    this.#rows.insertSpare({ ...response, id, run, model: storable(response.model) })
    this.#add(response.step, 0, 0, response.usd, 0, 0)
  }

  #countOn(): void {
    const { next, request } = this.#sql.next.get() as { next: number; request: number }
    this.#next = next
    this.#nextRequest = request
    this.#isCounted = true
  }

  #add(step: string, responses: number, bytes: number, usd: number | null, input: number, output: number): void {
    let sum = this.#added.get(step)
    if (!sum) {
      sum = { responses: 0, bytes: 0, usd: 0, unpriced: 0, input: 0, output: 0 }
      this.#added.set(step, sum)
    }
    this.#rowsAdded++
    sum.responses += responses
    sum.bytes += bytes
    sum.usd += usd ?? 0
    sum.unpriced += usd === null ? 1 : 0
    sum.input += input
    sum.output += output
  }

  #addUp(step: string, { responses, bytes, usd, unpriced, input, output }: Sums): void {
    this.#sql.total.run(step, responses, bytes, usd, unpriced, input, output)
  }

  #heal(id: TraceId, key: Key | undefined, why: string): void {
    heal(this.#database, this.#rows, id, key, why, this.#clock)
    this.#sql.raise.run()
    this.#healed = true
  }

  #request(digest: Digest, text: string): number {
    const known = this.#requests.get(digest) ?? this.#newRequests.get(digest)
    if (known !== undefined) return known
    let id = this.#requestRow(digest)
    if (id === undefined) {
      id = this.#nextRequest++
      this.#sql.addRequest.run(id, sealRequest(digest, text))
    }
    this.#newRequests.set(digest, id)
    return id
  }

  #requestRow(digest: Digest): number | undefined {
    for (const row of this.#rows.requestRows(digest)) {
      const stored = this.#sql.request.get(row) as { readonly record: Uint8Array } | undefined
      if (openRequest(stored?.record)?.digest === digest) return row
    }
    return undefined
  }

  #run(name: string): number {
    const known = this.#runs.get(name) ?? this.#newRuns.get(name)
    if (known !== undefined) return known
    let id = (this.#sql.findRun.get(name) as { id: number } | undefined)?.id
    id ??= Number(this.#sql.addRun.run(name, this.#at).lastInsertRowid)
    this.#newRuns.set(name, id)
    return id
  }

  /** Only once the transaction is committed; in maps that cannot grow without bound. */
  #remember(): void {
    if (this.#requests.size + this.#newRequests.size > REMEMBERED_REQUESTS) this.#requests.clear()
    for (const [digest, id] of this.#newRequests) this.#requests.set(digest, id)
    for (const [name, id] of this.#newRuns) this.#runs.set(name, id)
  }
}

function bytesOf(digest: string): Buffer {
  const bytes = Buffer.from(digest, 'hex')
  if (bytes.length !== 32) throw new Error(`datagen bug: not a SHA-256 in hex: ${digest}`)
  return bytes
}
