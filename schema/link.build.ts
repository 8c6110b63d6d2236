/** Makes the built command runnable, and reachable as `npx datagen` inside this checkout. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'

const BIN = new URL('../dist/src/bin.cjs', import.meta.url)
const LINKS = new URL('../node_modules/.bin/', import.meta.url)

chmodSync(BIN, 0o755)
mkdirSync(LINKS, { recursive: true })
rmSync(new URL('datagen', LINKS), { force: true })
symlinkSync('../../dist/src/bin.cjs', new URL('datagen', LINKS))
