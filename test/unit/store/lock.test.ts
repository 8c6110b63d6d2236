/** The locks of a dataset's folder between real processes, killed ones included. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Locked, lockOutputs, ownFolder, ownFolderNow, shareFolder } from '../../../src/store/lock.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { FrozenClock } from '../../rig/frozen-clock.ts'
import { instantClock } from '../../rig/instant-clock.ts'
import { tempFolder } from './responses.ts'

const LOCK = JSON.stringify(join(import.meta.dirname, '../../../src/store/lock.ts'))
const CLOCK = JSON.stringify(join(import.meta.dirname, '../../../src/util/clock.ts'))

const TAKE = {
  owns: (dir: string) => `ownFolderNow(${JSON.stringify(dir)}, systemClock)`,
  shares: (dir: string) => `await shareFolder(${JSON.stringify(dir)}, systemClock, 0)`,
  writes: (dir: string) => `await lockOutputs(${JSON.stringify(dir)}, systemClock).then((release) => ({ release }))`,
} as const

const script = (take: string, rest = '') => `import { lockOutputs, ownFolderNow, shareFolder } from ${LOCK}
  import { systemClock } from ${CLOCK}
  const lock = ${take}
  process.stdout.write('release' in lock ? 'held' : 'refused')
  ${rest}`

/** A process that takes a lock, says so, and keeps it until it is killed. */
async function holderOf(dir: string, how: keyof typeof TAKE = 'owns'): Promise<ChildProcess> {
  const code = script(TAKE[how](dir), 'setInterval(() => {}, 1000)')
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  expect(String(said)).toBe('held')
  return child
}

/** What a process that is gone at once is told. */
function toldElsewhere(dir: string, how: keyof typeof TAKE): string {
  return spawnSync(process.execPath, ['--input-type=module', '-e', script(TAKE[how](dir), 'process.exit()')], { encoding: 'utf8' }).stdout
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function release(lock: Locked): void {
  if (!('release' in lock)) throw new Error(`held by ${JSON.stringify(lock.heldBy)}`)
  lock.release()
}

const notes = (dir: string) => readdirSync(join(dir, 'owners'))

it('is owned by one, whom the other one can name', async () => {
  const dir = join(tempFolder(), '.datagen')
  const child = await holderOf(dir)
  const answer = ownFolderNow(dir, systemClock)
  expect(answer).toEqual({ heldBy: { pid: child.pid, host: hostname(), since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) } })
  const note = join(dir, 'owners', notes(dir)[0] as string)
  expect([statSync(join(dir, 'lock.db')).mode & 0o777, statSync(note).mode & 0o777]).toEqual([0o600, 0o600])
})

it('dies with its process, five times over, and stale notes go', async () => {
  const dir = tempFolder()
  for (let i = 0; i < 5; i++) {
    const child = await holderOf(dir)
    await kill(child)
    expect(notes(dir)).toContain(`${child.pid}-1.json`)
    const lock = ownFolderNow(dir, systemClock)
    expect(ownFolderNow(dir, systemClock)).toMatchObject({ heldBy: { pid: process.pid } })
    expect(notes(dir)).toHaveLength(1)
    release(lock)
    expect(notes(dir)).toEqual([])
  }
})

it('does not care whether another process has the id of a dead holder', async () => {
  const dir = tempFolder()
  release(ownFolderNow(dir, systemClock))
  writeFileSync(join(dir, 'owners', '1-1.json'), JSON.stringify({ pid: process.ppid, host: hostname(), since: 'long ago' }))
  release(ownFolderNow(dir, systemClock))
})

it('is refused to the same process, too, and free again after release', () => {
  const dir = tempFolder()
  const first = ownFolderNow(dir, systemClock)
  for (let i = 0; i < 2; i++) expect(ownFolderNow(dir, systemClock)).toMatchObject({ heldBy: { pid: process.pid, host: hostname() } })
  release(first)
  const second = ownFolderNow(dir, systemClock)
  expect('release' in second).toBe(true)
  release(first)
  expect('heldBy' in ownFolderNow(dir, systemClock)).toBe(true)
  release(second)
})

