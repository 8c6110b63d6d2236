import { expect, it } from 'vitest'
import { missingEntries, readLock } from './rig/complete-lock.ts'

it('the lock file names every system’s build, so that `npm ci` accepts it anywhere; else run `node test/rig/complete-lock.ts`', () => {
  const lock = readLock()
  expect(missingEntries(lock).map(([path]) => path)).toEqual([])
  expect(Object.keys(lock.packages).length).toBeGreaterThan(150)
})
