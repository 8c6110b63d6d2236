/** Importing is a union: the order of files and repeated files make no difference to what is kept. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { headerText, lineText } from '../../../src/store/care/line.ts'
import { openStore } from '../../../src/store/sqlite.ts'
import { answer, exported, imported, put, requestOf } from './care-answers.ts'
import { tempFolder } from './responses.ts'

/** Few keys, few answers: most random stores overlap and disagree. */
const purchase = fc.record({
  n: fc.nat(3),
  ordinal: fc.nat(1),
  text: fc.constantFrom('a', 'b'),
  run: fc.constantFrom('run-1', 'run-2'),
  usd: fc.constantFrom(null, 0.1, 0.2),
})
const raise = fc.record({ n: fc.nat(3), ordinal: fc.nat(1), epoch: fc.integer({ min: 1, max: 3 }) })
const contents = fc.record({ purchases: fc.array(purchase, { maxLength: 12 }), raises: fc.array(raise, { maxLength: 3 }) })
type Contents = typeof contents extends fc.Arbitrary<infer T> ? T : never

async function storeOf({ purchases, raises }: Contents): Promise<string> {
  const dir = tempFolder()
  await put(dir, ...purchases.map(({ n, ordinal, text, run, usd }) => answer(n, { ordinal, raw: Buffer.from(text), run, usd })))
  const store = openStore(dir, { groupMs: 0 })
  for (const { n, ordinal, epoch } of raises) {
    while (store.epoch(requestOf(n).digest, ordinal) < epoch) await store.raiseEpoch(requestOf(n).digest, ordinal)
  }
  await store.close()
  return exported(dir)
}

async function merged(...files: readonly string[]): Promise<string> {
  const dir = tempFolder()
  for (const file of files) expect((await imported(dir, file)).rejectedCount).toBe(0)
  return exported(dir)
}

/** Which of two purchases is in use depends on which came first, on purpose; what is kept must not. */
const kept = (file: string) =>
  file
    .split('\n')
    .map((line) => line.replace('"spare":true,', ''))
    .sort()

it('a store and what is imported from it are equal byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(contents, async (a) => {
      const file = await storeOf(a)
      expect(await merged(file)).toBe(file)
    }),
    { numRuns: 25 },
  )
})

it('is commutative, associative and idempotent in what is kept', async () => {
  await fc.assert(
    fc.asyncProperty(contents, contents, contents, async (x, y, z) => {
      const [a, b, c] = [await storeOf(x), await storeOf(y), await storeOf(z)] as const
      const ab = await merged(a, b)
      expect(kept(await merged(b, a))).toEqual(kept(ab))
      expect(kept(await merged(a, await merged(b, c)))).toEqual(kept(await merged(ab, c)))
      expect(await merged(ab, ab)).toBe(ab)
      expect(await merged(a, b, a)).toBe(ab)
      const union = new Set([...kept(a), ...kept(b)].filter((line) => line.includes('"key"')))
      expect(new Set(kept(ab).filter((line) => line.includes('"key"')))).toEqual(union)
    }),
    { numRuns: 10 },
  )
})

it('the answer in use stays in use, whatever is imported', async () => {
  const dir = tempFolder()
  await put(dir, answer(1, { raw: Buffer.from('mine'), usd: 1 }))
  const other = `${headerText()}\n${lineText({ kind: 'answer', spare: false, response: answer(1, { raw: Buffer.from('theirs'), usd: 2, run: 'run-2' }) })}\n`
  expect(await imported(dir, other)).toMatchObject({ added: 0, known: 0, spare: 1, spareUsd: 2 })
  expect(await imported(dir, other)).toMatchObject({ added: 0, known: 1, spare: 0 })
  const store = openStore(dir)
  expect(Buffer.from(store.get(answer(1).key)?.raw ?? []).toString()).toBe('mine')
  expect(store.totals()).toMatchObject({ responses: 1, usd: 3 })
  await store.close()
})

it('one file that names a key twice keeps both answers, the first in use', async () => {
  const dir = tempFolder()
  const [one, two] = ['one', 'two'].map((text) =>
    lineText({ kind: 'answer', spare: false, response: answer(1, { raw: Buffer.from(text), run: `run-${text}` }) }),
  )
  expect(await imported(dir, `${headerText()}\n${one}\n${two}\n${one}\n`)).toMatchObject({ added: 1, spare: 1, known: 1 })
  expect(exported(dir).split('\n')[1]).toBe(one)
})

it('bad lines are named and the others are in', async () => {
  const dir = tempFolder()
  const good = lineText({ kind: 'answer', spare: false, response: answer(1) })
  const result = await imported(dir, `${headerText()}\n${good.replace('"answer\\":1', '"answer\\":2')}\n\n${good}\n{}`)
  expect(result).toMatchObject({
    added: 1,
    rejectedCount: 2,
    rejected: [
      { line: 2, why: 'its answer does not have the SHA-256 it names' },
      { line: 5, why: expect.stringMatching(/"epoch"/) },
    ],
  })
})

it('epochs take the greater number', async () => {
  const a = await storeOf({ purchases: [], raises: [{ n: 1, ordinal: 0, epoch: 2 }] })
  const b = await storeOf({ purchases: [], raises: [{ n: 1, ordinal: 0, epoch: 1 }] })
  expect(await merged(a, b)).toBe(a)
  expect(await merged(b, a)).toBe(a)
  const dir = tempFolder()
  expect([(await imported(dir, a)).epochs, (await imported(dir, a)).epochs, (await imported(dir, b)).epochs]).toEqual([1, 0, 0])
  expect(a.split('\n')[1]).toBe(`{"request":"${requestOf(1).digest}","ordinal":0,"epoch":2}`)
})

it('lines stand in order of key, and spare ones in an order of their own, whenever they were bought', async () => {
  const [one, other] = [tempFolder(), tempFolder()]
  const answers = Array.from({ length: 30 }, (_, n) => answer(n))
  const spare = ['c', 'a', 'b'].map((text) => answer(5, { raw: Buffer.from(text), run: `run-${text}` }))
  await put(one, ...answers, ...spare)
  await put(other, ...answers.toReversed(), ...spare.toReversed())
  const lines = exported(one).split('\n').slice(1, -1)
  const keys = lines.map((line) => JSON.parse(line).key)
  expect(keys).toEqual([...keys].sort())
  expect(lines.length).toBe(33)
  expect(exported(other)).toBe(exported(one))
})
