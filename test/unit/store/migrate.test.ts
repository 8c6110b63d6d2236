/** A store that an older format of datagen wrote: every answer is found again, whatever happens while it is migrated. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { FORMAT } from '../../../src/store/format.ts'
import { ownFolderNow } from '../../../src/store/lock.ts'
import { openStore, openStoreIfExists } from '../../../src/store/sqlite.ts'
import type { NewResponse, Store } from '../../../src/store/store.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { keyOf, requestOf, response, tempFolder } from './responses.ts'

const FIXTURE = join(import.meta.dirname, '../../golden/stores/format-1.db')
const SECOND = join(import.meta.dirname, '../../golden/stores/format-2.db')
const ROWS = 40

/** What was put into the fixture, by the code of format 1. */
function golden(n: number): NewResponse {
  return response(n, {
    ...(n % 5 === 0 ? { raw: Buffer.from(`${n} `.repeat(3000)), requestText: `request ${n} `.repeat(600) } : {}),
    ...(n % 7 === 0
      ? { request: requestOf(700), requestText: 'request 700', ordinal: n, sample: n % 2 ? n : 0, cell: `plain cell ${n % 2}` }
      : {}),
    ...(n % 3 === 0 ? { usd: null, estimated: true, step: 'assistant', attempt: 1, epoch: 2, run: 'run-2' } : {}),
  })
}

function oldStore(fixture = FIXTURE, dir = join(tempFolder(), '.datagen')): string {
  mkdirSync(dir, { mode: 0o700 })
  copyFileSync(fixture, join(dir, 'store.db'))
  return dir
}

const versionOf = (path: string) => readFileSync(path).readUInt32BE(60)
const backups = (dir: string) => readdirSync(dir).filter((name) => name.includes('backup'))
const all = Array.from({ length: ROWS }, (_, i) => i + 1)

/** Everything the fixture holds, as the store tells it. `reservedUsd`: format 1 did not note it. */
function tells(store: Store, reservedUsd: number | null = null): void {
  const traces = store.readAll(Uint32Array.from(all))
  for (const n of all) {
    const { request, requestText, raw, model, inputTokens, outputTokens, usd, cell, sample, step, run } = golden(n)
    const trace = store.get(keyOf(n))
    expect(trace).toMatchObject({ id: n, model, inputTokens, outputTokens, usd })
    expect([Buffer.compare(trace?.raw ?? Buffer.of(), raw), traces[n - 1]?.key]).toEqual([0, keyOf(n)])
    if (n % 7 !== 0) expect(store.lastRequest(cell, sample, step)).toEqual({ request, text: requestText, run })
  }
  expect(store.draws(requestOf(700)).map(({ ordinal, cell, sample }) => [ordinal, cell, sample])).toEqual([
    [7, 'plain cell 1', 7],
    [14, 'plain cell 0', 0],
    [21, 'plain cell 1', 21],
    [28, 'plain cell 0', 0],
    [35, 'plain cell 1', 35],
  ])
  expect(store.displaced().map(({ ordinal }) => ordinal)).toEqual([14, 28])
  expect([store.epoch(requestOf(1), 0), store.epoch(requestOf(2), 3), store.epoch(requestOf(3), 0)]).toEqual([2, 1, 0])
  expect(store.orphans()).toEqual(
    [101, 102].map((n) => ({ key: keyOf(n), run: 'run-2', reservedUsd })).sort((a, b) => (a.key < b.key ? -1 : 1)),
  )
  const values = all.map(golden)
  expect(store.totals()).toMatchObject({ responses: ROWS, usd: 27 * 0.25, unpriced: 13 })
  const user = values.filter(({ step }) => step === 'user')
  expect(store.typicalTokens('user')?.input).toBeCloseTo(user.reduce((sum, { inputTokens }) => sum + inputTokens, 0) / user.length)
  expect([store.damaged, store.rescued]).toEqual([[], 0])
}