it('keeps other processes out even after this one was refused and tried again', () => {
  const dir = tempFolder()
  const lock = ownFolderNow(dir, systemClock)
  ownFolderNow(dir, systemClock)
  expect(toldElsewhere(dir, 'owns')).toBe('refused')
  release(lock)
  expect(toldElsewhere(dir, 'owns')).toBe('held')
})

it('names nobody when the note cannot be read', () => {
  const dir = tempFolder()
  const lock = ownFolderNow(dir, systemClock)
  writeFileSync(join(dir, 'owners', notes(dir)[0] as string), '\0'.repeat(1000))
  expect(ownFolderNow(dir, systemClock)).toEqual({ heldBy: { pid: 0, host: 'unknown', since: 'unknown' } })
  release(lock)
})

it('is shared by builds, and owned only when the last of them has ended', async () => {
  const dir = tempFolder()
  const [ours, theirs] = [await shareFolder(dir, systemClock, 0), await holderOf(dir, 'shares')]
  expect(toldElsewhere(dir, 'shares')).toBe('held')
  expect(toldElsewhere(dir, 'owns')).toBe('refused')
  expect('heldBy' in ownFolderNow(dir, systemClock)).toBe(true)
  release(ours)
  expect(await ownFolder(dir, instantClock(), 1000)).toMatchObject({ heldBy: { pid: theirs.pid } })
  await kill(theirs)
  const owned = await ownFolder(dir, instantClock(), 1000)
  expect([await shareFolder(dir, instantClock(), 1000), toldElsewhere(dir, 'shares')]).toMatchObject([
    { heldBy: { pid: process.pid } },
    'refused',
  ])
  release(owned)
  release(await shareFolder(dir, systemClock, 0))
})

it('is waited for no longer than asked, and got when it comes free in time', async () => {
  const dir = tempFolder()
  const clock = new FrozenClock()
  const first = ownFolderNow(dir, systemClock)
  const told: string[] = []
  const waiting = [100, 10_000].map((ms) =>
    shareFolder(dir, clock, ms).then((lock) => {
      told.push(`${ms} ${'release' in lock}`)
      return lock
    }),
  )
  await clock.advanceTo(99)
  expect(told).toEqual([])
  await clock.advanceTo(100)
  expect(told).toEqual(['100 false'])
  release(first)
  await clock.advanceTo(200)
  expect(told).toEqual(['100 false', '10000 true'])
  release((await waiting[1]) as Locked)
})

it('can be owned for a while by the one process that shares it, which shares it again afterwards', async () => {
  const dir = tempFolder()
  const shared = await shareFolder(dir, systemClock, 0)
  const owned = ownFolderNow(dir, systemClock)
  expect([toldElsewhere(dir, 'shares'), 'heldBy' in ownFolderNow(dir, systemClock)]).toEqual(['refused', true])
  release(owned)
  expect([toldElsewhere(dir, 'shares'), toldElsewhere(dir, 'owns')]).toEqual(['held', 'refused'])
  release(shared)
  expect(toldElsewhere(dir, 'owns')).toBe('held')
})

it('lets one build at a time write outputs, and the next one when that one is killed', async () => {
  const dir = tempFolder()
  const child = await holderOf(dir, 'writes')
  const clock = new FrozenClock()
  let got = 0
  const waiting = [1, 2].map(() =>
    lockOutputs(dir, clock).then((unlock) => {
      got++
      return unlock
    }),
  )
  await clock.advanceTo(10_000)
  expect(got).toBe(0)
  // Writing outputs keeps nobody from building.
  release(await shareFolder(dir, systemClock, 0))
  await kill(child)
  await clock.advanceTo(10_100)
  expect(got).toBe(1)
  ;(await Promise.race(waiting))()
  await clock.advanceTo(10_200)
  expect(got).toBe(2)
  for (const unlock of await Promise.all(waiting)) unlock()
  expect(readFileSync(join(dir, 'outputs-lock.db'))).toHaveLength(0)
})
