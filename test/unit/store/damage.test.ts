/** Bit rot: a wrong byte may cost money, never a wrong row. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { StoreFailure } from '../../../src/store/failure.ts'
import { openStore } from '../../../src/store/sqlite.ts'
import type { Store } from '../../../src/store/store.ts'
import type { TraceId } from '../../../src/util/brand.ts'
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

/** Flips one byte, looks at everything, and says what came of it. */
async function after(dir: string, bytes: Buffer, at: number, mask: number): Promise<string[]> {
  const spoilt = Buffer.from(bytes)
  spoilt[at] = (spoilt[at] as number) ^ mask
  writeFileSync(join(dir, 'store.db'), spoilt)
  let store: Store
  try {
    store = openStore(dir)
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error
    return ['refused']
  }
  const seen: string[] = []
  for (let n = 1; n <= ROWS; n++) {
    for (const look of [() => store.get(keyOf(n)), () => store.read(n as TraceId)]) {
      try {
        seen.push(judge(look, n))
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error
        seen.push('failed')
      }
    }
  }
  await store.close()
  return seen
}

it('no flipped byte anywhere in the file ever gives a wrong value', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const outcomes = new Map<string, number>()
  // A step that shares no factor with the page size visits all kinds of places; a fixed one replays.
  for (let at = 0, i = 0; at < bytes.length; at += 97, i++) {
    for (const outcome of await after(dir, bytes, at, 1 << (i % 8))) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect([...outcomes.keys()].filter((outcome) => outcome.startsWith('wrong'))).toEqual([])
  expect(outcomes.get('right')).toBeGreaterThan(1000)
  expect(outcomes.get('missing')).toBeGreaterThan(0)
})

it('every single byte of a row is covered: its key, its numbers, its model and its value', async () => {
  const dir = tempFolder()
  const bytes = await filled(dir)
  const value = bytes.indexOf(rawOf(5))
  const key = bytes.indexOf(Buffer.from(keyOf(5), 'hex'), value - 300)
  expect([value > 0, key > 0 && key < value]).toEqual([true, true])
  for (let at = key; at < value + rawOf(5).length; at += 1) {
    const seen = await after(dir, bytes, at, 0x10)
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
  expect([store.get(keyOf(5)), store.get(keyOf(5)), store.read(5 as TraceId)]).toEqual([undefined, undefined, undefined])
  expect(store.damaged).toEqual([{ key: keyOf(5), why: 'its checksum does not match' }])
  const id = await store.put(response(5, { raw: Buffer.from(rawOf(5)) }))
  expect(id).toBe(ROWS + 1)
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
  expect(store.read(5 as TraceId)).toBe(undefined)
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
  const path = join(dir, 'store.db')
  await filled(dir)
  // An index made over another column leads every key astray.
  rewriteIndex(path, 'value')
  rewriteIndex(path, 'key', false)
  const store = openStore(dir)
  for (let n = 1; n <= ROWS; n++) expect(judge(() => store.get(keyOf(n)), n)).toBe('missing')
  for (let n = 1; n <= ROWS; n++) expect(judge(() => store.read(n as TraceId), n)).toBe('right')
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

function rewriteIndex(path: string, column: string, fill = true): void {
  const raw = new DatabaseSync(path, { defensive: false })
  raw.exec('PRAGMA writable_schema = ON')
  raw.exec(`UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX response_key ON response (${column})' WHERE name = 'response_key'`)
  raw.close()
  if (!fill) return
  const again = new DatabaseSync(path)
  again.exec('REINDEX response_key')
  again.close()
}
