/** The store on `node:sqlite`: one file, WAL, fsync before any promise resolves, every value checked when it is read. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Digest, Key, TraceId } from '../util/brand.ts'
import { type Clock, systemClock } from '../util/clock.ts'
import { emptyStore } from './empty.ts'
import { asStoreFailure, type StoreFailure, storeFailure } from './failure.ts'
import { GroupCommit } from './group-commit.ts'
import { openFile, STORE_FILE } from './open.ts'
import { epochName, Questions } from './questions.ts'
import { type Found, ResponseRows } from './rows.ts'
import type { Claim, Claimed, KeyedTrace, NewResponse, Store, Trace } from './store.ts'
import { type Write, Writer } from './writing.ts'

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
}

export interface SqliteStore extends Store, AsyncDisposable {
  readonly path: string
}

const GROUP_MS = 4 // an answer takes seconds; on a slow disk one fsync costs about as much
const GROUP_SIZE = 256
const BUSY_MS = 10_000 // without it most writes fail while another process commits

/** Opens the store in `dir`, making both if needed. Throws a StoreFailure (exit 6) when the file is not ours to use. */
export function openStore(dir: string, options: StoreOptions = {}): SqliteStore {
  return new Sqlite(dir, options)
}

/** For commands that only look: an empty store when there is none, and nothing is created. */
export function openStoreIfExists(dir: string, options: StoreOptions = {}): SqliteStore {
  const path = resolve(dir, STORE_FILE)
  if (isUnborn(path)) return emptyStore(path)
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

class Sqlite implements SqliteStore {
  readonly path: string
  readonly identity = ''
  readonly rescued = 0
  readonly damaged: { readonly key: Key; readonly why: string }[] = []
  readonly #file
  readonly #rows
  readonly #questions
  readonly #group: GroupCommit<Write, TraceId | undefined>
  readonly #readOnly: boolean
  readonly #epochs: Map<string, number>
  /** Keys whose calls this process has announced; any other intent is an orphan. */
  readonly #announced = new Set<Key>()
  readonly #reported = new Set<TraceId>()
  /** Why nothing may be written any more. */
  #stopped: StoreFailure | undefined

  constructor(dir: string, options: StoreOptions) {
    this.#readOnly = options.readOnly ?? false
    this.#file = openFile(dir, this.#readOnly ? 'read' : 'write', options.busyMs ?? BUSY_MS)
    this.path = this.#file.path
    const clock = options.clock ?? systemClock
    try {
      const { database } = this.#file
      this.#rows = new ResponseRows(database)
      this.#questions = new Questions(database)
      this.#epochs = this.#questions.epochs()
      const writer = new Writer(database, this.#rows, clock)
      const commit = (writes: readonly Write[]) => this.#commit(writer, writes)
      this.#group = new GroupCommit({ commit, clock, groupMs: options.groupMs ?? GROUP_MS, groupSize: options.groupSize ?? GROUP_SIZE })
    } catch (error) {
      this.#file.close()
      throw asStoreFailure(error, this.path)
    }
  }

  /** Sees only what is durable: a `put` still waiting for its group is not there yet. */
  get(key: Key): Trace | undefined {
    return this.#believed(key, () => this.#rows.byKey(key))
  }

  readAll(ids: Uint32Array): (KeyedTrace | undefined)[] {
    return Array.from(ids, (id) => (id === 0 ? undefined : (this.#believed(undefined, () => this.#rows.byId(id as TraceId)) as KeyedTrace | undefined)))
  }

  async claim(claim: Claim): Promise<Claimed> {
    await this.#write({ write: 'claim', claim })
    this.#announced.add(claim.key)
    return 'ours'
  }

  async settle(key: Key): Promise<void> {
    await this.#write({ write: 'settle', key })
    this.#announced.delete(key)
  }

  async put(response: NewResponse): Promise<TraceId> {
    const id = await this.#write({ write: 'put', response })
    this.#announced.delete(response.key)
    return id as TraceId
  }

  generation(): number {
    return 1
  }

  draws(request: Parameters<Store['draws']>[0]) {
    return this.#ask(() => this.#questions.draws(request))
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

  /** Sound only for who holds the build lock: another process's calls under way look the same. */
  orphans() {
    return this.#ask(() => this.#questions.intents().filter(({ key }) => !this.#announced.has(key)))
  }

  async forgetOrphans(): Promise<void> {
    await Promise.all(this.orphans().map(({ key }) => this.#write({ write: 'settle', key })))
  }

  totals() {
    return this.#ask(() => this.#questions.totals())
  }

  async close(): Promise<void> {
    if (this.#stopped?.kind === 'closed') return
    this.#group.flush()
    this.#stopped = storeFailure('closed', this.path)
    this.#file.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #write(write: Write): Promise<TraceId | undefined> {
    if (this.#stopped) return Promise.reject(this.#stopped)
    if (this.#readOnly) return Promise.reject(storeFailure('readonly', this.path, 'it was opened for reading'))
    return this.#group.add(write)
  }

  /** One bad value must not take its group with it: then each write is tried alone. */
  #commit(writer: Writer, writes: readonly Write[]): (TraceId | undefined | Error)[] {
    try {
      return writer.apply(writes)
    } catch (error) {
      const failure = asStoreFailure(error, this.path)
      if (failure.kind === 'bug' && writes.length > 1) return writes.flatMap((write) => this.#commit(writer, [write]))
      if (failure.kind === 'damaged') this.#stopped ??= failure
      return writes.map(() => failure)
    }
  }

  #believed(key: Key | undefined, look: () => Found): Trace | undefined {
    try {
      const found = look()
      if (found.what === 'none') return undefined
      if (found.what === 'trace') return found.trace
      this.#setAside(found)
    } catch (error) {
      const failure = asStoreFailure(error, this.path)
      if (failure.kind !== 'damaged' || key === undefined) throw failure
      this.#mend(key, failure)
    }
    return undefined
  }

  /** A page is damaged. If it is one of an index, mending succeeds; if not, nothing more may be bought that could not be kept. */
  #mend(key: Key, failure: StoreFailure): void {
    try {
      const id = this.#rows.idOf(key)
      if (id !== undefined) return this.#setAside({ what: 'wrong', id, key, why: 'the page it is on is damaged' })
    } catch {
      // Not even its index can be read.
    }
    this.#stopped ??= failure
    this.damaged.push({ key, why: 'the page it is on is damaged' })
  }

  #setAside({ id, key, why }: Extract<Found, { what: 'wrong' }>): void {
    if (this.#reported.has(id)) return
    this.#reported.add(id)
    this.damaged.push({ key: key ?? ('' as Key), why })
    // Best effort: if it cannot be moved now, it is found wrong again next time.
    this.#write({ write: 'set-aside', id, key, why }).catch(() => {})
  }

  #ask<Answer>(question: () => Answer): Answer {
    try {
      return question()
    } catch (error) {
      throw asStoreFailure(error, this.path)
    }
  }
}
