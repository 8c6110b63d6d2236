/** The laws over simulated histories: time, servers, disk, signals and the order of everything follow from one number each. */
import { expect, it } from 'vitest'
import type { CrashPoint } from '../../src/util/crash-point.ts'
import { tell } from './history.ts'

const HISTORIES = 1_500
const TWICE_EVERY = 30

it(`holds all laws over ${HISTORIES} histories; a failing one is replayed by \`npm run simulate -- --seed <n>\``, {
  timeout: 240_000,
}, async () => {
  const passed = new Set<CrashPoint>()
  const sums = { builds: 0, calls: 0, kills: 0 }
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const told = await tell(seed)
    sums.builds += told.builds
    sums.calls += told.calls
    sums.kills += told.kills
    for (const point of told.passed) passed.add(point)
    if (seed % TWICE_EVERY === 0)
      expect((await tell(seed)).digest, `history ${seed} was not the same when it was told again`).toBe(told.digest)
  }
  // A simulation in which nothing happens holds every law.
  expect(sums.builds).toBeGreaterThan(4 * HISTORIES)
  expect(sums.calls).toBeGreaterThan(15 * HISTORIES)
  expect(sums.kills).toBeGreaterThan(HISTORIES / 4)
  expect([...passed].sort()).toEqual(
    expect.arrayContaining(['after-claim', 'after-outputs', 'before-keep', 'before-output', 'between-outputs']),
  )
})

it('different seeds are different histories', async () => {
  const digests = new Set<string>()
  for (let seed = 1; seed <= 50; seed++) digests.add((await tell(seed)).digest)
  expect(digests.size).toBe(50)
})
