/** Makes the built command whole and runnable, and reachable as `npx datagen` inside this checkout. */
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'

const BIN = new URL('../dist/src/bin.cjs', import.meta.url)
const LINKS = new URL('../node_modules/.bin/', import.meta.url)

// What runs in the page of a report is read as it is, never compiled.
cpSync(new URL('../src/page/browser', import.meta.url), new URL('../dist/src/page/browser', import.meta.url), {
  recursive: true,
  filter: (path) => !path.endsWith('.json'),
})

chmodSync(BIN, 0o755)
mkdirSync(LINKS, { recursive: true })
rmSync(new URL('datagen', LINKS), { force: true })
symlinkSync('../../dist/src/bin.cjs', new URL('datagen', LINKS))
