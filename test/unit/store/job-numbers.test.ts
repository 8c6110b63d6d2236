/** What people call a batch job: a number from 1 on, that stays. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { sealRequest } from '../../../src/store/record.ts'
import { openStore, type SqliteStore } from '../../../src/store/sqlite.ts'
import type { Digest } from '../../../src/util/brand.ts'
import { tempFolder } from './responses.ts'

const NEW = { place: { provider: 'openai', model: 'm', timeoutMs: 1 }, price: null, run: 'run-1' }

function open(dir: string): SqliteStore {
  const store = openStore(dir, { tempDir: dir, groupSize: 1 })
  onTestFinished(() => store.close())
  return store
}

const numbers = (store: SqliteStore) => store.jobs.all().map(({ number }) => number)

it('the first job is number 1, and the next one 2, in whatever run', async () => {
  const dir = tempFolder()
  const store = open(dir)
  const first = await store.jobs.begin(NEW)
  // Its id is of the row of numbers that processes have theirs of.
  expect([numbers(store), first]).toEqual([[1], 2])
  await store.close()
  const next = open(dir)
  await next.jobs.begin({ ...NEW, run: 'run-2' })
  expect(numbers(next)).toEqual([1, 2])
})

it('a number that another job has by now is not given again', async () => {
  const store = open(tempFolder())
  const first = await store.jobs.begin(NEW)
  await store.jobs.begin(NEW)
  await store.jobs.drop(first)
  await store.jobs.begin(NEW)
  expect(numbers(store)).toEqual([2, 3])
})

it('a job of an older datagen keeps the number it was called by, and no later one gets it', async () => {
  const dir = tempFolder()
  const store = open(dir)
  const id = await store.jobs.begin(NEW)
  const [{ number: _, ...old }] = store.jobs.all() as [ReturnType<typeof store.jobs.all>[number]]
  await store.jobs.leave(id)
  await store.close()
  const database = new DatabaseSync(join(dir, 'store.db'))
  database.prepare('UPDATE job SET record = ?').run(sealRequest('0'.repeat(64) as Digest, JSON.stringify(old)))
  database.close()
  const now = open(dir)
  expect(numbers(now)).toEqual([id])
  await now.jobs.begin(NEW)
  expect(numbers(now)).toEqual([id, id + 1])
})
