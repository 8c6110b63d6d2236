/** What a store holds, in answers, bytes, tokens and money: from its running totals where there are any, else counted. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../util/clock.ts'
import type { Database } from '../node-sqlite.ts'
import type { OpenFile } from '../open.ts'
import { Owners } from '../owners.ts'
import { openResponse } from '../record.ts'
import { DECIDED_BY } from '../store.ts'
import { NO_SUM, plus, type Sum, Sums, sumOf } from './sums.ts'
import { totalsOf } from './totals.ts'
import { walk } from './walk.ts'

export interface RunSum extends Sum {
  readonly run: string
  /** ISO time. */
  readonly started: string
}

export interface Statistics {
  readonly identity: string
  /** Money paid for spare answers is not in it. */
  readonly answers: Sum
  /** What datagen itself decided about waiting batches: kept as answers are, and bought from nobody. */
  readonly decisions: number
  readonly steps: readonly (Sum & { readonly step: string })[]
  readonly models: readonly (Sum & { readonly model: string })[]
  /** Second answers to one key, paid for too. */
  readonly spare: Sum
  readonly requests: number
  readonly requestBytes: number
  readonly fileBytes: number
  /** Room within the file that is not in use. */
  readonly freeBytes: number
  /** Runs that answers are from. */
  readonly runs: number
  readonly oldestRun: RunSum | undefined
  readonly newestRun: RunSum | undefined
  readonly damaged: number
  /** Calls that may be under way, or were when their build died. */
  readonly claims: number
  /** Those of dead builds: they may have been paid for without an answer being kept. */
  readonly orphans: number
  /** What the orphans may have cost at most, where known. */
  readonly orphansUsd: number
  /** Calls handed over in batch jobs whose answers are still awaited. */
  readonly awaited: number
  /** Answers that could not be read while counting: `verify` names them. */
  readonly unreadable: number
}

interface RecordRow {
  readonly id: number
  readonly record: Uint8Array
}

/** Reads every answer once, for what has no running total: models and runs. */
export function statisticsOf({ path, database }: OpenFile, clock: Clock, onRow: (done: number, all: number) => void): Statistics {
  const ask = <Row>(sql: string) => database.prepare(sql).get() as Row
  const spareBySteps = spareOf(database)
  const totals = totalsOf(database)
  const all = totals.reduce((sum, { answers }) => sum + answers, 0)
  const { models, runs, decisions, unreadable } = countAnswers(database, (done) => onRow(done, all))
  const steps = totals
    .map(({ step, ...sum }) => ({ step, ...minus(withoutSpare(sum, spareBySteps.get(step)), decisions.get(step)) }))
    .filter(({ answers }) => answers > 0)
  const answers = steps.map(({ step: _, ...sum }) => sum).reduce(plus, NO_SUM)
  const { requests, requestBytes } = ask<Pick<Statistics, 'requests' | 'requestBytes'>>(
    'SELECT count(*) AS requests, coalesce(sum(length(record)), 0) AS requestBytes FROM request',
  )
  return {
    identity: ask<{ identity: string }>('SELECT identity FROM meta').identity,
    answers,
    decisions: [...decisions.values()].reduce((sum, { answers }) => sum + answers, 0),
    steps,
    models: [...models].map(([model, sum]) => ({ model, ...sum })).sort((a, b) => b.answers - a.answers || (a.model < b.model ? -1 : 1)),
    spare: [...spareBySteps.values()].reduce(plus, NO_SUM),
    requests,
    requestBytes,
    fileBytes: bytesOf(path) + bytesOf(`${path}-wal`),
    freeBytes: Number(
      ask<{ bytes: number }>('SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size').bytes,
    ),
    ...runsOf(database, runs),
    damaged: ask<{ damaged: number }>('SELECT count(*) AS damaged FROM damaged').damaged,
    ...claimsOf(database, new Owners(database, dirname(path), clock)),
    awaited: ask<{ n: number }>('SELECT count(*) AS n FROM claim WHERE record IS NOT NULL').n,
    unreadable,
  }
}

/** The totals' money is all that was paid; sums of what is counted beside them may differ in the last bit. */
function withoutSpare(sum: Sum, spare: Sum | undefined): Sum {
  return spare ? { ...sum, usd: Math.max(0, sum.usd - spare.usd), unpriced: sum.unpriced - spare.unpriced } : sum
}

/** Decisions cost nothing, so the money stays. */
function minus(sum: Sum, decided: Sum | undefined): Sum {
  return decided ? { ...sum, answers: sum.answers - decided.answers, bytes: sum.bytes - decided.bytes } : sum
}

function spareOf(database: Database): Sums<string> {
  const sums = new Sums<string>()
  for (const walked of walk<RecordRow>(database, 'spare', 'id, record')) {
    const kept = walked.what === 'row' ? openResponse(walked.row.record, walked.id) : undefined
    if (walked.what === 'row' && kept) sums.count(kept.step, sumOf(kept, walked.row.record))
  }
  return sums
}

function countAnswers(database: Database, onRow: (done: number) => void) {
  const models = new Sums<string>()
  const runs = new Sums<number>()
  const decisions = new Sums<string>()
  let [done, unreadable] = [0, 0]
  for (const walked of walk<RecordRow>(database, 'response', 'id, record')) {
    const kept = walked.what === 'row' ? openResponse(walked.row.record, walked.id) : undefined
    if (walked.what !== 'row' || !kept) unreadable++
    else {
      const one = sumOf(kept, walked.row.record)
      if (kept.model === DECIDED_BY) decisions.count(kept.step, one)
      else {
        models.count(kept.model, one)
        runs.count(kept.run, one)
      }
    }
    onRow(++done)
  }
  return { models, runs, decisions, unreadable }
}

function claimsOf(database: Database, owners: Owners): Pick<Statistics, 'claims' | 'orphans' | 'orphansUsd'> {
  const claims = database.prepare('SELECT owner, reserved_usd AS usd FROM claim WHERE record IS NULL').all() as unknown as {
    owner: number
    usd: number | null
  }[]
  const orphans = claims.filter(({ owner }) => owners.isDead(owner))
  return { claims: claims.length, orphans: orphans.length, orphansUsd: orphans.reduce((sum, { usd }) => sum + (usd ?? 0), 0) }
}

function runsOf(database: Database, sums: Sums<number>): Pick<Statistics, 'runs' | 'oldestRun' | 'newestRun'> {
  const rows = database.prepare('SELECT id, name, started FROM run').all() as unknown as { id: number; name: string; started: string }[]
  const runs = rows
    .flatMap(({ id, name, started }) => {
      const sum = sums.get(id)
      return sum ? [{ run: name, started, ...sum }] : []
    })
    .sort((a, b) => (a.started < b.started ? -1 : a.started > b.started ? 1 : a.run < b.run ? -1 : 1))
  return { runs: runs.length, oldestRun: runs[0], newestRun: runs.at(-1) }
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
