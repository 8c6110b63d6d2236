/** Runs as their logs tell them: whole, killed, or not a log at all. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { failuresIn, pastRuns } from '../../../src/store/run-history.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'datagen-history-'))
  mkdirSync(join(dir, 'runs'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const log = (name: string, ...lines: (object | string)[]) =>
  writeFileSync(join(dir, 'runs', name), lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
const start = (run: string, time: string) => ({ type: 'run-start', schema: 1, run, time, command: 'build', dataset: 'd' })
const end = { type: 'run-end', exitCode: 0, ms: 5, calls: 3 }
const cell = (name: string, state: string) => ({
  type: 'cell-end',
  batch: 'all',
  cell: name,
  state,
  cached: false,
  code: 'rate-limit',
  message: 'wait',
})

it('newest first, with their ends; what is no log is left out', () => {
  log('a.ndjson', start('a', '2026-01-01T00:00:00Z'), end)
  log('b.ndjson', start('b', '2026-02-01T00:00:00Z'), cell('x', 'failed'), '{"type":"run-e')
  log('c.ndjson', 'not JSON')
  log('d.ndjson')
  log('e.txt', start('e', '2026-03-01T00:00:00Z'))
  expect(pastRuns(dir).map(({ start: { run }, end: last }) => [run, last?.calls])).toEqual([
    ['b', undefined],
    ['a', 3],
  ])
  expect(pastRuns(join(dir, 'nowhere'))).toEqual([])
})

it('what a run gave up is found, however long its log is', () => {
  const many = Array.from({ length: 30_000 }, (_, i) => cell(`cell ${i} ü`, i % 10_000 === 7 ? 'failed' : 'accepted'))
  log('a.ndjson', start('a', '2026-01-01T00:00:00Z'), ...many, end)
  const [run] = pastRuns(dir)
  expect(run?.end?.exitCode).toBe(0)
  expect(failuresIn(run as NonNullable<typeof run>).map((event) => event.cell)).toEqual(['cell 7 ü', 'cell 10007 ü', 'cell 20007 ü'])
})
