/** Verifying and mending: every kind of damage is found and named, and mending loses nothing that can still be read. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import type { Finding } from '../../../src/store/care/finding.ts'
import { repair } from '../../../src/store/care/repair.ts'
import { type Verified, verify } from '../../../src/store/care/verify.ts'
import { openFile } from '../../../src/store/open.ts'
import { type Kept, openResponse, sealRequest, sealResponse } from '../../../src/store/record.ts'
import { openStore } from '../../../src/store/sqlite.ts'
import type { TraceId } from '../../../src/util/brand.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { answer, exported, put, requestOf } from './care-answers.ts'
import { tempFolder } from './responses.ts'

const ANSWERS = 40
const rawOf = (n: number) => Buffer.from(`{"answer":${n},"text":"${'abc '.repeat(n * 20)}"}`)

async function filled(): Promise<string> {
  const dir = tempFolder()
  const answers = Array.from({ length: ANSWERS }, (_, n) => answer(n, { raw: rawOf(n), step: n % 2 === 0 ? 'user' : 'answer' }))
  await put(dir, ...answers, answer(3, { raw: Buffer.from('again'), run: 'run-2', usd: 0.5 }))
  return dir
}

function look(dir: string): { findings: Finding[]; seen: Verified } {
  const file = openFile(dir, 'read', 1000)
  try {
    const findings: Finding[] = []
    const steps = verify(file, () => {})
    for (;;) {
      const { done, value } = steps.next()
      if (done) return { findings, seen: value }
      findings.push(value)
    }
  } finally {
    file.close()
  }
}

function mend(dir: string): number {
  const { findings } = look(dir)
  const file = openFile(dir, 'write', 1000)
  try {
    return repair(file, findings, systemClock)
  } finally {
    file.close()
  }
}

/** Behind the store's back. */
function tamper(dir: string, sql: string): void {
  const database = new DatabaseSync(join(dir, 'store.db'), { enableForeignKeyConstraints: false })
  database.exec(sql)
  database.close()
}

const generation = async (dir: string) => {
  await using store = openStore(dir)
  return store.generation()
}

it('a sound store has no finding, and its rows are counted', async () => {
  const dir = await filled()
  expect(look(dir)).toEqual({
    findings: [],
    seen: { identity: expect.stringMatching(/^[0-9a-f]{16}$/), answers: ANSWERS, requests: ANSWERS, spare: 1, damaged: 0 },
  })
})

