/** Everything a store holds, hashed again and compared; nothing is changed. */
import type { OpenFile } from '../open.ts'
import { checkAnswers, checkSpare, type Seen } from './check-answers.ts'
import { checkFile } from './check-file.ts'
import { checkRequests } from './check-requests.ts'
import { checkTotals } from './check-totals.ts'
import { type Finding, NO_REPAIR } from './finding.ts'
import { Sums } from './sums.ts'

export interface Verified {
  /** Name of the store; empty when it cannot be read. */
  readonly identity: string
  readonly answers: number
  readonly requests: number
  readonly spare: number
  /** Values set aside earlier: known, and no finding. */
  readonly damaged: number
}

export type Part = 'the file' | 'answers' | 'requests'

/** Yields each finding as it is met; returns what was looked at. One snapshot: a build beside it does not disturb. */
export function* verify({ database }: OpenFile, onRow: (part: Part, done: number) => void): Generator<Finding, Verified> {
  const seen: Seen = { answers: new Sums(), spare: new Sums(), highestId: 0, done: 0 }
  let requests = 0
  let damaged = 0
  let identity = ''
  database.exec('BEGIN')
  try {
    onRow('the file', 0)
    yield* checkFile(database)
    yield* checkAnswers(database, seen, () => onRow('answers', seen.done))
    yield* checkSpare(database, seen)
    yield* checkRequests(database, () => onRow('requests', ++requests))
    yield* guarded('meta, total and damaged', function* () {
      identity = (database.prepare('SELECT identity FROM meta').get() as { identity: string }).identity
      damaged = (database.prepare('SELECT count(*) AS damaged FROM damaged').get() as { damaged: number }).damaged
      yield* checkTotals(database, seen)
    })
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK')
  }
  const spare = [...seen.spare.values()].reduce((n, { answers }) => n + answers, 0)
  return { identity, answers: seen.done, requests, spare, damaged }
}

/** A small table that cannot be read is a finding like any other. */
function* guarded(where: string, check: () => Generator<Finding>): Generator<Finding> {
  try {
    yield* check()
  } catch (error) {
    yield { what: 'page', where, why: (error as Error).message, repair: NO_REPAIR }
  }
}
