/** The store on `node:sqlite`: one file, WAL, fsync before any promise resolves, every value checked when it is read. */

import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import type { Digest, Key, TraceId } from '../util/brand.ts'
import { type Clock, systemClock } from '../util/clock.ts'
import { crashPoint } from '../util/crash-point.ts'
import { emptyStore } from './empty.ts'
import { asStoreFailure, type StoreFailure, type StoreFailureKind, storeFailure, withFate } from './failure.ts'
import { GroupCommit } from './group-commit.ts'
import { type JobWrite, type JobWritten, StoredJobs } from './job-book.ts'
import { Lifeboat } from './lifeboat.ts'
import { demandNotEmptied, openFile, STORE_FILE } from './open.ts'
import { BEAT_MS, Owners } from './owners.ts'
import { epochName, Questions } from './questions.ts'
import { type Found, ResponseRows, type Wrong } from './rows.ts'
import type { AnsweredDraw, Claim, Claimed, Damage, KeyedTrace, NewResponse, Put, Store } from './store.ts'
import { Witness } from './witness.ts'
import { type Write, Writer, type Written } from './writing.ts'

export interface StoreOptions {
  readonly clock?: Clock
  /** Longest time a write waits for others to share its fsync, in milliseconds. */
  readonly groupMs?: number
  /** Writes that are committed together at most. */
  readonly groupSize?: number
  /** Only read: writes are refused, and nothing is made or changed. */
  readonly readOnly?: boolean
  /** How long another program's lock is waited for, in milliseconds. */
  readonly busyMs?: number
  /** Where responses go that neither the store nor its own folder can take; the system's folder for temporary files if left out. */
  readonly tempDir?: string
}

export interface SqliteStore extends Store, AsyncDisposable {
  readonly path: string
}

const GROUP_MS = 4 // an answer takes seconds; on a slow disk one fsync costs about as much
/** Writes that are committed together share the pages they land on, and one fsync. */
const GROUP_SIZE = 1024
const BUSY_MS = 10_000 // without it most writes fail while another process commits

/** Opens the store in `dir`, making both if needed. Throws a StoreFailure (exit 6) when the file is not ours to use. */
export function openStore(dir: string, options: StoreOptions = {}): SqliteStore {
  return new Sqlite(dir, options)
}

/** For commands that only look: an empty store when there is none, and nothing is created. */
export function openStoreIfExists(dir: string, options: StoreOptions = {}): SqliteStore {
  const path = resolve(dir, STORE_FILE)
  if (isUnborn(path)) {
    demandNotEmptied(path)
    return emptyStore(path)
  }
  try {
    return new Sqlite(dir, { ...options, readOnly: true })
  } catch (error) {
    // A build was killed while it made the file, before it asked for anything: opening it has undone that.
    if (isUnborn(path)) return emptyStore(path)
    throw error
  }
}

/** No file, or one without a byte in it. */
function isUnborn(path: string): boolean {
  const bytes = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return bytes(path) + bytes(`${path}-wal`) === 0
}

/** After these a response goes to the rescue file; all but `busy` last, so no new call may start. */
const LOSING: ReadonlySet<StoreFailureKind> = new Set(['full', 'io', 'readonly', 'busy', 'damaged'])

class Sqlite implements SqliteStore {
  readonly path: string
  readonly identity: string
  rescued = 0
  readonly damaged: Damage[] = []
  readonly jobs: StoredJobs
  readonly #lifeboat: Lifeboat
  readonly #clock: Clock
  readonly #file
  readonly #rows
  readonly #questions
  readonly #owners: Owners
  readonly #writer: Writer
  readonly #group: GroupCommit<Write, Written>
  readonly #readOnly: boolean
  readonly #epochs: Map<string, number>
  /** Calls this process makes, each with the token it was claimed under. */
  readonly #claims = new Map<Key, number>()
  readonly #reported = new Set<TraceId>()
  readonly #witness: Witness
  #reindexed = false
  #beating: AbortController | undefined
  /** Why nothing may be written any more. */
  #stopped: StoreFailure | undefined
  /** Why no call may start any more: what it brings could not be stored. */
  #claimsStopped: StoreFailure | undefined

