/** Claims between processes: who is dead, who only seems to be, and what becomes of an answer that comes too late. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { LEASE_MS } from '../../../src/store/owners.ts'
import { openStore, type SqliteStore, type StoreOptions } from '../../../src/store/sqlite.ts'
import { FrozenClock } from '../../rig/frozen-clock.ts'
import { keyOf, requestOf, response, tempFolder } from './responses.ts'

const claim = (n: number, run = 'run-1') => ({ key: keyOf(n), request: requestOf(n), requestText: `request ${n}`, run, reservedUsd: 0.5 })

function open(dir: string, options: StoreOptions = {}): SqliteStore {
  const store = openStore(dir, { tempDir: dir, groupSize: 1, ...options })
  onTestFinished(() => store.close())
  return store
}

/** A process that claims some calls and then makes them for ever. */
async function claimant(dir: string, ...ns: number[]): Promise<ChildProcess> {
  const code = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/store/sqlite.ts'))}
    const store = openStore(${JSON.stringify(dir)})
    const claims = ${JSON.stringify(ns.map((n) => claim(n, 'run-of-child')))}
    const told = await Promise.all(claims.map((each) => store.claim(each)))
    process.stdout.write(told.join())
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [told] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  expect(String(told)).toBe(ns.map(() => 'ours').join())
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const sql = <Row>(dir: string, text: string) => {
  const raw = new DatabaseSync(join(dir, 'store.db'))
  try {
    return raw.prepare(text).all() as unknown as Row[]
  } finally {
    raw.close()
  }
}

function exec(dir: string, text: string): void {
  const raw = new DatabaseSync(join(dir, 'store.db'))
  raw.exec(text)
  raw.close()
}

it('takes the calls of a killed build over at once, one after the other, and the rest are its orphans', async () => {
  const dir = tempFolder()
  const store = open(dir)
  const child = await claimant(dir, 1, 2, 3)
  expect([await store.claim(claim(1)), store.orphans()]).toEqual(['held', []])
  await kill(child)
  expect(store.orphans()).toHaveLength(3)
  expect(await store.claim(claim(1))).toBe('ours')
  expect(store.orphans().map(({ run, reservedUsd }) => [run, reservedUsd])).toEqual(Array(2).fill(['run-of-child', 0.5]))
  expect(await Promise.all([store.claim(claim(2)), store.claim(claim(3))])).toEqual(['ours', 'ours'])
  expect(store.orphans()).toEqual([])
})

it('takes the files of dead builds away when it claims for the first time', async () => {
  const dir = tempFolder()
  const locks = () => readdirSync(join(dir, 'owners')).filter((name) => name.endsWith('.lock'))
  await kill(await claimant(dir, 1))
  await kill(await claimant(dir, 2))
  const living = await claimant(dir, 3)
  expect(locks()).toEqual(['3.lock'])
  const store = open(dir)
  await store.claim(claim(4))
  expect(locks()).toEqual(['3.lock', '4.lock'])
  expect(sql(dir, 'SELECT token, pid FROM owner')).toMatchObject([
    { token: 3, pid: living.pid },
    { token: 4, pid: process.pid },
  ])
  await store.close()
  expect(locks()).toEqual(['3.lock'])
  expect(sql<{ token: number }>(dir, 'SELECT token FROM owner').map(({ token }) => token)).toEqual([3])
})

it('waits a whole lease for a build that is silent, and no longer', async () => {
  const dir = tempFolder()
  const clock = new FrozenClock()
  // Its clock stands still, as that of a stopped process does: it does not beat, and its lock is held.
  const [silent, store] = [open(dir, { clock: new FrozenClock() }), open(dir, { clock })]
  await silent.claim(claim(1))
  const told = () => store.claim(claim(1, 'run-2'))
  expect(await told()).toBe('held')
  await clock.advanceTo(LEASE_MS - 1)
  expect([await told(), store.orphans()]).toEqual(['held', []])
  await clock.advanceTo(LEASE_MS)
  expect(store.orphans()).toHaveLength(1)
  expect(await told()).toBe('ours')
})

it('leaves a build its calls for as long as it beats', async () => {
  const dir = tempFolder()
  const clock = new FrozenClock()
  const [living, store] = [open(dir, { clock }), open(dir, { clock })]
  await living.claim(claim(1))
  for (let ms = 0; ms <= 5 * LEASE_MS; ms += LEASE_MS / 3) {
    await clock.advanceTo(ms)
    expect(await store.claim(claim(1, 'run-2'))).toBe('held')
  }
  // 5 leases at four beats each; the last one may be due.
  expect(sql<{ beat: number }>(dir, 'SELECT beat FROM owner')[0]?.beat).toBeGreaterThanOrEqual(19)
})

it('does not beat while it makes no call', async () => {
  const dir = tempFolder()
  const clock = new FrozenClock()
  const store = open(dir, { clock })
  await store.claim(claim(1))
  await store.put(response(1))
  await clock.advanceTo(10 * LEASE_MS)
  expect(sql(dir, 'SELECT beat FROM owner')).toEqual([{ beat: 0 }])
})

/** A build that was stopped for longer than its lease while it made call 1, and one that has taken that call over since. */
async function fenced(dir: string): Promise<{ stopped: SqliteStore; store: SqliteStore }> {
  const stopped = open(dir)
  await stopped.claim(claim(1))
  // What another build does that found it silent for too long.
  const clock = new FrozenClock()
  const store = open(dir, { clock })
  for (const ms of [0, LEASE_MS]) {
    await clock.advanceTo(ms)
    await store.claim(claim(1, 'run-2'))
  }
  expect(await stopped.claim(claim(1))).toBe('held')
  return { stopped, store }
}

it('keeps the late answer of a build that was taken for dead as the first, when there is no other', async () => {
  const dir = tempFolder()
  const { stopped, store } = await fenced(dir)
  const { id: late } = await stopped.put(response(1, { raw: Buffer.from('late'), usd: 1 }))
  const { id: second } = await store.put(response(1, { run: 'run-2', usd: 2 }))
  expect([second, Buffer.from(store.get(keyOf(1))?.raw ?? []).toString(), store.totals().usd]).toEqual([late, 'late', 3])
})

it('sets the late answer of a build that was taken for dead beside the one that is there', async () => {
  const dir = tempFolder()
  const { stopped, store } = await fenced(dir)
  const { id } = await store.put(response(1, { run: 'run-2', usd: 2 }))
  const late = response(1, { raw: Buffer.from('late'), usd: 1 })
  expect([await stopped.put(late), await stopped.put(late)]).toEqual(Array(2).fill({ id, first: false }))
  expect([Buffer.from(store.get(keyOf(1))?.raw ?? []).toString(), store.totals()]).toEqual([
    '{"answer":1}',
    { responses: 1, bytes: 12, usd: 3, unpriced: 0 },
  ])
  expect(sql(dir, 'SELECT count(*) AS n FROM spare')).toEqual([{ n: 1 }])
})

it('neither settles nor gives back what another one has taken over', async () => {
  const dir = tempFolder()
  const { stopped, store } = await fenced(dir)
  const claims = () => sql<{ owner: number }>(dir, 'SELECT owner FROM claim').map(({ owner }) => owner)
  expect(claims()).toEqual([2])
  await stopped.settle(keyOf(1))
  expect(claims()).toEqual([2])
  await stopped.claim(claim(2))
  await stopped.close()
  expect(claims().sort()).toEqual([2, 3])
  expect([await open(dir).claim(claim(1, 'run-3')), await store.claim(claim(1, 'run-2'))]).toEqual(['held', 'ours'])
})

it('goes on under a new token, which is never an old one', async () => {
  const dir = tempFolder()
  const { stopped } = await fenced(dir)
  await stopped.claim(claim(2))
  await stopped.close()
  const store = open(dir)
  await store.claim(claim(3))
  const owners = sql<{ owner: number }>(dir, 'SELECT owner FROM claim ORDER BY owner').map(({ owner }) => owner)
  expect(owners).toEqual([2, 3, 4])
})

it.each([
  ['of another host', (dir: string) => exec(dir, "UPDATE owner SET host = 'another-host'")],
  ['whose lock is gone', (dir: string) => rmSync(join(dir, 'owners'), { recursive: true })],
])('goes by the beats alone of an owner %s', async (_, hide) => {
  const dir = tempFolder()
  const clock = new FrozenClock()
  await kill(await claimant(dir, 1))
  hide(dir)
  const store = open(dir, { clock })
  const told = async (ms: number) => {
    await clock.advanceTo(ms)
    return store.claim(claim(1))
  }
  expect([await told(0), await told(LEASE_MS - 1), await told(LEASE_MS)]).toEqual(['held', 'held', 'ours'])
})

it('measures silence on its own clock, whatever the dates say', async () => {
  const dir = tempFolder()
  class Leaping extends FrozenClock {
    override date = () => new Date(1e12 * (1 + (this.now() % 3)))
  }
  const [silentClock, clock] = [new Leaping(), new Leaping()]
  await silentClock.advanceTo(1e9)
  const [silent, store] = [open(dir, { clock: silentClock }), open(dir, { clock })]
  expect(await silent.claim(claim(1))).toBe('ours')
  const told = async (ms: number) => {
    await clock.advanceTo(ms)
    return store.claim(claim(1))
  }
  expect([await told(5), await told(LEASE_MS + 4), await told(LEASE_MS + 5)]).toEqual(['held', 'held', 'ours'])
})
