/** Every answer against its checksum, its key against its request and draw, and the columns that lead to it against what it says. */
import { keyOf } from '../../key/key.ts'
import type { Database } from '../node-sqlite.ts'
import { type Kept, openRequest, openResponse, placeOf, prefixOf } from '../record.ts'
import { type Finding, NO_REPAIR } from './finding.ts'
import { type Sums, sumOf } from './sums.ts'
import { walk } from './walk.ts'

interface ResponseRow {
  readonly id: number
  readonly key: number
  readonly asked: number
  readonly place: number
  readonly displaced: number | null
  readonly request: number
  readonly record: Uint8Array
}

interface SpareRow {
  readonly id: number
  readonly key: number
  readonly record: Uint8Array
}

/** What a check of all rows adds up to, for comparing with the running totals. */
export interface Seen {
  readonly answers: Sums<string>
  readonly spare: Sums<string>
  highestId: number
  done: number
}

export function* checkAnswers(database: Database, seen: Seen, onRow: () => void): Generator<Finding> {
  const links = new Links(database)
  for (const walked of walk<ResponseRow>(database, 'response', 'id, key, asked, place, displaced, request, record')) {
    seen.done++
    onRow()
    seen.highestId = Math.max(seen.highestId, walked.id)
    const where = `response ${walked.id}`
    if (walked.what !== 'row') {
      yield unreadable('answer', 'response', walked)
      continue
    }
    const { row } = walked
    const kept = opened(row)
    if (!kept) {
      yield { what: 'answer', key: prefix(row.key), where, why: CHECKSUM, repair: { by: 'set-aside', table: 'response', id: row.id } }
      continue
    }
    seen.answers.count(kept.step, sumOf(kept, row.record))
    const finding = (why: string, repair: Finding['repair']): Finding => ({ what: 'answer', key: kept.key, where, why, repair })
    if (!hasItsKey(kept)) yield finding(WRONG_KEY, { by: 'set-aside', table: 'response', id: row.id })
    const displaced = kept.ordinal === kept.sample ? null : kept.ordinal
    const leads =
      row.key === prefixOf(kept.key) &&
      row.asked === prefixOf(kept.request) &&
      row.place === placeOf(kept.cell, kept.sample, kept.step) &&
      row.displaced === displaced
    if (!leads) yield finding('a column that leads to it is wrong', { by: 'lead', table: 'response', id: row.id })
    const twin = links.earlier(kept)
    if (twin !== undefined) yield finding(`response ${twin} has the same key`, NO_REPAIR)
    if (links.digestOf(row.request) !== kept.request) yield finding(`request ${row.request} is not the one it answers`, NO_REPAIR)
  }
}

export function* checkSpare(database: Database, seen: Seen): Generator<Finding> {
  for (const walked of walk<SpareRow>(database, 'spare', 'id, key, record')) {
    const where = `spare ${walked.id}`
    seen.highestId = Math.max(seen.highestId, walked.id)
    if (walked.what !== 'row') {
      yield unreadable('spare', 'spare', walked)
      continue
    }
    const { row } = walked
    const kept = opened(row)
    if (!kept) {
      yield { what: 'spare', key: prefix(row.key), where, why: CHECKSUM, repair: { by: 'set-aside', table: 'spare', id: row.id } }
      continue
    }
    seen.spare.count(kept.step, sumOf(kept, row.record))
    const finding = (why: string, repair: Finding['repair']): Finding => ({ what: 'spare', key: kept.key, where, why, repair })
    if (!hasItsKey(kept)) yield finding(WRONG_KEY, { by: 'set-aside', table: 'spare', id: row.id })
    if (row.key !== prefixOf(kept.key)) yield finding('the column that leads to it is wrong', { by: 'lead', table: 'spare', id: row.id })
  }
}

const CHECKSUM = 'its checksum does not match'
const WRONG_KEY = 'its key is not that of its request and draw'

function hasItsKey({ key, request, ordinal, attempt, epoch }: Kept): boolean {
  return keyOf(request, { ordinal, attempt, epoch }) === key
}

/** A checksum that holds by chance over bytes that no codec takes is damage too. */
function opened({ record, id }: SpareRow): Kept | undefined {
  try {
    return openResponse(record, id)
  } catch {
    return undefined
  }
}

function unreadable(what: 'answer' | 'spare', table: 'response' | 'spare', walked: { what: string; id: number; why: string }): Finding {
  const where = walked.what === 'lost' ? `everything after ${table} ${walked.id}` : `${table} ${walked.id}`
  return { what, where, why: walked.why, repair: NO_REPAIR }
}

/** What is known of a key whose record cannot be believed: the digits of the column that leads to it. */
function prefix(key: number): string {
  return (key >>> 0).toString(16).padStart(8, '0')
}

/** Look-ups from one answer to others and to its request. */
class Links {
  readonly #request
  readonly #earlier
  #last: { readonly id: number; readonly digest: string | undefined } | undefined

  constructor(database: Database) {
    this.#request = database.prepare('SELECT record FROM request WHERE id = ?')
    this.#earlier = database.prepare('SELECT id, record FROM response WHERE key = ? AND id < ?')
  }

  digestOf(request: number): string | undefined {
    if (this.#last?.id !== request) this.#last = { id: request, digest: this.#look(request) }
    return this.#last.digest
  }

  /** Only the few whose keys begin alike are opened. */
  earlier({ id, key }: Kept): number | undefined {
    try {
      const rows = this.#earlier.all(prefixOf(key), id) as unknown as SpareRow[]
      return rows.find((row) => opened(row)?.key === key)?.id
    } catch {
      return undefined // the walk itself meets the page that cannot be read
    }
  }

  #look(request: number): string | undefined {
    try {
      return openRequest((this.#request.get(request) as { record: Uint8Array } | undefined)?.record)?.digest
    } catch {
      return undefined
    }
  }
}
