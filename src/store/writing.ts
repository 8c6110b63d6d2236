/** The writes of one group, applied inside one transaction: requests and runs are stored once, ids are never given twice. */
import type { Digest, Key, TraceId } from '../util/brand.ts'
import type { Clock } from '../util/clock.ts'
import { digestBytes, seal } from './codec.ts'
import { heal, recount } from './heal.ts'
import type { Database } from './node-sqlite.ts'
import type { ResponseRows } from './rows.ts'
import type { Claim, NewResponse } from './store.ts'

export type Write =
  | { readonly write: 'claim'; readonly claim: Claim }
  | { readonly write: 'settle'; readonly key: Key }
  | { readonly write: 'put'; readonly response: NewResponse }
  | { readonly write: 'raise-epoch'; readonly request: Digest; readonly ordinal: number }
  | { readonly write: 'set-aside'; readonly id: TraceId; readonly key: Key | undefined; readonly why: string }

type Sums = readonly [responses: number, bytes: number, usd: number, unpriced: number, inputTokens: number, outputTokens: number]
const NOTHING: Sums = [0, 0, 0, 0, 0, 0]

/** Request ids worth remembering: those in flight, and the last of those that several cells share. */
const REMEMBERED_REQUESTS = 4096

export class Writer {
  readonly #database: Database
  readonly #rows: ResponseRows
  readonly #clock: Clock
  readonly #sql
  /** Ids that are committed. */
  readonly #requests = new Map<string, number>()
  readonly #runs = new Map<string, number>()
  /** Ids given in the transaction under way; they vanish with it. */
  #newIds: (() => void)[] = []
  #next = 0
  #healed = false
  /** What the responses of this transaction add up to, by step. */
  #added = new Map<string, Sums>()

  constructor(database: Database, rows: ResponseRows, clock: Clock) {
    this.#database = database
    this.#rows = rows
    this.#clock = clock
    const prepare = (sql: string) => database.prepare(sql)
    this.#sql = {
      begin: prepare('BEGIN IMMEDIATE'),
      commit: prepare('COMMIT'),
      // A lost or damaged counter must not give an id again that a row still has.
      next: prepare('SELECT max(next, (SELECT coalesce(max(id), 0) + 1 FROM response)) AS next FROM counter'),
      count: prepare('UPDATE counter SET next = ?'),
      total: prepare(
        'INSERT INTO total VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET responses = responses + excluded.responses, ' +
          'bytes = bytes + excluded.bytes, usd = usd + excluded.usd, unpriced = unpriced + excluded.unpriced, ' +
          'input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens',
      ),
      epoch: prepare('INSERT INTO epoch VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1'),
      findRequest: prepare('SELECT id FROM request WHERE digest = ?'),
      addRequest: prepare('INSERT OR IGNORE INTO request (digest, value) VALUES (?, ?)'),
      findRun: prepare('SELECT id FROM run WHERE name = ?'),
      addRun: prepare('INSERT INTO run (name, started) VALUES (?, ?)'),
      intend: prepare('INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?)'),
      settle: prepare('DELETE FROM intent WHERE key = ?'),
    }
  }

  /** All are durable when it returns; none is when it throws. */
  apply(writes: readonly Write[]): (TraceId | undefined)[] {
    this.#newIds = []
    this.#healed = false
    this.#added = new Map()
    this.#sql.begin.run()
    try {
      this.#next = Number((this.#sql.next.get() as { next: number }).next)
      const ids = writes.map((write) => this.#one(write))
      if (this.#added.size > 0) this.#sql.count.run(this.#next)
      if (this.#healed) recount(this.#database)
      else for (const [step, sums] of this.#added) this.#sql.total.run(step, ...sums)
      this.#sql.commit.run()
      for (const remember of this.#newIds) remember()
      return ids
    } catch (error) {
      // After a full disk SQLite may have rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #one(write: Write): TraceId | undefined {
    switch (write.write) {
      case 'claim': {
        const { key, request, requestText, run } = write.claim
        this.#sql.intend.run(digestBytes(key), this.#request(request, requestText), this.#run(run), this.#clock.date().toISOString())
        return undefined
      }
      case 'settle':
        this.#sql.settle.run(digestBytes(write.key))
        return undefined
      case 'put':
        return this.#put(write.response)
      case 'raise-epoch':
        this.#sql.epoch.run(digestBytes(write.request), write.ordinal)
        return undefined
      case 'set-aside':
        this.#heal(write.id, write.key, write.why)
        return undefined
    }
  }

  #put(response: NewResponse): TraceId {
    const key = digestBytes(response.key)
    this.#sql.settle.run(key)
    const request = this.#request(response.request, response.requestText)
    const run = this.#run(response.run)
    const id = this.#next as TraceId
    let bytes = this.#rows.insert(id, key, request, run, response)
    if (bytes === undefined) {
      const held = this.#rows.idOf(response.key)
      if (held !== undefined && this.#rows.byId(held).what === 'trace') {
        const found = this.#rows.byKey(response.key)
        if (found.what === 'trace') return found.trace.id
      }
      // Something else holds the key: a damaged row, or an index entry that leads nowhere or to a wrong row.
      if (held !== undefined) this.#heal(held, response.key, 'it was found damaged when its key was bought again')
      bytes = this.#rows.insert(id, key, request, run, response)
      if (bytes === undefined) throw new Error(`datagen bug: no room for ${response.key} after its damaged row was set aside`)
    }
    this.#next++
    const { usd, inputTokens, outputTokens } = response
    const sums = this.#added.get(response.step) ?? NOTHING
    const more: Sums = [1, bytes, usd ?? 0, usd === null ? 1 : 0, inputTokens, outputTokens]
    this.#added.set(response.step, sums.map((sum, i) => sum + (more[i] as number)) as unknown as Sums)
    return id
  }

  #heal(id: TraceId, key: Key | undefined, why: string): void {
    heal(this.#database, this.#rows, id, key, why, this.#clock)
    this.#healed = true
  }

  #request(digest: Digest, text: string): number {
    const known = this.#requests.get(digest)
    if (known !== undefined) return known
    const key = digestBytes(digest)
    const added = this.#sql.addRequest.run(key, seal({ key, numbers: [], name: '' }, Buffer.from(text)))
    const id = added.changes === 1 ? Number(added.lastInsertRowid) : (this.#sql.findRequest.get(key) as { id: number }).id
    this.#remember(this.#requests, digest, id)
    return id
  }

  #run(name: string): number {
    const known = this.#runs.get(name)
    if (known !== undefined) return known
    let id = (this.#sql.findRun.get(name) as { id: number } | undefined)?.id
    id ??= Number(this.#sql.addRun.run(name, this.#clock.date().toISOString()).lastInsertRowid)
    this.#remember(this.#runs, name, id)
    return id
  }

  /** Only once the transaction is committed; in a map that cannot grow without bound. */
  #remember(ids: Map<string, number>, name: string, id: number): void {
    this.#newIds.push(() => {
      if (ids.size >= REMEMBERED_REQUESTS) ids.clear()
      ids.set(name, id)
    })
  }
}