it('gives every answer of format 1 again, and keeps a copy of the old file', async () => {
  const dir = oldStore()
  const store = openStore(dir)
  tells(store)
  expect(store.identity).toMatch(/^[0-9a-f]{16}$/)
  expect((await store.put(response(99))).id).toBe(ROWS + 1)
  await store.close()
  expect(versionOf(join(dir, 'store.db'))).toBe(FORMAT)
  const [backup] = backups(dir)
  expect(backup).toMatch(/^store\.db\.v1-backup-\d{4}-\d\d-\d\d$/)
  const copy = join(dir, backup as string)
  expect([versionOf(copy), statSync(copy).mode & 0o777]).toEqual([1, 0o600])
  const raw = new DatabaseSync(join(dir, 'store.db'))
  expect(raw.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  expect(raw.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'old%'").get()).toEqual({ n: 0 })
  raw.close()
  const again = openStore(dir)
  expect(again.get(keyOf(99))?.inputTokens).toBe(109)
  await again.close()
  expect(backups(dir)).toHaveLength(1)
})

it('gives every answer and every claim of format 2 again, keeps a copy, and knows batch jobs from then on', async () => {
  const dir = oldStore(SECOND)
  const reading = openStoreIfExists(dir)
  tells(reading, 0.5)
  expect(reading.jobs.all()).toEqual([])
  await reading.close()
  expect(readFileSync(join(dir, 'store.db')).equals(readFileSync(SECOND))).toBe(true)
  const store = openStore(dir)
  tells(store, 0.5)
  const job = await store.jobs.begin({ place: { provider: 'openai', model: 'm', timeoutMs: 1 }, price: null, run: 'run-9' })
  expect(store.jobs.all().map(({ id, state }) => [id, state])).toEqual([[job, 'gathering']])
  await store.close()
  const [backup] = backups(dir)
  expect([versionOf(join(dir, 'store.db')), versionOf(join(dir, backup as string)), backup]).toEqual([
    FORMAT,
    2,
    expect.stringMatching(/^store\.db\.v2-backup-/),
  ])
})

it('reads format 1 without changing anything', async () => {
  const dir = oldStore()
  const store = openStoreIfExists(dir)
  tells(store)
  await expect(store.put(response(99))).rejects.toMatchObject({ kind: 'readonly' })
  await store.close()
  expect([readdirSync(dir), readFileSync(join(dir, 'store.db')).equals(readFileSync(FIXTURE))]).toEqual([['store.db'], true])
})

it('takes over what only the log of format 1 held', async () => {
  const dir = oldStore()
  const path = join(dir, 'store.db')
  // A process of format 1 that was killed: its last write is in the log alone.
  const code = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(path)}); db.exec('PRAGMA journal_mode = WAL; UPDATE epoch SET epoch = 7 WHERE ordinal = 3'); process.kill(process.pid, 'SIGKILL')`
  spawnSync(process.execPath, ['--no-warnings', '-e', code])
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
  const store = openStore(dir)
  expect(store.epoch(requestOf(2), 3)).toBe(7)
  await store.close()
  const copy = new DatabaseSync(join(dir, backups(dir)[0] as string))
  expect(copy.prepare('SELECT epoch FROM epoch WHERE ordinal = 3').get()).toEqual({ epoch: 7 })
  copy.close()
})

it('sets an answer aside that was damaged before, and takes all others', async () => {
  const dir = oldStore()
  const path = join(dir, 'store.db')
  const bytes = readFileSync(path)
  // SQLite leaves old copies behind within a page, so all are spoilt.
  for (let at = bytes.indexOf('{"answer":11}'); at >= 0; at = bytes.indexOf('{"answer":11}')) bytes[at + 3] = 0x41
  writeFileSync(path, bytes)
  const store = openStore(dir)
  expect(all.filter((n) => store.get(keyOf(n)) === undefined)).toEqual([11])
  expect(store.totals().responses).toBe(ROWS - 1)
  expect((await store.put(response(11))).id).toBe(ROWS + 1)
  await store.close()
  const raw = new DatabaseSync(path)
  expect(raw.prepare('SELECT id, hex(key) AS key FROM damaged').all()).toEqual([{ id: 11, key: keyOf(11).toUpperCase() }])
  raw.close()
})

it('is refused while another build is at work on format 1', async () => {
  const dir = oldStore()
  const code = `import { ownFolderNow } from ${JSON.stringify(join(import.meta.dirname, '../../../src/store/lock.ts'))}
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/store/sqlite.ts'))}
    try { openStore(${JSON.stringify(dir)}, { busyMs: 50 }); console.log('opened') } catch (error) { console.log(error.kind) }`
  const elsewhere = () =>
    spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], { encoding: 'utf8' }).stdout.trim()
  const lock = ownFolderNow(dir, systemClock)
  expect(elsewhere()).toBe('busy')
  expect([versionOf(join(dir, 'store.db')), backups(dir)]).toEqual([1, []])
  // The very process that owns the folder may go on.
  await openStore(dir).close()
  if ('release' in lock) lock.release()
  expect([versionOf(join(dir, 'store.db')), elsewhere()]).toEqual([FORMAT, 'opened'])
})

it('is migrated once by four builds that start together and share the folder', async () => {
  const dir = oldStore()
  const code = `import { shareFolder } from ${JSON.stringify(join(import.meta.dirname, '../../../src/store/lock.ts'))}
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/store/sqlite.ts'))}
    import { systemClock } from ${JSON.stringify(join(import.meta.dirname, '../../../src/util/clock.ts'))}
    const share = await shareFolder(${JSON.stringify(dir)}, systemClock, 10_000)
    const store = openStore(${JSON.stringify(dir)})
    process.stdout.write(String(store.totals().responses))
    await store.close()
    share.release()`
  const told = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
      return said
    }),
  )
  expect(told).toEqual(Array(4).fill(String(ROWS)))
  expect(backups(dir)).toHaveLength(1)
  const store = openStore(dir)
  tells(store)
  await store.close()
})

it.each([
  ['before the transaction', "onCrashPoint((point) => point === 'before-migrate' && process.kill(process.pid, 'SIGKILL'))"],
  ['while the copy is made', "process.kill(process.pid, 'SIGKILL')"],
])('a kill %s leaves a store that is migrated the next time', async (when, kill) => {
  const dir = oldStore()
  const code = `import { onCrashPoint } from ${JSON.stringify(join(import.meta.dirname, '../../../src/util/crash-point.ts'))}
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/store/sqlite.ts'))}
    ${when.startsWith('while') ? `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(join(dir, 'store.db.copying'))}, 'half a copy')` : ''}
    ${kill}
    openStore(${JSON.stringify(dir)})`
  const { signal } = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', code])
  expect(signal).toBe('SIGKILL')
  expect(versionOf(join(dir, 'store.db'))).toBe(1)
  const store = openStore(dir)
  tells(store)
  await store.close()
  expect([versionOf(join(dir, 'store.db')), backups(dir).length, existsSync(join(dir, 'store.db.copying'))]).toEqual([FORMAT, 1, false])
})
