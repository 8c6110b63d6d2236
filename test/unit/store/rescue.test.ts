/** Answers that were paid for and that the store could not take: kept beside it, and taken in by the next build. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { RESCUE_BYTES, readRescue, rescueFiles, Spool } from '../../../src/store/rescue.ts'
import { openStore, type SqliteStore } from '../../../src/store/sqlite.ts'
import type { NewResponse } from '../../../src/store/store.ts'
import { keyOf, requestOf, response, tempFolder } from './responses.ts'

interface Folders {
  readonly dir: string
  readonly temp: string
}

function folders(): Folders {
  const [dir, temp] = [join(tempFolder(), '.datagen'), tempFolder()]
  mkdirSync(join(dir, 'owners'), { recursive: true, mode: 0o700 })
  return { dir, temp }
}

function open({ dir, temp }: Folders): SqliteStore {
  const store = openStore(dir, { tempDir: temp, busyMs: 20, groupMs: 0 })
  onTestFinished(() => store.close())
  return store
}

/** Whatever `action` puts cannot be stored. */
async function whileStuck(dir: string, action: () => Promise<void>): Promise<void> {
  const other = new DatabaseSync(join(dir, 'store.db'))
  other.exec('BEGIN IMMEDIATE')
  try {
    await action()
  } finally {
    other.exec('ROLLBACK')
    other.close()
  }
}

const lost = (n: number, changes: Partial<NewResponse> = {}) =>
  response(n, { model: 'm\0\ud800', requestText: `request ${n} ✓`, ...changes })
const raws = (responses: readonly NewResponse[]) => responses.map(({ raw }) => Buffer.from(raw).toString())

/** A store one of whose answers went to the rescue file. */
async function withRescued(at: Folders): Promise<SqliteStore> {
  const store = open(at)
  await store.put(response(1))
  await store.claim({ key: keyOf(2), request: requestOf(2), requestText: '', run: 'run-1', reservedUsd: 1 })
  await whileStuck(at.dir, async () => {
    const results = await Promise.allSettled([store.put(lost(2)), store.put(lost(3)), store.settle(keyOf(9))])
    const told = results.map((result) => result.status === 'rejected' && [result.reason.kind, result.reason.rescued])
    expect(told).toEqual([
      ['busy', true],
      ['busy', true],
      ['busy', false],
    ])
  })
  return store
}

it('takes answers in that an earlier build could not store, once', async () => {
  const at = folders()
  const store = await withRescued(at)
  expect(store.get(keyOf(2))).toBe(undefined)
  await store.close()
  const next = open(at)
  expect([next.rescued, next.orphans(), next.totals().responses, next.damaged]).toEqual([2, [], 3, []])
  expect(next.get(keyOf(2))).toMatchObject({ model: 'm\ufffd\ufffd', inputTokens: 12, usd: 0.25 })
  const { cell } = lost(2)
  expect(next.lastRequest(cell, 0, 'user')).toEqual({ request: requestOf(2), text: 'request 2 ✓', run: 'run-1' })
  await next.close()
  expect(readdirSync(join(at.dir, 'owners'))).toEqual([])
  expect(open(at).rescued).toBe(0)
})

it('changes nothing when it is killed between taking in and emptying, and does it again', async () => {
  const at = folders()
  await (await withRescued(at)).close()
  const [name] = readdirSync(join(at.dir, 'owners'))
  const kept = readFileSync(join(at.dir, 'owners', name as string))
  const first = open(at)
  const totals = first.totals()
  await first.close()
  writeFileSync(join(at.dir, 'owners', name as string), kept)
  const again = open(at)
  expect([again.rescued, again.totals()]).toEqual([0, totals])
  await again.close()
  expect(readdirSync(join(at.dir, 'owners'))).toEqual([])
})

