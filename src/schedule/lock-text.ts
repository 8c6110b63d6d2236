/** The text of `datagen.lock`: JSON with a few lines a batch, always in the same order, so that its diff can be read. */
import { KEY_FORMAT } from '../key/format.ts'
import { safeJson } from '../util/safe-json.ts'
import type { Lock, LockBatch, LockOutput } from './lock-file.ts'

/** Version of the file's format. */
export const LOCK_FORMAT = 1

export type ReadLock =
  | { readonly kind: 'lock'; readonly lock: Lock }
  | { readonly kind: 'newer'; readonly format: number }
  /** Two branches changed it and nobody has decided. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'broken' }

export function lockText({ batches, outputs }: Lock): string {
  return [
    '{',
    `  "datagen.lock": ${LOCK_FORMAT},`,
    `  "keyFormat": ${KEY_FORMAT},`,
    `  "batches": ${blocks(batches, batchText)},`,
    `  "outputs": ${blocks(outputs, ({ path, rows }) => `{ "path": ${safeJson(path)}, "rows": ${rows} }`)}`,
    '}',
    '',
  ].join('\n')
}

function batchText({ cells, samples, accepted, rejected, rows, models, simulated }: LockBatch): string {
  const counts = [`"cells": ${cells}`, ...(samples > 1 ? [`"samples": ${samples}`] : []), `"accepted": ${accepted}`]
  const lines = [
    [...counts, `"rejected": ${countsText(rejected)}`].join(', '),
    `"rows": "${rows}"`,
    ...(simulated ? ['"simulated": true'] : []),
    `"models": ${countsText(models)}`,
  ]
  return `{\n${lines.map((line) => `      ${line}`).join(',\n')}\n    }`
}

function countsText(counts: ReadonlyMap<string, number>): string {
  const members = sorted(counts).map(([name, count]) => `${safeJson(name)}: ${count}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function blocks<Entry>(entries: ReadonlyMap<string, Entry>, text: (entry: Entry) => string): string {
  const members = sorted(entries).map(([name, entry]) => `    ${safeJson(name)}: ${text(entry)}`)
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n  }`
}

/** By code units: the same in every locale. */
function sorted<Entry>(entries: ReadonlyMap<string, Entry>): [string, Entry][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

const CONFLICT = /^(?:<{7}|\|{7}|={7}|>{7})(?: |\r?$)/m

/** Anyone may have edited the file: only what has the right shape is believed. */
export function readLockText(text: string): ReadLock {
  if (CONFLICT.test(text)) return { kind: 'conflict' }
  try {
    const file = record(JSON.parse(text))
    const format = natural(file['datagen.lock'])
    // A newer format may have other fields: nothing but its number is looked at.
    if (format > LOCK_FORMAT || natural(file['keyFormat']) > KEY_FORMAT) return { kind: 'newer', format }
    return { kind: 'lock', lock: { batches: mapOf(file['batches'], batchOf), outputs: mapOf(file['outputs'], outputOf) } }
  } catch {
    return { kind: 'broken' }
  }
}

function batchOf(value: unknown): LockBatch {
  const { cells, samples = 1, accepted, rejected, rows, models, simulated = false } = record(value)
  if (typeof rows !== 'string' || !/^[0-9a-f]{32}$/.test(rows) || typeof simulated !== 'boolean') throw WRONG
  return {
    cells: natural(cells),
    samples: natural(samples),
    accepted: natural(accepted),
    rejected: mapOf(rejected, natural),
    rows,
    models: mapOf(models, natural),
    simulated,
  }
}

function outputOf(value: unknown): LockOutput {
  const { path, rows } = record(value)
  if (typeof path !== 'string') throw WRONG
  return { path, rows: natural(rows) }
}

/** Never leaves this module. */
const WRONG = new Error('not the shape of a lock')

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw WRONG
  return value as Record<string, unknown>
}

function natural(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw WRONG
  return value as number
}

function mapOf<Entry>(value: unknown, read: (entry: unknown) => Entry): Map<string, Entry> {
  return new Map(Object.entries(record(value)).map(([name, entry]) => [name, read(entry)]))
}