const second = '(SELECT id FROM response ORDER BY id LIMIT 1 OFFSET 1)'
it.each<[string, string, Partial<Finding>, number]>([
  [
    'an answer with a changed byte',
    `UPDATE response SET record = CAST(substr(record, 1, 200) || x'00' || substr(record, 202) AS BLOB) WHERE id = ${second}`,
    {
      what: 'answer',
      key: answer(1).key.slice(0, 8),
      where: 'response 2',
      why: 'its checksum does not match',
      repair: { by: 'set-aside', table: 'response', id: 2 },
    },
    ANSWERS - 1,
  ],
  [
    'a spare answer with a changed byte',
    "UPDATE spare SET record = CAST(substr(record, 1, 140) || x'00' || substr(record, 142) AS BLOB)",
    { what: 'spare', why: 'its checksum does not match' },
    ANSWERS,
  ],
  [
    'a key column that leads astray',
    `UPDATE response SET key = 12 WHERE id = ${second}`,
    { what: 'answer', key: answer(1).key, why: 'a column that leads to it is wrong' },
    ANSWERS,
  ],
  [
    'an asked column',
    `UPDATE response SET asked = 12 WHERE id = ${second}`,
    { what: 'answer', key: answer(1).key, why: 'a column that leads to it is wrong' },
    ANSWERS,
  ],
  [
    'a place column',
    `UPDATE response SET place = 12 WHERE id = ${second}`,
    { what: 'answer', key: answer(1).key, why: 'a column that leads to it is wrong' },
    ANSWERS,
  ],
  [
    'a displaced column',
    `UPDATE response SET displaced = 12 WHERE id = ${second}`,
    { what: 'answer', key: answer(1).key, why: 'a column that leads to it is wrong' },
    ANSWERS,
  ],
  ['the key column of a spare answer', 'UPDATE spare SET key = 12', { what: 'spare', key: answer(3).key }, ANSWERS],
  [
    'a total',
    "UPDATE total SET responses = responses + 1 WHERE step = 'user'",
    { what: 'totals', where: 'totals of step "user"' },
    ANSWERS,
  ],
  [
    'a sum of money',
    "UPDATE total SET usd = usd + 0.01 WHERE step = 'user'",
    { what: 'totals', why: expect.stringMatching(/^usd is/) as never },
    ANSWERS,
  ],
  ['a total that is missing', "DELETE FROM total WHERE step = 'user'", { what: 'totals' }, ANSWERS],
  ['a next id that is just taken', 'UPDATE meta SET next = 41', { what: 'numbering', why: 'the next id is 41, but 41 is taken' }, ANSWERS],
  ['the next id', 'UPDATE meta SET next = 2', { what: 'numbering', why: 'the next id is 2, but 41 is taken' }, ANSWERS],
])('%s is found, named and mended', async (_, sql, finding, left) => {
  const dir = await filled()
  tamper(dir, sql)
  const before = await generation(dir)
  expect(look(dir).findings[0]).toMatchObject(finding)
  expect(mend(dir)).toBeGreaterThan(0)
  const after = look(dir)
  expect(after.findings).toEqual([])
  expect(after.seen.answers).toBe(left)
  expect(await generation(dir)).toBeGreaterThan(before)
})

it('what is set aside can be bought again, and its bytes are still there', async () => {
  const dir = await filled()
  tamper(dir, `UPDATE response SET record = CAST(substr(record, 1, 200) || x'00' || substr(record, 202) AS BLOB) WHERE id = ${second}`)
  mend(dir)
  expect(look(dir).seen.damaged).toBe(1)
  await put(dir, answer(1, { raw: rawOf(1) }))
  const store = openStore(dir)
  expect(Buffer.from(store.get(answer(1).key)?.raw ?? [])).toEqual(rawOf(1))
  expect(store.totals().responses).toBe(ANSWERS)
  await store.close()
})

it.each([
  [
    'with a changed text',
    "UPDATE request SET record = CAST(substr(record, 1, 60) || x'00' || substr(record, 62) AS BLOB) WHERE id = 2",
    'request',
    /checksum/,
  ],
  ['that is missing', 'DELETE FROM request WHERE id = 2', 'answer', /request 2 is not the one it answers/],
])('a request %s is found; its answer stays in use', async (_, sql, what, why) => {
  const dir = await filled()
  tamper(dir, sql)
  const { findings } = look(dir)
  expect(findings.some((finding) => finding.what === what && why.test(finding.why) && finding.repair.by === 'none')).toBe(true)
  expect(mend(dir)).toBe(0)
  const store = openStore(dir)
  expect(Buffer.from(store.get(answer(1).key)?.raw ?? [])).toEqual(rawOf(1))
  await store.close()
})

/** Writes another record, sealed as it should be, into a row. */
function reseal(dir: string, id: number, change: (kept: Kept) => Kept, sql: string): void {
  const database = new DatabaseSync(join(dir, 'store.db'))
  const { record } = database.prepare('SELECT record FROM response WHERE id = ?').get(id) as { record: Uint8Array }
  const sealed = sealResponse(change(openResponse(record, id) as Kept))
  database.prepare(sql).run(sealed, id)
  database.close()
}

it('an answer under a key that is not its own is found although its checksum holds, and set aside', async () => {
  const dir = await filled()
  reseal(dir, 2, (kept) => ({ ...kept, attempt: 5 }), 'UPDATE response SET record = ? WHERE id = ?')
  expect(look(dir).findings).toEqual([
    {
      what: 'answer',
      key: answer(1).key,
      where: 'response 2',
      why: 'its key is not that of its request and draw',
      repair: { by: 'set-aside', table: 'response', id: 2 },
    },
  ])
  mend(dir)
  expect(look(dir)).toMatchObject({ findings: [], seen: { answers: ANSWERS - 1, damaged: 1 } })
})

