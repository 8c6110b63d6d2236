/** Bit rot: a wrong byte may cost money, never a wrong row. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { keyOf as drawKey } from '../../../src/key/key.ts'
import { StoreFailure } from '../../../src/store/failure.ts'
import { PAGE_BYTES } from '../../../src/store/format.ts'
import { openStore, openStoreIfExists } from '../../../src/store/sqlite.ts'
import type { Store } from '../../../src/store/store.ts'
import { seeded } from '../../rig/random.ts'
import { keyOf, requestOf, response, tempFolder } from './responses.ts'

const ROWS = 12
const rawOf = (n: number) => (n % 3 === 0 ? `${n} `.repeat(3000) : `{"answer":${n},"text":"${'abc'.repeat(n * 10)}"}`)

async function filled(dir: string): Promise<Buffer> {
  const store = openStore(dir)
  for (let n = 1; n <= ROWS; n++) await store.put(response(n, { raw: Buffer.from(rawOf(n)) }))
  await store.close()
  return readFileSync(join(dir, 'store.db'))
}

/** 'right', 'missing', or the wrong thing it gave. */
function judge(look: () => ReturnType<Store['get']>, n: number): string {
  const trace = look()
  if (!trace) return 'missing'
  const right =
    Buffer.from(trace.raw).toString() === rawOf(n) && trace.inputTokens === 10 + n && trace.usd === 0.25 && trace.model === 'model-é-1'
  return right ? 'right' : `wrong: ${JSON.stringify({ ...trace, raw: trace.raw.length })}`
}

/** Looks at everything in a file that was spoilt, and says what came of it. */
async function after(dir: string, spoilt: Buffer): Promise<string[]> {
  writeFileSync(join(dir, 'store.db'), spoilt)
  let store: Store
  try {
    store = openStore(dir)
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error
    return ['refused']
  }
  const seen: string[] = []
  const ids = Uint32Array.from({ length: ROWS }, (_, i) => i + 1)
  const all = () => {
    try {
      return store.readAll(ids)
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      return undefined
    }
  }
  const bulk = all()
  for (let n = 1; n <= ROWS; n++) {
    for (const look of [() => store.get(keyOf(n)), bulk && (() => bulk[n - 1]), () => store.readAll(Uint32Array.of(n))[0]]) {
      try {
        seen.push(look ? judge(look, n) : 'failed')
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error
        seen.push('failed')
      }
    }
  }
  await store.close()
  return seen
}

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  const spoilt = Buffer.from(bytes)
  spoilt[at] = (spoilt[at] as number) ^ mask
  return spoilt
}

const SECTOR = 512

/** What disks, cables and memory do to a file. */
const FAULTS: { readonly [name: string]: (bytes: Buffer, random: () => number) => Buffer } = {
  'a flipped bit': (bytes, random) => flipped(bytes, Math.floor(random() * bytes.length), 1 << Math.floor(random() * 8)),
  'two flipped bits': (bytes, random) => {
    const once = flipped(bytes, Math.floor(random() * bytes.length), 1 << Math.floor(random() * 8))
    return flipped(once, Math.floor(random() * bytes.length), 1 << Math.floor(random() * 8))
  },
  'a run of noise': (bytes, random) => {
    const spoilt = Buffer.from(bytes)
    const at = Math.floor(random() * bytes.length)
    for (let i = at; i < Math.min(at + 64, bytes.length); i++) spoilt[i] = Math.floor(random() * 256)
    return spoilt
  },
  'an empty sector': (bytes, random) => {
    const at = sector(bytes, random)
    return Buffer.from(bytes).fill(0, at, at + SECTOR)
  },
  'a sector written elsewhere': (bytes, random) => {
    const spoilt = Buffer.from(bytes)
    const at = sector(bytes, random)
    bytes.copy(spoilt, sector(bytes, random), at, at + SECTOR)
    return spoilt
  },
  'a page written elsewhere': (bytes, random) => {
    const spoilt = Buffer.from(bytes)
    const page = () => Math.floor(random() * (bytes.length / PAGE_BYTES)) * PAGE_BYTES
    const at = page()
    bytes.copy(spoilt, page(), at, at + PAGE_BYTES)
    return spoilt
  },
  'a lost end': (bytes, random) => Buffer.from(bytes.subarray(0, Math.floor(random() * bytes.length))),
}

function sector(bytes: Buffer, random: () => number): number {
  return Math.floor(random() * (bytes.length / SECTOR)) * SECTOR
}

