/** Garbage: exactly what nothing reaches, with the money it cost, in one step or not at all. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { collect, compact, type Mercy, weigh } from '../../../src/store/care/collect.ts'
import { addHolds } from '../../../src/store/care/holds.ts'
import { Ids } from '../../../src/store/care/ids.ts'
import { openFile } from '../../../src/store/open.ts'
import { openStore } from '../../../src/store/sqlite.ts'
import type { TraceId } from '../../../src/util/brand.ts'
import type { Clock } from '../../../src/util/clock.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { onCrashPoint } from '../../../src/util/crash-point.ts'
import { answer, exported, put, requestOf } from './care-answers.ts'
import { tempFolder } from './responses.ts'

const NO_MERCY: Mercy = { since: undefined, runs: 0, damaged: false, spare: false }
const idsOf = (...ids: number[]) => {
  const set = new Ids()
  for (const id of ids) set.add(id as TraceId)
  return set
}

afterEach(() => onCrashPoint(undefined))

function weighed(dir: string, reached: Ids, mercy = NO_MERCY) {
  const file = openFile(dir, 'read', 1000)
  try {
    return weigh(file.database, reached, mercy, () => {})
  } finally {
    file.close()
  }
}

function collected(dir: string, reached: Ids, mercy = NO_MERCY): void {
  const garbage = weighed(dir, reached, mercy)
  const file = openFile(dir, 'write', 1000)
  try {
    collect(file, garbage)
  } finally {
    file.close()
  }
}

it('weighs what goes and what stays, by step, and changes nothing', async () => {
  const dir = tempFolder()
  await put(dir, answer(1), answer(2, { usd: 1, step: 'answer' }), answer(3, { usd: null, step: 'answer' }), answer(4))
  const before = exported(dir)
  const garbage = weighed(dir, idsOf(1, 4))
  expect(garbage).toMatchObject({
    goes: { answers: 2, usd: 1, unpriced: 1, inputTokens: 20, outputTokens: 40, bytes: 24 },
    steps: [{ step: 'answer', answers: 2, usd: 1 }],
    stays: { answers: 2, usd: 0.5, unpriced: 0 },
    spared: { answers: 0 },
    spare: null,
    damaged: null,
    unreadable: 0,
  })
  expect([...garbage.ids]).toEqual([2, 3])
  expect([...garbage.requests.ids]).toEqual([2, 3])
  expect(exported(dir)).toBe(before)
})

it('deletes that and nothing else, counts anew and raises the generation', async () => {
  const dir = tempFolder()
  await put(dir, answer(1), answer(2, { usd: 1 }), answer(2, { ordinal: 1 }), answer(3))
  const lines = exported(dir).split('\n')
  await using before = openStore(dir)
  const generation = before.generation()
  collected(dir, idsOf(1, 3))
  expect(exported(dir).split('\n')).toEqual(lines.filter((line) => !line.includes(answer(2).key) && !line.includes(answer(3).key)))
  await using after = openStore(dir)
  expect(after.totals()).toMatchObject({ responses: 2, usd: 0.5 })
  expect(after.generation()).toBeGreaterThan(generation)
  // A text that a kept answer shares stays with it.
  expect(after.lastRequest('ab'.repeat(16), 1, 'user')?.text).toBe(requestOf(2).text)
  // Ids are never given twice: columns on disk refer to them.
  await after.put(answer(9))
  expect(after.get(answer(9).key)?.id).toBe(5)
})

it('a crash before the transaction leaves everything', async () => {
  const dir = tempFolder()
  await put(dir, answer(1), answer(2))
  const before = exported(dir)
  onCrashPoint((point) => {
    if (point === 'before-collect') throw new Error('crash')
  })
  expect(() => collected(dir, idsOf(1))).toThrow('crash')
  onCrashPoint(undefined)
  expect(exported(dir)).toBe(before)
})

it('spare and damaged values stay unless they are named, and a spare one keeps the text of its request', async () => {
  const dir = tempFolder()
  await put(dir, answer(1), answer(2), answer(2, { raw: Buffer.from('again'), run: 'run-2', usd: 3 }))
  collected(dir, idsOf(1))
  expect(exported(dir)).toContain(`"spare":true`)
  expect(exported(dir)).toContain(JSON.stringify(requestOf(2).text))
  expect(weighed(dir, idsOf(1), { ...NO_MERCY, spare: true })).toMatchObject({ spare: { answers: 1, usd: 3 }, goes: { answers: 0 } })
  collected(dir, idsOf(1), { ...NO_MERCY, spare: true, damaged: true })
  expect(exported(dir)).not.toContain('spare')
  expect(exported(dir).split('\n').length).toBe(3)
  await using store = openStore(dir)
  expect(store.totals()).toMatchObject({ responses: 1, usd: 0.25 })
})

it('keeps what is young and what the newest runs bought', async () => {
  const dir = tempFolder()
  const day = (n: number): Clock => ({ ...systemClock, date: () => new Date(Date.UTC(2026, 0, n)) })
  for (const n of [1, 5, 9]) {
    const store = openStore(dir, { clock: day(n), groupMs: 0 })
    await store.put(answer(n, { run: `run-${n}` }))
    await store.close()
  }
  const nothing = idsOf()
  const went = (mercy: Partial<Mercy>) => [...weighed(dir, nothing, { ...NO_MERCY, ...mercy }).ids]
  expect(went({})).toEqual([1, 2, 3])
  expect(went({ since: '2026-01-05T00:00:00.000Z' })).toEqual([1])
  expect(went({ runs: 1 })).toEqual([1, 2])
  expect(went({ runs: 3 })).toEqual([])
  const garbage = weighed(dir, nothing, { ...NO_MERCY, runs: 1 })
  expect(garbage).toMatchObject({ oldest: '2026-01-01T00:00:00.000Z', newest: '2026-01-05T00:00:00.000Z', spared: { answers: 1 } })
})

it('of a held draw that nothing reaches, the newest answer stays', async () => {
  const dir = tempFolder()
  const cell = 'cd'.repeat(16)
  await put(dir, answer(1, { ordinal: 1, sample: 0, cell }), answer(1, { ordinal: 1, attempt: 1, sample: 0, cell }), answer(1))
  const hold = { request: requestOf(1).digest, ordinal: 1, cell, sample: 0 }
  const reachedWith = (reached: Ids, changes = {}) => {
    const file = openFile(dir, 'read', 1000)
    addHolds(file.database, [{ ...hold, ...changes }], reached)
    file.close()
    return [...reached]
  }
  expect(reachedWith(idsOf())).toEqual([2])
  expect(reachedWith(idsOf(1))).toEqual([1])
  expect(reachedWith(idsOf(3))).toEqual([2, 3])
  expect(reachedWith(idsOf(), { sample: 1 })).toEqual([])
  expect(reachedWith(idsOf(), { cell: 'ef'.repeat(16) })).toEqual([])
})

it('gives the room back to the disk', async () => {
  const dir = tempFolder()
  const big = Array.from({ length: 60 }, (_, n) =>
    answer(n, { raw: Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * n * 31) % 251)) }),
  )
  await put(dir, ...big)
  collected(dir, idsOf(1))
  const before = statSync(join(dir, 'store.db')).size
  const file = openFile(dir, 'write', 1000)
  const freed = compact(file)
  file.close()
  expect(freed).toBeGreaterThan(100_000)
  expect(before - statSync(join(dir, 'store.db')).size).toBe(freed)
  expect(exported(dir).split('\n').length).toBe(3)
})

it('a set of ids holds exactly what was put in', () => {
  const wanted = [1, 7, 8, 65_535, 65_536, 4_294_967_297, 2 ** 47]
  const ids = idsOf(...[...wanted].reverse(), 7)
  expect([...ids]).toEqual(wanted)
  expect(ids.size).toBe(wanted.length)
  expect([0, 2, 65_534, 4_294_967_296, 2 ** 47 + 1].some((id) => ids.has(id as TraceId))).toBe(false)
})