it('two answers in use under one key are found', async () => {
  const dir = await filled()
  const copy = 'INSERT INTO response SELECT 99, key, asked, place, displaced, request, ? FROM response WHERE id = ?'
  reseal(dir, 2, (kept) => ({ ...kept, id: 99 as TraceId }), copy)
  expect(look(dir).findings[0]).toMatchObject({
    what: 'answer',
    key: answer(1).key,
    where: 'response 99',
    why: 'response 2 has the same key',
  })
})

it('a request under the digest of another is found although its checksum holds', async () => {
  const dir = await filled()
  const database = new DatabaseSync(join(dir, 'store.db'))
  database.prepare('UPDATE request SET record = ? WHERE id = 2').run(sealRequest(requestOf(1).digest, requestOf(2).text))
  database.close()
  expect(look(dir).findings).toMatchObject([{ what: 'request', where: 'request 2', why: 'its text does not have its digest' }])
})

it('an id is not given again, even after its row was set aside', async () => {
  const dir = await filled()
  tamper(dir, "UPDATE spare SET record = CAST(substr(record, 1, 140) || x'00' || substr(record, 142) AS BLOB); UPDATE meta SET next = 2")
  mend(dir)
  await put(dir, answer(50))
  const store = openStore(dir)
  expect(store.get(answer(50).key)?.id).toBe(42)
  await store.close()
})

/** Overwrites the page on which this text lies. */
function spoilPage(dir: string, marker: Uint8Array): void {
  tamper(dir, 'PRAGMA wal_checkpoint(TRUNCATE)')
  const path = join(dir, 'store.db')
  const bytes = readFileSync(path)
  const size = bytes.readUInt16BE(16)
  const at = bytes.indexOf(marker)
  expect(at).toBeGreaterThan(0)
  bytes.fill(0xa5, at - (at % size), at - (at % size) + 64)
  writeFileSync(path, bytes)
}

it('a page that cannot be read is named with its answers; all others are looked at and exported', async () => {
  const dir = await filled()
  const before = exported(dir).split('\n')
  spoilPage(dir, rawOf(20))
  const { findings, seen } = look(dir)
  expect(findings.some(({ what, where }) => what === 'page' && /of table "response"$/.test(where))).toBe(true)
  const lost = findings.filter(({ what, repair: { by } }) => what === 'answer' && by === 'none')
  expect(lost.length).toBeGreaterThan(0)
  expect(lost.length).toBeLessThan(ANSWERS / 2)
  expect(lost.map(({ where }) => where)).toContain('response 21')
  expect(seen.answers).toBe(ANSWERS)
  const after = exported(dir, lost.length).split('\n')
  expect(after.filter((line) => !before.includes(line))).toEqual([])
  expect(before.length - after.length).toBe(lost.length)
})

it('a damaged index is made anew', async () => {
  const dir = await filled()
  tamper(dir, 'PRAGMA wal_checkpoint(TRUNCATE)')
  const database = new DatabaseSync(join(dir, 'store.db'))
  const { rootpage } = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'response_key'").get() as { rootpage: number }
  database.close()
  const path = join(dir, 'store.db')
  const bytes = readFileSync(path)
  // The last bytes of the page: the index's first entry, a key that no row has any more.
  const at = rootpage * bytes.readUInt16BE(16) - 4
  bytes[at] = (bytes[at] as number) ^ 0x01
  writeFileSync(path, bytes)
  const { findings } = look(dir)
  expect(findings[0]).toMatchObject({ what: 'index', where: 'index "response_key"', repair: { by: 'reindex' } })
  mend(dir)
  expect(look(dir)).toMatchObject({ findings: [], seen: { answers: ANSWERS } })
})