const COUNT = Number(process.env['DATAGEN_FAULTS'] ?? 420)

it(`no fault of ${COUNT} ever gives a wrong value`, { timeout: 60_000 + 50 * COUNT }, async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const random = seeded(20261122)
  const outcomes = new Map<string, number>()
  for (let i = 0; i < COUNT; i++) {
    const [name, fault] = Object.entries(FAULTS)[i % Object.keys(FAULTS).length] as [string, (typeof FAULTS)[string]]
    for (const outcome of await after(dir, fault(bytes, random))) {
      const told = outcome.startsWith('wrong') ? `fault ${i}, ${name}: ${outcome}` : outcome
      outcomes.set(told, (outcomes.get(told) ?? 0) + 1)
    }
  }
  expect([...outcomes.keys()].filter((outcome) => outcome.startsWith('fault'))).toEqual([])
  expect(outcomes.get('right')).toBeGreaterThan(COUNT)
  expect(outcomes.get('missing')).toBeGreaterThan(0)
})

it('every single byte of a row is covered: its key, its numbers, its model and its value', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const value = bytes.indexOf(rawOf(5))
  const key = bytes.indexOf(Buffer.from(keyOf(5), 'hex'), value - 300)
  expect([value > 0, key > 0 && key < value]).toEqual([true, true])
  for (let at = key; at < value + rawOf(5).length; at += 1) {
    const seen = await after(dir, flipped(bytes, at, 0x10))
    expect(seen.filter((outcome) => outcome.startsWith('wrong'))).toEqual([])
    expect(seen.length === 1 || seen[0] === 'right').toBe(true)
  }
})

it('sets a damaged response aside, names it once, and lets its key be bought again', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const at = bytes.indexOf(rawOf(5))
  bytes[at] = (bytes[at] as number) ^ 1
  writeFileSync(join(dir, 'store.db'), bytes)
  const store = openStore(dir)
  expect([store.get(keyOf(5)), store.get(keyOf(5)), store.readAll(Uint32Array.of(5))[0]]).toEqual([undefined, undefined, undefined])
  expect(store.damaged).toEqual([{ key: keyOf(5), why: 'its checksum does not match' }])
  const { id } = await store.put(response(5, { raw: Buffer.from(rawOf(5)) }))
  expect([id, store.generation()]).toEqual([ROWS + 1, 2])
  expect(judge(() => store.get(keyOf(5)), 5)).toBe('right')
  expect(store.totals()).toMatchObject({ responses: ROWS, usd: ROWS * 0.25 })
  await store.close()
  const raw = new DatabaseSync(join(dir, 'store.db'))
  expect(raw.prepare('SELECT id, hex(key) AS key, why FROM damaged').all()).toEqual([
    { id: 5, key: keyOf(5).toUpperCase(), why: 'its checksum does not match' },
  ])
  expect(raw.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  raw.close()
})

it('frees a key whose row no longer matches the index that leads to it', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const near = bytes.indexOf(rawOf(5))
  const at = bytes.indexOf(Buffer.from(keyOf(5), 'hex'), near - 300)
  bytes[at + 3] = (bytes[at + 3] as number) ^ 1
  writeFileSync(join(dir, 'store.db'), bytes)
  const store = openStore(dir)
  expect(store.readAll(Uint32Array.of(5))[0]).toBe(undefined)
  expect(store.damaged).toHaveLength(1)
  await store.put(response(5, { raw: Buffer.from(rawOf(5)) }))
  expect(judge(() => store.get(keyOf(5)), 5)).toBe('right')
  await store.close()
  const raw = new DatabaseSync(join(dir, 'store.db'))
  expect(raw.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  raw.close()
})

it('does not blame a sound row when the index is what is damaged', async () => {
  const dir = tempFolder()
  await filled(dir)
  // Each key leads to the row after its own.
  const raw = new DatabaseSync(join(dir, 'store.db'))
  raw.exec(
    'CREATE TEMP TABLE astray AS SELECT id - 1 AS id, key FROM response; UPDATE response SET key = coalesce((SELECT key FROM astray WHERE astray.id = response.id), 7)',
  )
  raw.close()
  const store = openStore(dir)
  for (let n = 1; n <= ROWS; n++) expect(judge(() => store.get(keyOf(n)), n)).toBe('missing')
  for (let n = 1; n <= ROWS; n++) expect(judge(() => store.readAll(Uint32Array.of(n))[0], n)).toBe('right')
  await store.close()
})