it('keeps the file of a killed fold', async () => {
  const at = folders()
  await (await withRescued(at)).close()
  const code = `import { onCrashPoint } from ${JSON.stringify(join(import.meta.dirname, '../../../src/util/crash-point.ts'))}
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/store/sqlite.ts'))}
    onCrashPoint((point) => point === 'before-fold' && process.kill(process.pid, 'SIGKILL'))
    openStore(${JSON.stringify(at.dir)})`
  expect(spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', code]).signal).toBe('SIGKILL')
  expect(open(at).rescued).toBe(2)
})

it('leaves the file of a living build to it, and takes in what is there already', async () => {
  const at = folders()
  const living = await withRescued(at)
  const files = () => readdirSync(join(at.dir, 'owners')).filter((name) => name.endsWith('.rescue'))
  const other = open(at)
  expect([other.rescued, files().includes(`${living.identity}-1.rescue`)]).toEqual([2, true])
  await whileStuck(at.dir, () => expect(living.put(lost(4))).rejects.toMatchObject({ rescued: true }))
  await Promise.all([living.close(), other.close()])
  const next = open(at)
  expect([next.rescued, next.totals().responses]).toEqual([1, 4])
})

it('answers a claim from what a dead build could not store', async () => {
  const at = folders()
  const other = open(at)
  await other.claim({ key: keyOf(8), request: requestOf(8), requestText: '', run: 'run-2', reservedUsd: 1 })
  await (await withRescued(at)).close()
  const claim = { key: keyOf(2), request: requestOf(2), requestText: '', run: 'run-2', reservedUsd: 1 }
  expect([await other.claim(claim), other.get(keyOf(2))?.inputTokens]).toEqual(['answered', 12])
})

it('has its room before the first call, and gives it back', async () => {
  const at = folders()
  const store = open(at)
  await store.claim({ key: keyOf(2), request: requestOf(2), requestText: '', run: 'run-1', reservedUsd: 1 })
  const path = join(at.dir, 'owners', `${store.identity}-1.rescue`)
  const { size, blocks } = statSync(path)
  expect([size, blocks * 512 >= RESCUE_BYTES]).toEqual([RESCUE_BYTES, true])
  await store.close()
  expect(existsSync(path)).toBe(false)
})

it('goes elsewhere with what its room cannot hold', () => {
  const at = folders()
  const spool = new Spool(at.dir, at.temp, 7, 'abcd')
  const big = [1, 2, 3, 4].map((n) => response(n, { raw: Buffer.alloc(400_000, `${n}`) }))
  expect(spool.append(big.slice(0, 2)).size).toBe(2)
  expect(spool.append(big.slice(2)).size).toBe(2)
  spool.append([response(5)])
  spool.close()
  const files = rescueFiles(at.dir, at.temp)
  expect(files.map(({ path, token, store }) => [path.startsWith(at.temp), token, store])).toEqual([
    [false, 7, 'abcd'],
    [true, 7, 'abcd'],
  ])
  const found = files.map(({ path }) => readRescue(path))
  expect(found.map(({ responses, torn }) => [responses.map(({ key }) => key), torn])).toEqual([
    [[keyOf(1), keyOf(2), keyOf(5)], 0],
    [[keyOf(3), keyOf(4)], 0],
  ])
  expect(statSync(files[1]?.path as string).mode & 0o777).toBe(0o600)
  const elsewhere = readdirSync(at.temp)
  expect(elsewhere.map((name) => statSync(join(at.temp, name)).mode & 0o777)).toEqual([0o700])
})

it.each([
  [
    'a symbolic link',
    (folder: string) => {
      rmdirSync(folder)
      symlinkSync(tempFolder(), folder)
    },
  ],
  ['a folder others may write to', (folder: string) => chmodSync(folder, 0o777)],
  [
    'a file',
    (folder: string) => {
      rmdirSync(folder)
      writeFileSync(folder, '')
    },
  ],
])('does not trust %s where its folder should be', (_, plant) => {
  const at = folders()
  const big = response(1, { raw: Buffer.alloc(RESCUE_BYTES) })
  const first = new Spool(at.dir, at.temp, 1, 'abcd')
  expect(first.append([big]).size).toBe(1)
  const [name] = readdirSync(at.temp)
  const folder = join(at.temp, name as string)
  for (const { path } of rescueFiles(at.dir, at.temp)) if (path.startsWith(at.temp)) spawnSync('rm', [path])
  plant(folder)
  const spool = new Spool(at.dir, at.temp, 2, 'abcd')
  expect([spool.append([big]).size, spool.append([response(2)]).size]).toEqual([0, 1])
})

it('believes no answer that is torn, and reads on behind it', () => {
  const at = folders()
  const spool = new Spool(at.dir, at.temp, 1, 'abcd')
  for (let n = 1; n <= 4; n++) spool.append([response(n, { raw: Buffer.from(`answer ${n}`) })])
  spool.close()
  const path = rescueFiles(at.dir, at.temp)[0]?.path as string
  const whole = readFileSync(path)
  const end = whole.indexOf('answer 4') + 8
  const bytes = whole.subarray(0, end + 64)
  const spoil = (at: number) => {
    const spoilt = Buffer.from(bytes)
    spoilt[at] = (spoilt[at] as number) ^ 0x40
    writeFileSync(path, spoilt)
    return readRescue(path)
  }
  for (let i = 0; i < end; i++) {
    const { responses, torn } = spoil(i)
    expect([responses.length, torn], `byte ${i}`).toEqual([3, 1])
  }
  // The last one only half written, as by a power cut.
  const torn = Buffer.from(bytes)
  torn.fill(0x61, end - 3, end + 4)
  writeFileSync(path, torn)
  expect(raws(readRescue(path).responses)).toEqual(['answer 1', 'answer 2', 'answer 3'])
  writeFileSync(path, bytes.subarray(0, end - 1))
  expect([raws(readRescue(path).responses), readRescue(path).torn]).toEqual([['answer 1', 'answer 2', 'answer 3'], 1])
})

it('is free for the next build even where the store could not note that its owner left', async () => {
  const at = folders()
  const store = await withRescued(at)
  await whileStuck(at.dir, () => store.close())
  const next = open(at)
  expect([
    next.rescued,
    next.orphans(),
    readdirSync(join(at.dir, 'owners')).filter((name) => name.startsWith(`${store.identity}-1`)),
  ]).toEqual([2, [], []])
})

it('reports what it had to drop', async () => {
  const at = folders()
  await (await withRescued(at)).close()
  const path = join(at.dir, 'owners', readdirSync(join(at.dir, 'owners'))[0] as string)
  const bytes = readFileSync(path)
  const at2 = bytes.indexOf('{"answer":2}')
  bytes[at2 + 2] = 0x41
  writeFileSync(path, bytes)
  const store = open(at)
  expect([store.rescued, store.damaged]).toEqual([1, [{ key: '', why: 'an answer in a rescue file was torn' }]])
})
