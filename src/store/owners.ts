/**
 * Who makes calls: each process that claims has a token that is never given twice, a lock that dies with it and a beat.
 * Runs inside transactions of the database; `settled` tells how they ended.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../util/clock.ts'
import { PHASE } from './jobs.ts'
import type { Database } from './node-sqlite.ts'
import { takeLock } from './os-lock.ts'
import { FOLDER_MODE, OWNERS_FOLDER } from './private-folder.ts'

/**
 * How long an owner that gives no sign may keep its claims, in milliseconds on the observer's own clock: clocks of two
 * processes are never compared.
 */
export const LEASE_MS = 60_000
export const BEAT_MS = LEASE_MS / 4

interface OwnerRow {
  readonly pid: number
  readonly host: string
  readonly beat: number
}

export class Owners {
  readonly #folder: string
  readonly #clock: Clock
  readonly #sql
  /** This process's token, while its row is there. */
  #token: number | undefined
  #unlock: (() => void) | undefined
  /** Its row was removed in this transaction or before. */
  #hasLeft = false
  /** Looked for in this transaction already. */
  #isSure = false
  /** Made in this transaction. */
  #isNew = false
  /** The beat each other owner was last seen with, and when by this clock. */
  readonly #seen = new Map<number, { readonly beat: number; readonly since: number }>()
  readonly #judged = new Map<number, boolean>()
  /** Dead owners whose rows were removed in this transaction. */
  readonly #ended: number[] = []

  constructor(database: Database, dir: string, clock: Clock) {
    this.#folder = join(dir, OWNERS_FOLDER)
    this.#clock = clock
    this.#sql = {
      // A damaged counter must not give a token again that something still refers to.
      next: database.prepare(
        'SELECT max(next_owner, (SELECT coalesce(max(token), 0) + 1 FROM owner), (SELECT coalesce(max(owner), 0) + 1 FROM claim), ' +
          '(SELECT coalesce(max(token), 0) + 1 FROM job)) AS next FROM meta',
      ),
      count: database.prepare('UPDATE meta SET next_owner = ?'),
      add: database.prepare('INSERT INTO owner VALUES (?, ?, ?, ?, 0, ?)'),
      find: database.prepare('SELECT pid, host, beat FROM owner WHERE token = ?'),
      remove: database.prepare('DELETE FROM owner WHERE token = ?'),
      beat: database.prepare('UPDATE owner SET beat = beat + 1 WHERE token = ?'),
      job: database.prepare('SELECT owner, phase FROM job WHERE token = ?'),
    }
  }

  /** The token that is committed. */
  get token(): number | undefined {
    return this.#isNew ? undefined : this.#token
  }

  /** This process's token, made when it has none, or when others took it for dead and fenced it off. */
  enter(run: string): number {
    if (this.#token !== undefined && (this.#isSure || this.#sql.find.get(this.#token))) {
      this.#isSure = true
      return this.#token
    }
    this.#letGo(true)
    mkdirSync(this.#folder, { recursive: true, mode: FOLDER_MODE })
    this.#removeDead()
    const token = this.nextToken()
    this.#unlock = takeLock(this.#lockFile(token), 'exclusive')
    if (!this.#unlock) throw new Error(`datagen bug: owner ${token} exists already`)
    this.#token = token
    this.#isSure = true
    this.#isNew = true
    this.#sql.add.run(token, run, process.pid, hostname(), this.#clock.date().toISOString())
    return token
  }

  /** A number that no owner and no job has had, inside a transaction. */
  nextToken(): number {
    const { next } = this.#sql.next.get() as { next: number }
    this.#sql.count.run(next + 1)
    return next
  }

  /** Whether a token is this process's own. */
  isMine(token: number | null): boolean {
    return token !== null && token === this.#token
  }

  /** The transaction under way has ended. */
  settled(committed: boolean): void {
    if (this.#isNew && !committed) this.#letGo(true)
    if (!committed) this.#hasLeft = false
    // Not before their rows are gone for good: a row whose lock is missing would count as alive until its lease ends.
    for (const token of this.#ended.splice(0)) if (committed) rmSync(this.#lockFile(token), { force: true })
    this.#isNew = false
    this.#isSure = false
    this.#judged.clear()
  }

  beat(): void {
    if (this.#token !== undefined) this.#sql.beat.run(this.#token)
  }

  /** Inside the last transaction of this process. */
  leave(): void {
    if (this.#token !== undefined) this.#sql.remove.run(this.#token)
    this.#hasLeft = true
  }

  /** Whatever of this owner is still in the database counts as a dead one's from now on. */
  close(): void {
    this.#letGo(this.#hasLeft)
  }

  /** Whether the calls of an owner will never be answered by it. */
  isDead(token: number): boolean {
    if (token === this.#token) return false
    let dead = this.#judged.get(token)
    if (dead === undefined) {
      dead = this.#judge(token)
      this.#judged.set(token, dead)
    }
    return dead
  }

  /** Fences a dead owner off: whatever it still claims is anybody's, and if it wakes up it needs a new token. */
  fence(token: number): void {
    this.#sql.remove.run(token)
    this.#seen.delete(token)
  }

  /** Whether the process of an owner has ended, which a silent one may not have. */
  isGone(token: number): boolean {
    if (token === this.#token) return false
    const row = this.#sql.find.get(token) as OwnerRow | undefined
    return row ? row.host === hostname() && this.#probe(token) === 'free' : this.#probe(token) !== 'held'
  }

  #judge(token: number): boolean {
    const row = this.#sql.find.get(token) as OwnerRow | undefined
    if (!row) return this.#isDeadJob(token)
    // Another host's lock may not be visible here, so only its silence counts.
    if (row.host === hostname() && this.#probe(token) === 'free') return true
    const seen = this.#seen.get(token)
    const now = this.#clock.now()
    if (seen?.beat === row.beat) return now - seen.since >= LEASE_MS
    this.#seen.set(token, { beat: row.beat, since: now })
    return false
  }

  /** The claims of a job hold whoever is there to see, once it is more than what one process gathers. */
  #isDeadJob(token: number): boolean {
    const job = this.#sql.job.get(token) as { readonly owner: number | null; readonly phase: number } | undefined
    if (!job || job.phase === PHASE.ended) return true
    return job.phase === PHASE.gathering && (job.owner === null || this.isDead(job.owner))
  }

  #probe(token: number): 'free' | 'held' | 'unknown' {
    const path = this.#lockFile(token)
    if (!existsSync(path)) return 'unknown'
    try {
      const unlock = takeLock(path, 'exclusive')
      unlock?.()
      return unlock ? 'free' : 'held'
    } catch {
      return 'unknown' // a folder that may only be read
    }
  }

  /** Rows of processes that ended, and then their files. Under the database's write lock nobody else can be entering. */
  #removeDead(): void {
    for (const name of readdirSync(this.#folder)) {
      const token = Number(/^(\d+)\.lock$/.exec(name)?.[1])
      if (Number.isNaN(token) || !this.isGone(token)) continue
      this.#sql.remove.run(token)
      this.#ended.push(token)
    }
  }

  /** Without its row nobody asks for the lock again; while the row is there, a lock that is free says that its process has ended. */
  #letGo(isGone: boolean): void {
    if (this.#token === undefined) return
    if (isGone) rmSync(this.#lockFile(this.#token), { force: true })
    this.#unlock?.()
    this.#unlock = undefined
    this.#token = undefined
  }

  #lockFile(token: number): string {
    return join(this.#folder, `${token}.lock`)
  }
}