it('does not take a row for another one that ought to be at its place', async () => {
  const dir = tempFolder()
  await filled(dir)
  const raw = new DatabaseSync(join(dir, 'store.db'))
  raw.exec('UPDATE response SET id = 100 WHERE id = 3; UPDATE response SET id = 3 WHERE id = 4; UPDATE response SET id = 4 WHERE id = 100')
  raw.close()
  const store = openStore(dir)
  const traces = store.readAll(Uint32Array.from({ length: ROWS }, (_, i) => i + 1))
  expect(traces.flatMap((trace, i) => (trace ? [] : [i + 1]))).toEqual([3, 4])
  expect(store.damaged).toHaveLength(2)
  await store.put(response(20))
  expect([store.get(keyOf(3)), store.get(keyOf(4)), store.totals().responses]).toEqual([undefined, undefined, ROWS - 1])
  await store.close()
})

it('forgets a damaged request text rather than show a wrong one', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const at = bytes.indexOf('request 5')
  bytes[at + 8] = '6'.charCodeAt(0)
  writeFileSync(join(dir, 'store.db'), bytes)
  const store = openStore(dir)
  expect(store.lastRequest(response(5).cell, 0, 'user')).toBe(undefined)
  expect(store.lastRequest(response(6).cell, 0, 'user')).toEqual({ request: requestOf(6), text: 'request 6', run: 'run-1' })
  await store.close()
})

it('does not take a store for empty because its running totals were wiped out', async () => {
  const dir = tempFolder()
  await filled(dir)
  const database = new DatabaseSync(join(dir, 'store.db'))
  database.exec('DELETE FROM total')
  database.close()
  const store = openStore(dir)
  expect([store.totals().responses, store.isEmpty()]).toEqual([0, false])
  await store.close()
  expect(openStoreIfExists(tempFolder()).isEmpty()).toBe(true)
})

