/** The run log records everything and disturbs nobody. */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import { openRunLog } from '../../../src/store/run-log.ts'
import { tempFolder } from './responses.ts'

const event = (batch: string): Event => ({ type: 'batch-start', batch })

it('writes every event as a line, in order, across several flushes', async () => {
  const log = openRunLog(tempFolder(), 'run-1', { flushMs: 0 })
  const events = Array.from({ length: 300 }, (_, i) => event(`b${i}`))
  for (const [i, each] of events.entries()) {
    log.emit(each)
    if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect(await log.close()).toBe(undefined)
  expect(readFileSync(log.path, 'utf8')).toBe(events.map((each) => `${JSON.stringify(each)}\n`).join(''))
  expect(statSync(log.path).mode & 0o777).toBe(0o600)
})

it('keeps the newest runs', async () => {
  const dir = tempFolder()
  mkdirSync(join(dir, 'runs'))
  for (let i = 1; i <= 60; i++) {
    const path = join(dir, 'runs', `old-${String(i).padStart(2, '0')}.ndjson`)
    writeFileSync(path, '')
    utimesSync(path, i, i)
  }
  writeFileSync(join(dir, 'runs', 'notes.txt'), 'mine')
  const log = openRunLog(dir, 'new')
  log.emit(event('b'))
  await log.close()
  const kept = readdirSync(join(dir, 'runs')).sort()
  expect(kept).toEqual([
    'new.ndjson',
    'notes.txt',
    ...Array.from({ length: 49 }, (_, i) => `old-${String(i + 12).padStart(2, '0')}.ndjson`),
  ])
})

it('never throws: a log that cannot be written is reported when it is closed', async () => {
  const dir = tempFolder()
  writeFileSync(join(dir, 'runs'), 'a file stands where the folder should')
  const log = openRunLog(dir, 'run-1')
  log.emit(event('a'))
  log.emit(event('b'))
  expect(await log.close()).toMatchObject({ code: 'EEXIST' })
})

it('stays inside its folder whatever the run is called', async () => {
  const dir = tempFolder()
  const log = openRunLog(dir, '../../evil/run')
  log.emit(event('a'))
  await log.close()
  expect(readdirSync(join(dir, 'runs'))).toEqual(['.._.._evil_run.ndjson'])
})
