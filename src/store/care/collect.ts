/** Garbage: answers that nothing named reaches. First it is weighed, then, on demand, deleted in one transaction. */

import type { TraceId } from '../../util/brand.ts'
import { crashPoint } from '../../util/crash-point.ts'
import { RAISE_GENERATION } from '../format.ts'
import { recount } from '../heal.ts'
import type { Database } from '../node-sqlite.ts'
import type { OpenFile } from '../open.ts'
import { openRequest, openResponse } from '../record.ts'
import { Ids } from './ids.ts'
import { NO_SUM, plus, type Sum, Sums, sumOf } from './sums.ts'
import { walk } from './walk.ts'

/** Why an answer that nothing reaches stays. */
export interface Mercy {
  /** Answers of runs that began at this time or later stay; ISO. */
  readonly since: string | undefined
  /** Answers of the newest so many runs stay. */
  readonly runs: number
  /** Values set aside as damaged are forgotten too. */
  readonly damaged: boolean
  /** Second answers to one key are forgotten too. */
  readonly spare: boolean
}

export interface Garbage {
  readonly ids: Ids
  readonly goes: Sum
  readonly steps: readonly (Sum & { readonly step: string })[]
  /** When the oldest and the newest run began whose answers go; ISO. */
  readonly oldest: string | undefined
  readonly newest: string | undefined
  readonly stays: Sum
  /** Of what stays, unreached answers that are young or of a recent run. */
  readonly spared: Sum
  readonly requests: { readonly ids: Ids; readonly bytes: number }
  /** Null: they stay. */
  readonly spare: Sum | null
  readonly damaged: number | null
  /** Answers that cannot be read; they stay for `verify`. */
  readonly unreadable: number
}

interface ResponseRow {
  readonly id: number
  readonly request: number
  readonly record: Uint8Array
}

interface RecordRow {
  readonly id: number
  readonly record: Uint8Array
}

/** Changes nothing. */
export function weigh(database: Database, reached: Ids, mercy: Mercy, onRow: (done: number) => void): Garbage {
  const runs = new Runs(database, mercy)
  const ids = new Ids()
  const needed = new Ids()
  const steps = new Sums<string>()
  const spare = spareOf(database)
  let [stays, spared, done, unreadable] = [NO_SUM, NO_SUM, 0, 0]
  let [oldest, newest]: (string | undefined)[] = []
  for (const walked of walk<ResponseRow>(database, 'response', 'id, request, record')) {
    onRow(++done)
    const kept = walked.what === 'row' ? openResponse(walked.row.record, walked.id) : undefined
    if (walked.what !== 'row' || !kept) {
      if (walked.what === 'row') needed.add(walked.row.request as TraceId)
      unreadable++
      continue
    }
    const sum = sumOf(kept, walked.row.record)
    const isReached = reached.has(kept.id)
    if (isReached || runs.spares(kept.run)) {
      stays = plus(stays, sum)
      if (!isReached) spared = plus(spared, sum)
      needed.add(walked.row.request as TraceId)
      continue
    }
    ids.add(kept.id)
    steps.count(kept.step, sum)
    const started = runs.startOf(kept.run)
    if (started !== undefined) {
      if (oldest === undefined || started < oldest) oldest = started
      if (newest === undefined || started > newest) newest = started
    }
  }
  return {
    ids,
    goes: [...steps.values()].reduce(plus, NO_SUM),
    steps: [...steps].map(([step, sum]) => ({ step, ...sum })).sort((a, b) => (a.step < b.step ? -1 : 1)),
    oldest,
    newest,
    stays,
    spared,
    requests: unneeded(database, needed, mercy.spare ? new Set() : spare.requests),
    spare: mercy.spare ? spare.sum : null,
    damaged: mercy.damaged ? (database.prepare('SELECT count(*) AS n FROM damaged').get() as { n: number }).n : null,
    unreadable,
  }
}

/** Deletes in one transaction what was weighed. The caller owns the folder, and nothing was written since. */
export function collect({ database }: OpenFile, { ids, requests, spare, damaged }: Garbage): void {
  crashPoint('before-collect')
  database.exec('BEGIN IMMEDIATE')
  try {
    const removeResponse = database.prepare('DELETE FROM response WHERE id = ?')
    for (const id of ids) removeResponse.run(id)
    const removeRequest = database.prepare('DELETE FROM request WHERE id = ?')
    for (const id of requests.ids) removeRequest.run(id)
    if (spare) database.exec('DELETE FROM spare')
    if (damaged !== null) database.exec('DELETE FROM damaged')
    recount(database)
    database.exec(RAISE_GENERATION)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Below this share of free pages, rewriting the whole file is not worth it. */
const WORTH_COMPACTING = 0.1

/** Gives free room back to the disk; for that the file is written anew beside itself. Returns the bytes given back. */
export function compact({ database }: OpenFile): number {
  const number = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0])
  const bytes = () => number('page_count') * number('page_size')
  const before = bytes()
  if (number('freelist_count') >= number('page_count') * WORTH_COMPACTING) database.exec('VACUUM')
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return before - bytes()
}

interface RunRow {
  readonly id: number
  readonly started: string
}

class Runs {
  readonly #started: ReadonlyMap<number, string>
  readonly #spared: ReadonlySet<number>

  constructor(database: Database, { since, runs }: Mercy) {
    const rows = database.prepare('SELECT id, started FROM run ORDER BY started DESC, id DESC').all() as unknown as RunRow[]
    this.#started = new Map(rows.map(({ id, started }) => [id, started]))
    this.#spared = new Set(rows.filter(({ started }, i) => i < runs || (since !== undefined && started >= since)).map(({ id }) => id))
  }

  spares(run: number): boolean {
    return this.#spared.has(run)
  }

  startOf(run: number): string | undefined {
    return this.#started.get(run)
  }
}

function spareOf(database: Database): { sum: Sum; requests: ReadonlySet<string> } {
  const requests = new Set<string>()
  let sum = NO_SUM
  for (const walked of walk<RecordRow>(database, 'spare', 'id, record')) {
    const kept = walked.what === 'row' ? openResponse(walked.row.record, walked.id) : undefined
    if (walked.what !== 'row' || !kept) continue
    sum = plus(sum, sumOf(kept, walked.row.record))
    requests.add(kept.request)
  }
  return { sum, requests }
}

/** Texts that no answer that stays needs. Those that spare answers need stay wherever they lie. */
function unneeded(database: Database, needed: Ids, spareRequests: ReadonlySet<string>): Garbage['requests'] {
  const ids = new Ids()
  let bytes = 0
  for (const walked of walk<RecordRow>(database, 'request', 'id, record')) {
    if (walked.what !== 'row' || needed.has(walked.id as TraceId)) continue
    const digest = spareRequests.size > 0 ? openRequest(walked.row.record)?.digest : undefined
    if (digest !== undefined && spareRequests.has(digest)) continue
    ids.add(walked.id as TraceId)
    bytes += walked.row.record.length
  }
  return { ids, bytes }
}
