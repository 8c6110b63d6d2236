/**
 * Who may use a dataset's folder, and when: builds share it, one that collects garbage or migrates owns it, and what is
 * beside the store (outputs, columns, lock file, stamp) is written by one at a time.
 */
import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../util/clock.ts'
import { asStoreFailure } from './failure.ts'
import { once, takeLock } from './os-lock.ts'
import { FILE_MODE, FOLDER_MODE, makePrivateFolder, OWNERS_FOLDER } from './private-folder.ts'

export interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO time; informational only. */
  readonly since: string
}

export interface FolderLock {
  release(): void
}

export type Locked = FolderLock | { readonly heldBy: Holder }

/** Lock files stay for ever: a removed one would let two processes each lock its own. */
const FOLDER_FILE = 'lock.db'
const OUTPUTS_FILE = 'outputs-lock.db'

const POLL_MS = 50
/** Where datagen's format 1 noted who held the folder. */
const OLD_NOTE = 'lock.json'

/** How often the note of a holder that has only just taken the lock is looked for. */
const NOTE_TRIES = 5
const PAUSE_MS = 10

/** What this process holds: it may go from sharing to owning, which a second lock beside the first could not. */
interface Mine {
  readonly shares: Set<{ drop: () => void }>
  owned: boolean
}
const mine = new Map<string, Mine>()
let notes = 0

/** Held by each build from before it opens the store until it has closed it. Waits `waitMs` at most while another owns the folder. */
export function shareFolder(dir: string, clock: Clock, waitMs: number): Promise<Locked> {
  return polled(dir, clock, waitMs, () => share(dir, clock))
}

/**
 * For whoever must be alone: garbage collection, migration. Waits `waitMs` at most for builds to end. What this very
 * process shares does not count; it is shared again afterwards.
 */
export function ownFolder(dir: string, clock: Clock, waitMs: number): Promise<Locked> {
  return polled(dir, clock, waitMs, () => own(dir, clock))
}

/** As `ownFolder`, for those who cannot let others run meanwhile: tries again, blocking, for about `waitMs`. */
export function ownFolderNow(dir: string, clock: Clock, waitMs = 0): Locked {
  return own(dir, clock, 1 + waitMs / PAUSE_MS) ?? { heldBy: holder(dir) }
}

/** Whether this very process owns the folder. */
export function ownsFolder(dir: string): boolean {
  return placeOf(dir).owned
}

/** One build at a time writes outputs, columns, lock file and stamp; the others wait here. Dies with its process. */
export async function lockOutputs(dir: string, clock: Clock): Promise<() => void> {
  const path = join(dir, OUTPUTS_FILE)
  for (;;) {
    const release = attempt(path, () => {
      makePrivateFolder(dir)
      return takeLock(path, 'exclusive')
    })
    if (release) return release
    await clock.sleep(POLL_MS)
  }
}

async function polled(dir: string, clock: Clock, waitMs: number, take: () => FolderLock | undefined): Promise<Locked> {
  const deadline = clock.now() + waitMs
  for (;;) {
    const lock = take()
    if (lock) return lock
    if (clock.now() >= deadline) return { heldBy: holder(dir) }
    await clock.sleep(Math.min(POLL_MS, deadline - clock.now()))
  }
}

function share(dir: string, clock: Clock): FolderLock | undefined {
  const path = join(dir, FOLDER_FILE)
  return attempt(path, () => {
    const here = placeOf(dir)
    if (here.owned) return undefined
    const drop = takeLock(path, 'shared')
    if (!drop) return undefined
    const entry = { drop }
    here.shares.add(entry)
    const erase = writeNote(dir, clock)
    return {
      release: once(() => {
        erase()
        here.shares.delete(entry)
        entry.drop()
      }),
    }
  })
}

/** Between its tries it does not share either, or two that wait for each other would wait in vain. */
function own(dir: string, clock: Clock, tries = 1): FolderLock | undefined {
  const path = join(dir, FOLDER_FILE)
  return attempt(path, () => {
    const here = placeOf(dir)
    if (here.owned) return undefined
    for (const entry of here.shares) entry.drop()
    let drop = takeLock(path, 'exclusive')
    for (let i = 1; i < tries && !drop; i++) {
      pause()
      drop = takeLock(path, 'exclusive')
    }
    if (!drop) {
      shareAgain(path, here)
      return undefined
    }
    here.owned = true
    const erase = writeNote(dir, clock)
    return {
      release: once(() => {
        erase()
        here.owned = false
        drop?.()
        shareAgain(path, here)
      }),
    }
  })
}

/** Another process may own the folder for a moment, as this one just did; it is waited for. */
function shareAgain(path: string, { shares }: Mine): void {
  for (const entry of shares) {
    let drop = takeLock(path, 'shared')
    while (!drop) {
      pause()
      drop = takeLock(path, 'shared')
    }
    entry.drop = drop
  }
}

function placeOf(dir: string): Mine {
  makePrivateFolder(dir)
  const name = realpathSync(dir)
  const known = mine.get(name) ?? { shares: new Set(), owned: false }
  mine.set(name, known)
  return known
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw asStoreFailure(error, path)
  }
}

/** Only for messages: no lock depends on a note. Returns what takes it away again, which goes before the lock does. */
function writeNote(dir: string, clock: Clock): () => void {
  const folder = join(dir, OWNERS_FOLDER)
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  livingHolders(folder)
  const path = join(folder, `${process.pid}-${++notes}.json`)
  const temp = `${path}.new`
  writeFileSync(temp, JSON.stringify({ pid: process.pid, host: hostname(), since: clock.date().toISOString() }), { mode: FILE_MODE })
  renameSync(temp, path)
  return () => rmSync(path, { force: true })
}

/** One may have the lock already and not have written its note yet. */
function holder(dir: string): Holder {
  for (let i = 0; i < NOTE_TRIES; i++) {
    const [note = readNote(join(dir, OLD_NOTE))] = livingHolders(join(dir, OWNERS_FOLDER))
    if (note) return note
    pause()
  }
  return { pid: 0, host: 'unknown', since: 'unknown' }
}

/** Who is at work in the folder now. */
export function holders(dir: string): readonly Holder[] {
  return livingHolders(join(dir, OWNERS_FOLDER))
}

/** A killed holder leaves its note behind: one whose process is gone is not believed, and taken away. */
function livingHolders(folder: string): Holder[] {
  return noteNames(folder).flatMap((name) => {
    const note = readNote(join(folder, name))
    if (!note) return []
    if (note.host !== hostname() || isAlive(note.pid)) return [note]
    rmSync(join(folder, name), { force: true })
    return []
  })
}

function noteNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch {
    return []
  }
}

function readNote(path: string): Holder | undefined {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>
    return typeof pid === 'number' && typeof host === 'string' && typeof since === 'string' ? { pid, host, since } : undefined
  } catch {
    return undefined
  }
}

/** Whether a process with this id runs on this machine, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Blocks for a moment: only ever for something that another process is just doing. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
}
