/** What only the store on disk promises: who may open it, who may read it, and what a group of writes is. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { FORMAT } from '../../../src/store/format.ts'
import { openStore, openStoreIfExists } from '../../../src/store/sqlite.ts'
import type { Digest } from '../../../src/util/brand.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { keyOf, requestOf, response, tempFolder } from './responses.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

async function withOne(dir = tempFolder()): Promise<string> {
  const store = openStore(dir)
  await store.put(response(1))
  await store.close()
  return dir
}

describe('opening', () => {
  it('makes a folder and files that only their owner may read, and keeps them out of git', async () => {
    const dir = join(tempFolder(), 'project', '.datagen')
    const store = openStore(dir)
    await store.put(response(1))
    expect(readdirSync(dir).sort()).toEqual(['.gitignore', 'owners', 'store.db', 'store.db-shm', 'store.db-wal'])
    expect(readdirSync(join(dir, 'owners')).sort()).toEqual(['1.lock', `${store.identity}-1.rescue`].sort())
    const files = ['.gitignore', 'store.db', 'store.db-shm', 'store.db-wal', 'owners/1.lock', `owners/${store.identity}-1.rescue`]
    expect(files.map((name) => modeOf(join(dir, name)))).toEqual(files.map(() => 0o600))
    expect([modeOf(dir), modeOf(join(dir, 'owners'))]).toEqual([0o700, 0o700])
    await store.close()
    expect([readdirSync(dir).sort(), readdirSync(join(dir, 'owners'))]).toEqual([['.gitignore', 'owners', 'store.db'], []])
  })

  it('takes away rights that others had', async () => {
    const dir = await withOne()
    execFileSync('chmod', ['-R', 'a+rwX', dir])
    await openStore(dir).close()
    expect([modeOf(dir), modeOf(join(dir, 'store.db'))]).toEqual([0o700, 0o600])
  })

  it('writes durably: WAL and a full fsync', async () => {
    const dir = await withOne()
    const raw = new DatabaseSync(join(dir, 'store.db'))
    expect(raw.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(raw.prepare('PRAGMA user_version').get()).toEqual({ user_version: FORMAT })
    expect(raw.prepare('PRAGMA application_id').get()).toEqual({ application_id: 0x6474676e })
    raw.close()
  })

  it('keeps quiet about node:sqlite, and about nothing else', () => {
    const store = JSON.stringify(join(import.meta.dirname, '../../../src/store/sqlite.ts'))
    const code = `import { openStore } from ${store}
      await openStore(${JSON.stringify(tempFolder())}).close()
      process.emitWarning('still heard', 'ExperimentalWarning')`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    // Node 22 also warns that it reads TypeScript here, which the installed package is not.
    const warnings = stderr.split('\n').filter((line) => line.includes('Warning:') && !line.includes('Type Stripping'))
    expect(warnings.map((line) => line.replace(/^\(node:\d+\) /, ''))).toEqual(['ExperimentalWarning: still heard'])
  })

  it.each([
    [
      'a newer format',
      'newer',
      'the store was written by a newer datagen',
      (path: string) => execSql(path, `PRAGMA user_version = ${FORMAT + 1}`),
    ],
    [
      'the database of another program',
      'foreign',
      'the store file was not made by datagen',
      (path: string) => execSql(path, 'PRAGMA application_id = 7'),
    ],
    [
      'something that is no database',
      'damaged',
      'the store file is damaged',
      (path: string) => writeFileSync(path, 'not a database, but long enough to be taken for one'.repeat(9)),
    ],
    ['half a header', 'damaged', 'the store file is damaged', (path: string) => truncateSync(path, 50)],
    ['a damaged header', 'damaged', 'the store file is damaged', (path: string) => flip(path, 3)],
  ])('refuses %s and leaves it untouched', async (_, kind, headline, spoil) => {
    const dir = await withOne()
    const path = join(dir, 'store.db')
    spoil(path)
    const before = [readFileSync(path), statSync(path).mtimeMs, readdirSync(dir)]
    for (const open of [openStore, openStoreIfExists]) {
      const refused = expect.objectContaining({ kind, exitCode: 6, message: headline })
      expect(() => open(dir)).toThrow(refused)
    }
    expect([readFileSync(path), statSync(path).mtimeMs, readdirSync(dir)]).toEqual(before)
  })

  it('does not let SQLite drop the log of an emptied file', async () => {
    const dir = await withOne()
    truncateSync(join(dir, 'store.db'), 0)
    writeFileSync(join(dir, 'store.db-wal'), 'responses')
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ kind: 'damaged' }))
    expect(readFileSync(join(dir, 'store.db-wal'), 'utf8')).toBe('responses')
  })

  it('makes the store anew over an empty file, as a killed start leaves it', async () => {
    const dir = tempFolder()
    writeFileSync(join(dir, 'store.db'), '')
    await withOne(dir)
    const store = openStore(dir)
    expect(store.totals().responses).toBe(1)
    await store.close()
  })
})

describe('reading only', () => {
  it('finds an empty store where a build was killed while it made the file', async () => {
    const dir = tempFolder()
    writeFileSync(join(dir, 'store.db'), '')
    expect(openStoreIfExists(dir).totals().responses).toBe(0)
    // Half of the first transaction is in the file, and the journal that undoes it lies beside it.
    const half = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(join(dir, 'store.db'))}); db.exec("PRAGMA cache_size = 1; BEGIN EXCLUSIVE; CREATE TABLE a (b)"); for (let i = 0; i < 500; i++) db.exec("INSERT INTO a VALUES (randomblob(4000))"); process.kill(process.pid, 'SIGKILL')`
    spawnSync(process.execPath, ['--no-warnings', '-e', half])
    expect([statSync(join(dir, 'store.db')).size > 0, existsSync(join(dir, 'store.db-journal'))]).toEqual([true, true])
    expect(openStoreIfExists(dir).totals().responses).toBe(0)
    const store = openStore(dir)
    await store.put(response(1))
    expect(store.totals().responses).toBe(1)
    await store.close()
  })

  it('creates nothing where there is no store', async () => {
    const dir = join(tempFolder(), '.datagen')
    const store = openStoreIfExists(dir)
    expect([store.get(keyOf(1)), store.totals().responses, store.epoch('ab'.repeat(32) as Digest, 0)]).toEqual([undefined, 0, 0])
    await expect(store.put(response(1))).rejects.toMatchObject({ kind: 'readonly' })
    await store.close()
    expect(existsSync(dir)).toBe(false)
  })

  it('changes nothing where there is one', async () => {
    const dir = await withOne()
    const before = [readFileSync(join(dir, 'store.db')), statSync(join(dir, 'store.db')).mtimeMs]
    const store = openStoreIfExists(dir)
    expect(store.get(keyOf(1))?.inputTokens).toBe(11)
    await expect(store.claim({ key: keyOf(2), request: requestOf(2), requestText: '', run: 'r', reservedUsd: 1 })).rejects.toMatchObject({
      kind: 'readonly',
      exitCode: 6,
    })
    await store.close()
    expect([readFileSync(join(dir, 'store.db')), statSync(join(dir, 'store.db')).mtimeMs]).toEqual(before)
    expect(readdirSync(dir).sort()).toEqual(['.gitignore', 'owners', 'store.db'])
  })

  it('sees what a build under way has committed', async () => {
    const dir = tempFolder()
    const [writer, reader] = [openStore(dir), openStoreIfExists(dir)]
    await writer.put(response(1))
    expect(reader.get(keyOf(1))?.model).toBe('model-é-1')
    await reader.close()
    await writer.put(response(2))
    await writer.close()
  })
})

describe('a group of writes', () => {
  it('is not visible before it is durable', async () => {
    const store = openStore(tempFolder())
    const put = store.put(response(1))
    expect(store.get(keyOf(1))).toBe(undefined)
    await put
    expect(store.get(keyOf(1))?.inputTokens).toBe(11)
    await store.close()
  })

  it('is committed at once when it is full, and at the latest by close', async () => {
    const never = { ...systemClock, sleep: () => new Promise<void>(() => {}) }
    const store = openStore(tempFolder(), { groupSize: 3, clock: never })
    const puts = [1, 2, 3, 4].map((n) => store.put(response(n)))
    expect([1, 2, 3, 4].map((n) => store.get(keyOf(n)) !== undefined)).toEqual([true, true, true, false])
    await Promise.all([...puts, store.close()])
  })

  it('does not lose its other members to one bad value', async () => {
    const store = openStore(tempFolder())
    const results = await Promise.allSettled([store.put(response(1)), store.put(response(2, { inputTokens: 1.5 })), store.put(response(3))])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect([1, 2, 3].map((n) => store.get(keyOf(n)) !== undefined)).toEqual([true, false, true])
    expect(store.totals()).toMatchObject({ responses: 2, usd: 0.5 })
    await store.close()
  })

  it('fails whole when another program holds the database, and stays readable', async () => {
    const dir = await withOne()
    const store = openStore(dir, { busyMs: 20 })
    const other = new DatabaseSync(join(dir, 'store.db'))
    other.exec('BEGIN IMMEDIATE')
    const results = await Promise.allSettled([store.put(response(2)), store.put(response(3))])
    expect(results.map((result) => result.status === 'rejected' && result.reason.kind)).toEqual(['busy', 'busy'])
    expect(store.get(keyOf(1))?.inputTokens).toBe(11)
    other.exec('ROLLBACK')
    other.close()
    await store.put(response(2))
    expect([2, 3].map((n) => store.get(keyOf(n)) !== undefined)).toEqual([true, false])
    await store.close()
  })

  it('stores one request once, however many responses it has', async () => {
    const dir = tempFolder()
    const store = openStore(dir)
    const shared = { request: requestOf(1), requestText: 'x'.repeat(10_000) }
    await Promise.all([1, 2, 3].map((n) => store.put(response(n, { ...shared, ordinal: n, sample: n }))))
    await store.put(response(4, { ...shared, ordinal: 4, sample: 4 }))
    await store.close()
    const raw = new DatabaseSync(join(dir, 'store.db'))
    const [row] = raw.prepare('SELECT count(*) AS requests, max(length(record)) < 200 AS compressed FROM request').all()
    raw.close()
    expect(row).toEqual({ requests: 1, compressed: 1 })
  })
})

function execSql(path: string, sql: string): void {
  const raw = new DatabaseSync(path)
  raw.exec(`PRAGMA journal_mode = DELETE; ${sql}`)
  raw.close()
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] as number) ^ 1
  writeFileSync(path, bytes)
}
