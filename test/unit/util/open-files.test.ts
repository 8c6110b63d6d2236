import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { mostCalls, OPEN_BESIDE_CALLS, openFilesLimit } from '../../../src/util/open-files.ts'

it('the limit is the one that the system enforces', () => {
  const script = `import { openFilesLimit } from '${new URL('../../../src/util/open-files.ts', import.meta.url)}'; console.log(openFilesLimit())`
  const said = execFileSync('sh', ['-c', 'ulimit -n 333; exec "$0" --no-warnings --input-type=module -e "$1"', process.execPath, script])
  expect(Number(said)).toBe(333)
  expect(openFilesLimit()).toBeGreaterThan(0)
})

it('every server and every command takes its files from it, and one call is always possible', () => {
  expect(mostCalls(undefined, { servers: 3, commands: true })).toBe(Number.POSITIVE_INFINITY)
  expect(mostCalls(256, { servers: 1, commands: false })).toBe(256 - OPEN_BESIDE_CALLS)
  expect(mostCalls(256, { servers: 2, commands: false })).toBe((256 - OPEN_BESIDE_CALLS) / 2)
  expect(mostCalls(256, { servers: 0, commands: true })).toBe((256 - OPEN_BESIDE_CALLS) / 6)
  expect(mostCalls(20, { servers: 1, commands: false })).toBe(1)
})
