/** `datagen.lock` beside the config: read before a build, compared or renewed after it. */
import { readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import type { Loaded } from '../config/dataset.ts'
import { PLACES } from '../config/find.ts'
import type { Event, RunEnd } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'
import type { BuildResult } from '../schedule/build.ts'
import { lockChanges } from '../schedule/lock-changes.ts'
import { type Lock, type LockOutput, lockOf, renewed } from '../schedule/lock-file.ts'
import { lockText, type ReadLock, readLockText } from '../schedule/lock-text.ts'
import { outputFiles } from '../schedule/output-files.ts'
import type { Work } from '../schedule/work.ts'
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { writeLockFile } from '../write/lock-file.ts'

/** A config under a name of its own has a lock of its own: two datasets in one folder must not overwrite each other's. */
export function lockPath({ root, configPath }: Pick<Loaded, 'root' | 'configPath'>): string {
  const name = basename(configPath)
  const usual: readonly string[] = PLACES
  return join(root, usual.includes(name) ? 'datagen.lock' : `${name.replace(/\.[^.]+$/, '')}.datagen.lock`)
}

/** Undefined when there is none. */
export function readLock(path: string): ReadLock | undefined {
  try {
    return readLockText(readFileSync(path, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { kind: 'broken' }
  }
}

/** Follows one build from its first event to its last, which it keeps back until the lock is as it should be. */
export class LockKeeper {
  readonly #loaded: Loaded
  readonly #frozen: boolean
  readonly #path: string
  readonly #outputs = new Map<string, LockOutput>()
  #sink: Sink = { emit: () => {} }
  #end: RunEnd | undefined

  /** Throws (exit 2) for a lock that this build could neither compare nor renew, before anything is bought. */
  constructor(loaded: Loaded, frozen: boolean) {
    this.#loaded = loaded
    this.#frozen = frozen
    this.#path = lockPath(loaded)
    const read = readLock(this.#path)
    if (read?.kind === 'newer') throw new DatagenError(newer(basename(this.#path), read.format))
    if (frozen && read && read.kind !== 'lock') throw new DatagenError({ ...unreadable(this.#path, read.kind), severity: 'error' })
  }

  watch(sink: Sink): Sink {
    this.#sink = sink
    return { emit: (event) => this.#see(event) }
  }

  #see(event: Event): void {
    if (event.type === 'run-end') this.#end = event
    else this.#sink.emit(event)
    if (event.type !== 'output-end' || (event.what !== 'written' && event.what !== 'unchanged')) return
    this.#outputs.set(event.output, { path: portable(this.#loaded.root, event.path), rows: event.rows })
  }

  /** The build's last word. Throws a WriteFailure when the disk refuses the file. */
  seal(work: Work, result: BuildResult): BuildResult {
    try {
      const { exitCode, settled, files } = this.#frozen ? this.#compare(work, result) : this.#renew(work, result)
      return { ...result, exitCode, settled, files, end: this.#finish(result.end, exitCode) }
    } catch (error) {
      this.#finish(result.end, error instanceof DatagenError ? error.exitCode : EXIT.store)
      throw error
    }
  }

  #renew(work: Work, result: BuildResult): BuildResult {
    // Read anew: another build may have renewed it meanwhile.
    const read = readLock(this.#path)
    if (read?.kind === 'newer') throw new DatagenError(newer(basename(this.#path), read.format))
    const next = this.#next(work, read)
    if (next.batches.size === 0 && read === undefined) return result
    writeLockFile(this.#path, this.#loaded.root, lockText(next))
    if (read && read.kind !== 'lock') this.#sink.emit({ type: 'notice', diagnostic: renewedNotice(this.#path, read.kind) })
    return { ...result, files: [...result.files, this.#path] }
  }

  #compare(work: Work, result: BuildResult): BuildResult {
    const read = readLock(this.#path)
    if (read?.kind !== 'lock') {
      this.#sink.emit({ type: 'notice', diagnostic: none(basename(this.#path)) })
      return { ...result, settled: false }
    }
    const changes = lockChanges(read.lock, this.#next(work, read))
    if (changes.length === 0) return { ...result, files: [...result.files, this.#path] }
    this.#sink.emit({ type: 'notice', diagnostic: different(basename(this.#path), changes) })
    const exitCode = result.exitCode === EXIT.ok || result.exitCode === EXIT.incomplete ? EXIT.pending : result.exitCode
    return { ...result, exitCode, settled: false }
  }

  #next(work: Work, read: ReadLock | undefined): Lock {
    const files = outputFiles(work.dataset).map(({ name }) => name)
    return renewed(read?.kind === 'lock' ? read.lock : undefined, lockOf(work, this.#outputs), work, files)
  }

  #finish(end: RunEnd, exitCode: ExitCode): RunEnd {
    const last = { ...(this.#end ?? end), exitCode }
    this.#sink.emit(last)
    return last
  }
}

/** As it stands in the file on every system. */
export function portable(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}

function newer(name: string, format: number): Diagnostic {
  return {
    code: 'lock-file/newer',
    severity: 'error',
    headline: `${name} was written by a newer datagen (format ${format})`,
    hint: 'update datagen; this one would lose what the file says',
  }
}

const WRONG = { conflict: 'has merge conflicts', broken: 'is not a lock that datagen wrote' } as const

function unreadable(path: string, kind: 'conflict' | 'broken'): Diagnostic {
  return {
    code: `lock-file/${kind}`,
    severity: 'warning',
    headline: `${basename(path)} ${WRONG[kind]}`,
    place: { file: path },
    hint: 'run `datagen build` without --frozen: it writes the file anew',
  }
}

function renewedNotice(path: string, kind: 'conflict' | 'broken'): Diagnostic {
  const { place: _, ...rest } = unreadable(path, kind)
  return { ...rest, headline: `${rest.headline}: it was written anew`, hint: 'look at its diff before you commit it' }
}

function none(name: string): Diagnostic {
  return {
    code: 'lock-file/none',
    severity: 'warning',
    headline: `there is no ${name} to compare with`,
    hint: '`datagen build` writes it; commit it beside the config',
  }
}

// A person reads a handful; the rest is one build away.
const MOST_FACTS = 20

function different(name: string, changes: readonly (readonly [string, string])[]): Diagnostic {
  const more = changes.length - MOST_FACTS
  return {
    code: 'lock-file/different',
    severity: 'error',
    headline: `this build does not make what ${name} says`,
    facts: [...changes.slice(0, MOST_FACTS), ...(more > 0 ? [['…', `and ${more} more`] as const] : [])],
    hint: 'build without --frozen and commit the file, or undo what changed the dataset',
  }
}