  constructor(dir: string, options: StoreOptions) {
    this.#readOnly = options.readOnly ?? false
    const clock = options.clock ?? systemClock
    this.#clock = clock
    this.#file = openFile(dir, this.#readOnly ? 'read' : 'write', options.busyMs ?? BUSY_MS, clock)
    this.path = this.#file.path
    try {
      const { database } = this.#file
      this.#rows = new ResponseRows(database)
      this.#witness = new Witness(database, this.#rows)
      this.#questions = new Questions(database)
      this.#epochs = this.#questions.epochs() ?? this.#refuse('what is noted of answers that were asked for anew is not as it was written')
      this.identity = this.#questions.meta().identity
      this.#owners = new Owners(database, dir, clock)
      this.#lifeboat = new Lifeboat({
        dir,
        tempDir: options.tempDir ?? tmpdir(),
        identity: this.identity,
        owners: this.#owners,
        onTorn: () => this.damaged.push({ key: '' as Key, why: 'an answer in a rescue file was torn' }),
      })
      this.#writer = new Writer(database, this.#rows, this.#owners, clock, (token) => this.#lifeboat.leftBy(token))
      const commit = (writes: readonly Write[]) => this.#commit(writes)
      this.#group = new GroupCommit({ commit, clock, groupMs: options.groupMs ?? GROUP_MS, groupSize: options.groupSize ?? GROUP_SIZE })
      this.jobs = new StoredJobs(this.#writer.jobs, {
        write: (write) => this.#writeJob(write),
        ask: (question) => this.#ask(question),
        onHands: () => this.#keepBeating(),
      })
      if (!this.#readOnly) this.#fold()
    } catch (error) {
      this.#file.close()
      throw asStoreFailure(error, this.path)
    }
  }

  /** Sees only what is durable: a `put` still waiting for its group is not there yet. */
  get(key: Key, request?: Digest): KeyedTrace | undefined {
    let found: Found
    try {
      found = this.#rows.byKey(key)
      if (found.what === 'none' && request !== undefined && this.#witness.hasLostResponse(request)) {
        this.#reindex()
        found = this.#rows.byRequest(key, request)
      }
    } catch (error) {
      this.#mend(key, asStoreFailure(error, this.path))
      return undefined
    }
    if (found.what === 'trace') return found.trace
    if (found.what === 'wrong') this.#setAside(found)
    return undefined
  }

  drawOf(key: Key): AnsweredDraw | undefined {
    const id = this.get(key)?.id
    return id === undefined ? undefined : this.#ask(() => this.#rows.whole(id))
  }

  isEmpty(): boolean {
    return this.#ask(() => this.#rows.isEmpty())
  }

  mayHold(keys: readonly Key[], requests: readonly Digest[]): ReadonlySet<Key> {
    try {
      return this.#rows.mayHoldOf(keys, requests)
    } catch (error) {
      // An index that cannot be read: each key is looked up, and `get` deals with it.
      if (asStoreFailure(error, this.path).kind !== 'damaged') throw asStoreFailure(error, this.path)
      return new Set(keys)
    }
  }

  readAll(ids: Uint32Array): (KeyedTrace | undefined)[] {
    return this.#ask(() =>
      this.#rows.many(ids, (found) => {
        if ('what' in found) this.#setAside(found)
        else this.#lose(undefined, asStoreFailure(found.error, this.path))
      }),
    )
  }

  async claim(claim: Claim): Promise<Claimed> {
    if (this.#claimsStopped) throw this.#claimsStopped
    const claimed = (await this.#write({ write: 'claim', claim })) as Claimed
    if (claimed === 'ours') {
      this.#claims.set(claim.key, this.#owners.token as number)
      this.#keepBeating()
    }
    return claimed
  }

  async settle(key: Key): Promise<void> {
    await this.#write({ write: 'settle', key })
    this.#claims.delete(key)
  }

  async put(response: NewResponse): Promise<Put> {
    if (this.#stopped && this.#stopped.kind !== 'closed') {
      throw withFate(this.#stopped, this.#lifeboat.save([response]).size > 0)
    }
    const put = (await this.#write({ write: 'put', response })) as Put
    this.#claims.delete(response.key)
    return put
  }

  generation(): number {
    return this.#ask(() => this.#questions.meta().generation)
  }

  draws(request: Parameters<Store['draws']>[0]) {
    return this.#ask(() => {
      const draws = this.#questions.draws(request)
      if (!this.#witness.hasLostDraw(request, draws)) return draws
      this.#reindex()
      return this.#questions.draws(request)
    })
  }

  displaced() {
    return this.#ask(() => this.#questions.displaced())
  }

  lastRequest(cell: string, sample: number, step: string) {
    return this.#ask(() => this.#questions.lastRequest(cell, sample, step))
  }

  epoch(request: Digest, ordinal: number): number {
    return this.#epochs.get(epochName(request, ordinal)) ?? 0
  }

  async raiseEpoch(request: Digest, ordinal: number): Promise<void> {
    await this.#write({ write: 'raise-epoch', request, ordinal })
    this.#epochs.set(epochName(request, ordinal), this.epoch(request, ordinal) + 1)
  }

  typicalTokens(step: string) {
    return this.#ask(() => this.#questions.typicalTokens(step))
  }

  recent(step: string, most: number) {
    return this.#ask(() => this.#questions.recent(step, most))
  }

  orphans() {
    return this.#ask(() => this.#writer.orphans())
  }

  async forgetOrphans(): Promise<void> {
    await this.#write({ write: 'forget-orphans' })
  }

  totals() {
    return this.#ask(() => this.#questions.totals())
  }

  async close(): Promise<void> {
    if (this.#stopped?.kind === 'closed') return
    this.#group.flush()
    this.#beating?.abort()
    // Best effort: what an owner leaves behind counts as a dead one's.
    if (!this.#stopped && this.#owners.token !== undefined) this.#commit([{ write: 'leave' }])
    this.#stopped = storeFailure('closed', this.path)
    this.#lifeboat.close()
    this.#owners.close()
    this.#file.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What a job brings could not be kept either. */
  async #writeJob(write: JobWrite): Promise<JobWritten> {
    if (this.#claimsStopped && (write.write === 'begin-job' || write.write === 'claim-lines')) throw this.#claimsStopped
    return (await this.#write(write)) as JobWritten
  }

  #write(write: Write): Promise<Written> {
    if (this.#stopped) return Promise.reject(this.#stopped)
    if (this.#readOnly) return Promise.reject(storeFailure('readonly', this.path, 'it was opened for reading'))
    return this.#group.add(write)
  }

  /** One bad value must not take its group with it: then each write is tried alone. */
  #commit(writes: readonly Write[]): (Written | Error)[] {
    try {
      const results = this.#writer.apply(writes, this.#claims)
      this.#lifeboat.makeRoom()
      return results
    } catch (error) {
      const failure = asStoreFailure(error, this.path)
      if (failure.kind === 'bug' && writes.length > 1) return writes.flatMap((write) => this.#commit([write]))
      if (failure.kind === 'damaged') this.#stopped ??= failure
      if (!LOSING.has(failure.kind)) return writes.map(() => failure)
      if (failure.kind !== 'busy') this.#claimsStopped ??= failure
      const rescued = this.#lifeboat.save(writes.flatMap((write) => (write.write === 'put' ? [write.response] : [])))
      return writes.map((write) => (write.write === 'put' ? withFate(failure, rescued.has(write.response)) : failure))
    }
  }

  /** Takes in what earlier builds could not store. */
  #fold(): void {
    this.#lifeboat.empty((responses) => {
      crashPoint('before-fold')
      this.#writer.apply(
        responses.map((response) => ({ write: 'put', response })),
        this.#claims,
      )
      this.rescued += this.#writer.added
      this.#lifeboat.makeRoom()
    })
  }

  /** While calls are under way, others must see that this process is well. */
  #keepBeating(): void {
    if (this.#beating) return
    const beating = new AbortController()
    this.#beating = beating
    void (async () => {
      for (;;) {
        await this.#clock.sleep(BEAT_MS, beating.signal, true)
        if (beating.signal.aborted) return
        if (this.#claims.size === 0 && this.jobs.inHand === 0) break
        // One that cannot be written is a beat that was not: others will take the calls over.
        await this.#write({ write: 'beat' }).catch(() => {})
      }
      this.#beating = undefined
    })()
  }

  /** Makes the indexes anew, once: who may only read, or cannot write, finds what one of them has lost by another. */
  #reindex(): void {
    if (this.#reindexed) return
    this.#reindexed = true
    this.damaged.push({ key: '' as Key, why: 'answers were missing from it', harmless: true })
    if (!this.#readOnly && !this.#stopped) this.#commit([{ write: 'reindex' }])
  }

  /** A page is damaged. If it is one of an index, mending succeeds; if not, nothing more may be bought that could not be kept. */
  #mend(key: Key, failure: StoreFailure): void {
    if (failure.kind !== 'damaged') throw failure
    try {
      const id = this.#rows.idOf(key)
      if (id !== undefined) return this.#setAside({ what: 'wrong', id, key, why: UNREADABLE })
    } catch {
      // Not even its index can be read.
    }
    this.#lose(key, failure)
  }

  #lose(key: Key | undefined, failure: StoreFailure): void {
    this.#stopped ??= failure
    this.damaged.push({ key: key ?? ('' as Key), why: UNREADABLE })
  }

  #setAside({ id, key, why }: Wrong): void {
    if (this.#reported.has(id)) return
    this.#reported.add(id)
    this.damaged.push({ key: key ?? ('' as Key), why })
    // Best effort: if it cannot be moved now, it is found wrong again next time.
    this.#write({ write: 'set-aside', id, key, why }).catch(() => {})
  }

  #refuse(why: string): never {
    throw storeFailure('damaged', this.path, why)
  }

  #ask<Answer>(question: () => Answer): Answer {
    try {
      return question()
    } catch (error) {
      throw asStoreFailure(error, this.path)
    }
  }
}

const UNREADABLE = 'the page it is on is damaged'
