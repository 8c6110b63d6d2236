/** What servers were found to honour, kept beside the store: cheap to lose, found again by the next large build or `datagen doctor --probe`. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../schema/json.ts'
import { FILE_MODE, makePrivateFolder } from './private-folder.ts'

const FILE = 'capabilities.json'
const FORMAT = 1
// More uses than any project has; the oldest go first.
const MOST = 500

/** What is kept under an id; undefined for nothing, and for a file that is none of ours. */
export function readCapability(dir: string, id: string): Json | undefined {
  const all = readAll(dir)
  return Object.hasOwn(all, id) ? all[id] : undefined
}

/** Puts it in place of what was there. Failing to keep it costs nothing but finding it again. */
export function keepCapability(dir: string, id: string, value: Json): void {
  const path = join(dir, FILE)
  const temp = `${path}.${process.pid}.new`
  try {
    makePrivateFolder(dir)
    const { [id]: _, ...others } = readAll(dir)
    const entries = [...Object.entries(others), [id, value] as const].slice(-MOST)
    writeFileSync(temp, `${JSON.stringify({ format: FORMAT, uses: Object.fromEntries(entries) }, null, 1)}\n`, { mode: FILE_MODE })
    renameSync(temp, path)
  } catch {
    remove(temp)
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // where nothing can be written, nothing was
  }
}

function readAll(dir: string): { readonly [id: string]: Json } {
  try {
    const { format, uses } = JSON.parse(readFileSync(join(dir, FILE), 'utf8')) as { format?: unknown; uses?: unknown }
    return format === FORMAT && typeof uses === 'object' && uses !== null ? (uses as { [id: string]: Json }) : {}
  } catch {
    return {}
  }
}
