/** `datagen cache import`: exported answers into the store of this dataset; nothing that is there is lost or replaced. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { count, money, plural } from '../../report/format.ts'
import { type Imported, importLines, NotLines, nothingImported, type Target } from '../../store/care/import.ts'
import { openLines, readLines } from '../../store/care/read-lines.ts'
import { spooled } from '../../store/care/spooled.ts'
import { shareFolder } from '../../store/lock.ts'
import { openStore } from '../../store/sqlite.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../../util/exit.ts'
import { safeJson } from '../../util/safe-json.ts'
import { safeText } from '../../util/safe-text.ts'
import type { Environment } from '../environment.ts'
import { lockedBy } from '../run-notices.ts'
import type { CacheFlags } from './flags.ts'
import { storeFolder } from './folder.ts'
import { Progress } from './progress.ts'
import { size } from './size.ts'
import { withStoreFile } from './store-file.ts'

export interface ImportFlags extends CacheFlags {
  readonly strict?: boolean
}

/** A collection or a migration takes a moment, not minutes. */
const LOCK_MS = 10_000
const MOST_SHOWN = 20

export async function importCommand(environment: Environment, flags: ImportFlags, names: readonly string[]): Promise<ExitCode> {
  for (const name of names) if (name !== '-') demandFile(resolve(environment.cwd, name), name)
  const dir = await storeFolder(environment, flags.config)
  using progress = new Progress(environment, flags.json === true)
  const lock = await shareFolder(dir, environment.clock, LOCK_MS)
  if ('heldBy' in lock) throw lockedBy(dir, lock.heldBy)
  try {
    await using sources = await Sources.open(environment, dir, names, flags.strict === true)
    if (flags.strict) {
      const checked: Done[] = []
      await each(sources, undefined, checked, (line) => progress.at('checking line', line))
      if (checked.some(({ imported }) => imported.rejectedCount > 0)) return answer(environment, flags, checked, progress)
    }
    const store = openStore(dir)
    const done: Done[] = []
    try {
      await withStoreFile(dir, 'read', (file) => each(sources, { store, file }, done, (line) => progress.at('importing line', line)))
    } catch (error) {
      // What is in stays in, whatever ended it.
      progress[Symbol.dispose]()
      for (const { name, imported } of done) environment.stderr.write(`${text(name, imported)}\n`)
      throw error
    } finally {
      await store.close()
    }
    return answer(environment, flags, done, progress)
  } finally {
    lock.release()
  }
}

interface Done {
  readonly name: string
  readonly imported: Imported
}

async function each(sources: Sources, target: Target | undefined, done: Done[], onLine: (line: number) => void): Promise<void> {
  for (const name of sources.names) {
    const imported = nothingImported()
    done.push({ name, imported })
    try {
      await importLines(readLines(sources.stream(name)), target, imported, onLine)
    } catch (error) {
      throw error instanceof NotLines ? notLines(name, error.kind) : error
    }
  }
}

/** The named files, of which standard input can be read but once. */
class Sources implements AsyncDisposable {
  readonly names: readonly string[]
  readonly #open: (name: string) => Readable
  readonly #drop: () => Promise<void>

  private constructor(names: readonly string[], open: (name: string) => Readable, drop: () => Promise<void>) {
    this.names = names
    this.#open = open
    this.#drop = drop
  }

  static async open({ cwd, stdin }: Environment, dir: string, names: readonly string[], twice: boolean): Promise<Sources> {
    const copy = twice && names.includes('-') ? await spooled(dir, stdin) : undefined
    const open = (name: string) => (name !== '-' ? openLines(resolve(cwd, name)) : copy ? openLines(copy.path) : stdin)
    return new Sources([...new Set(names)], open, async () => copy?.[Symbol.asyncDispose]())
  }

  stream(name: string): Readable {
    return this.#open(name)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#drop()
  }
}

function answer({ stdout, stderr }: Environment, flags: ImportFlags, done: readonly Done[], progress: Progress): ExitCode {
  progress[Symbol.dispose]()
  const rejected = done.reduce((n, { imported }) => n + imported.rejectedCount, 0)
  if (flags.json)
    stdout.write(
      `${safeJson({ schema: 1, strict: flags.strict === true, files: done.map(({ name, imported }) => ({ file: name, ...imported })) })}\n`,
    )
  else for (const { name, imported } of done) stdout.write(`${text(name, imported)}\n`)
  for (const { name, imported } of done) {
    for (const { line, why } of imported.rejected.slice(0, MOST_SHOWN)) stderr.write(`${safeText(` rejected   ${name}:${line}: ${why}`)}\n`)
    const more = imported.rejectedCount - Math.min(imported.rejected.length, MOST_SHOWN)
    if (more > 0) stderr.write(` … and ${count(more)} more lines\n`)
  }
  if (rejected === 0) return EXIT.ok
  stderr.write(
    flags.strict
      ? ' nothing was imported, because of --strict\n'
      : ` all other lines are in; ${plural(rejected, 'line')} ${rejected === 1 ? 'is' : 'are'} not\n`,
  )
  return EXIT.store
}

function text(name: string, { added, addedBytes, addedUsd, known, spare, spareUsd, epochs }: Imported): string {
  const parts = [
    `${plural(added, 'new answer')}, ${size(addedBytes)}, ${money(addedUsd)}`,
    `${count(known)} known already`,
    ...(spare > 0 ? [`${count(spare)} kept as spare beside another answer, ${money(spareUsd)}`] : []),
    ...(epochs > 0 ? [`${plural(epochs, 'draw')} asked for anew: the answers before them count no more`] : []),
  ]
  return safeText(` imported   ${name}: ${parts.join('; ')}`)
}

/** Looked for before anything else, because a folder for the store would be made. */
function demandFile(path: string, name: string): void {
  if (existsSync(path)) return
  throw new DatagenError({
    code: 'cache/no-file',
    severity: 'error',
    headline: `there is no file "${name}"`,
    hint: 'make one with `datagen cache export <file>`',
  })
}

function notLines(name: string, kind: NotLines['kind']): DatagenError {
  return kind === 'newer'
    ? new DatagenError({
        code: 'cache/other-format',
        severity: 'error',
        headline: `"${name}" was exported in a format that this datagen does not know`,
        hint: 'use the datagen that exported it, or a newer one; nothing of this file was imported',
      })
    : new DatagenError({
        code: 'cache/not-exported',
        severity: 'error',
        headline: `"${name}" is not an exported store`,
        hint: 'make one with `datagen cache export <file>`; nothing of this file was imported',
      })
}