it('refuses a store that was emptied where a build has finished, and begins anew when it is removed', async () => {
  const dir = tempFolder()
  await filled(dir)
  writeFileSync(join(dir, 'store.db'), '')
  writeFileSync(join(dir, 'stamp.json'), '{}')
  const emptied = expect.objectContaining({ kind: 'damaged', message: expect.stringContaining('damaged') })
  for (const open of [() => openStore(dir), () => openStoreIfExists(dir)]) {
    let thrown: unknown
    try {
      open()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toEqual(emptied)
  }
  expect(statSync(join(dir, 'store.db')).size).toBe(0)
  rmSync(join(dir, 'store.db'))
  expect(openStoreIfExists(dir).totals().responses).toBe(0)
  const store = openStore(dir)
  expect(store.totals().responses).toBe(0)
  await store.close()
})

/** A store of many small rows: its indexes have several pages. */
async function manyRows(dir: string): Promise<Buffer> {
  const store = openStore(dir)
  const numbers = Array.from({ length: MANY }, (_, n) => n)
  await Promise.all(numbers.map((n) => store.put(response(n))))
  await Promise.all(numbers.slice(0, ASKED_ANEW).map((n) => store.raiseEpoch(requestOf(n), 0)))
  await store.close()
  return readFileSync(join(dir, 'store.db'))
}
const MANY = 300
const ASKED_ANEW = 200

/** Where in the file an index begins: the page that all look-ups in it pass. */
function rootOf(dir: string, index: string): number {
  const raw = new DatabaseSync(join(dir, 'store.db'), { readOnly: true })
  const { page } = raw.prepare('SELECT rootpage AS page FROM sqlite_schema WHERE name = ?').get(index) as { page: number }
  raw.close()
  return (page - 1) * PAGE_BYTES
}

const HALF = PAGE_BYTES / 2

it('finds every answer although the index of keys was half wiped, says so, and makes the index anew', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const at = rootOf(dir, 'response_key') + HALF
  writeFileSync(join(dir, 'store.db'), bytes.fill(0, at, at + HALF))
  const numbers = Array.from({ length: ROWS }, (_, i) => i + 1)
  const keys = numbers.map(keyOf)

  const reader = openStoreIfExists(dir)
  expect(keys.filter((key) => reader.get(key))).toEqual([])
  expect(reader.mayHold([...keys, keyOf(99)], [...numbers.map(requestOf), requestOf(99)])).toEqual(new Set(keys))
  for (const n of numbers) expect(judge(() => reader.get(keyOf(n), requestOf(n)), n)).toBe('right')
  expect(reader.damaged).toEqual([{ key: '', why: 'answers were missing from it', harmless: true }])
  await reader.close()
  expect(readFileSync(join(dir, 'store.db')).equals(bytes)).toBe(true)

  const store = openStore(dir)
  expect([store.get(keyOf(99), requestOf(99)), store.damaged, store.generation()]).toEqual([undefined, [], 1])
  for (const n of numbers) expect(judge(() => store.get(keyOf(n), requestOf(n)), n)).toBe('right')
  for (const n of numbers) expect(judge(() => store.get(keyOf(n)), n)).toBe('right')
  expect([store.damaged, store.generation()]).toEqual([[{ key: '', why: 'answers were missing from it', harmless: true }], 2])
  await store.close()
  const raw = new DatabaseSync(join(dir, 'store.db'))
  expect(raw.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  raw.close()
})

it('deals the draws of a request as they were although the index of requests was half wiped', async () => {
  const dir = tempFolder()
  const made = openStore(dir)
  const draw = (ordinal: number, cell: string) =>
    made.put(response(ordinal, { key: drawKey(requestOf(1), { ordinal, attempt: 0, epoch: 0 }), request: requestOf(1), ordinal, cell }))
  for (const [ordinal, cell] of ['b', 'a', 'c'].entries()) await draw(ordinal, cell)
  const draws = made.draws(requestOf(1))
  await made.close()
  const at = rootOf(dir, 'response_asked') + HALF
  const path = join(dir, 'store.db')
  writeFileSync(path, readFileSync(path).fill(0, at, at + HALF))
  const store = openStore(dir)
  expect(store.draws(requestOf(1))).toEqual(draws)
  expect([store.damaged.length, store.generation(), store.draws(requestOf(2))]).toEqual([1, 2, []])
  await store.close()
})

it.each([
  ['zeros', 0],
  ['noise', 0xa5],
])('half a page of %s, wherever it is: each answer and each epoch is as it was, or something is said', async (_, byte) => {
  const dir = tempFolder()
  const bytes = await manyRows(dir)
  const outcomes = { sound: 0, named: 0, refused: 0 }
  for (let at = 0; at < bytes.length; at += HALF) {
    for (const log of ['-wal', '-shm']) rmSync(join(dir, `store.db${log}`), { force: true })
    writeFileSync(join(dir, 'store.db'), Buffer.from(bytes).fill(byte, at, at + HALF))
    let store: Store
    try {
      store = openStore(dir)
    } catch (error) {
      expect(error).toMatchObject({ kind: 'damaged' })
      outcomes.refused++
      continue
    }
    const lost: unknown[] = []
    for (let n = 0; n < MANY; n++) if (!store.get(keyOf(n), requestOf(n))) lost.push(keyOf(n))
    for (let n = 0; n < ASKED_ANEW; n++) expect(store.epoch(requestOf(n), 0), `byte ${at}`).toBe(1)
    expect(
      store.damaged.filter(({ harmless }) => !harmless).map(({ key }) => key),
      `byte ${at}`,
    ).toEqual(lost)
    outcomes[store.damaged.length > 0 ? 'named' : 'sound']++
    await store.close()
  }
  expect(Object.values(outcomes).reduce((a, b) => a + b)).toBe(bytes.length / HALF)
  expect([outcomes.sound, outcomes.named, outcomes.refused].every((count) => count > 0)).toBe(true)
})

it('refuses a store whose tables are no longer worded as they were made, for whichever bit of their words is another', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  // What SQLite writes before a table's words says where the table begins.
  const from = bytes.indexOf('CREATE') - 100
  for (let at = from; at < PAGE_BYTES; at += 3) {
    for (const log of ['-wal', '-shm']) rmSync(join(dir, `store.db${log}`), { force: true })
    writeFileSync(join(dir, 'store.db'), flipped(bytes, at, 1 << (at % 8)))
    for (const open of [openStore, openStoreIfExists]) {
      let store: Store | undefined
      try {
        const opened = open(dir)
        store = opened
        const seen = Array.from({ length: ROWS }, (_, i) => judge(() => opened.get(keyOf(i + 1), requestOf(i + 1)), i + 1))
        const named = opened.damaged.filter(({ harmless }) => !harmless).map(() => 'missing')
        expect(
          seen.filter((outcome) => outcome !== 'right'),
          `byte ${at}`,
        ).toEqual(named)
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error
        expect(error.kind, `byte ${at}: ${error.message}`).toBe('damaged')
      } finally {
        await store?.close()
      }
    }
  }
})
