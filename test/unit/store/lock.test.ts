/** The build lock between real processes, killed ones included. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { acquireBuildLock } from '../../../src/store/lock.ts'
import { tempFolder } from './responses.ts'

const LOCK = JSON.stringify(join(import.meta.dirname, '../../../src/store/lock.ts'))

/** A process that takes the lock, says so, and keeps it until it is killed. */
async function holderOf(dir: string): Promise<ChildProcess> {
  const code = `import { acquireBuildLock } from ${LOCK}
    const lock = acquireBuildLock(${JSON.stringify(dir)})
    process.stdout.write('release' in lock ? 'held' : 'refused')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  expect(String(said)).toBe('held')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

it('is held by one build, which the other one can name', async () => {
  const dir = join(tempFolder(), '.datagen')
  const child = await holderOf(dir)
  const answer = acquireBuildLock(dir)
  expect(answer).toEqual({ heldBy: { pid: child.pid, host: hostname(), since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) } })
  expect([statSync(join(dir, 'lock.db')).mode & 0o777, statSync(join(dir, 'lock.json')).mode & 0o777]).toEqual([0o600, 0o600])
})

it('dies with its process, five times over, and leaves no stale note', async () => {
  const dir = tempFolder()
  for (let i = 0; i < 5; i++) {
    await kill(await holderOf(dir))
    expect(existsSync(join(dir, 'lock.json'))).toBe(true)
    const lock = acquireBuildLock(dir)
    if (!('release' in lock)) throw new Error('the lock of a killed build is still held')
    expect(JSON.parse(readFileSync(join(dir, 'lock.json'), 'utf8'))).toMatchObject({ pid: process.pid })
    lock.release()
    expect(existsSync(join(dir, 'lock.json'))).toBe(false)
  }
})

it('does not care whether another process has the id of a dead holder', () => {
  const dir = tempFolder()
  writeFileSync(join(dir, 'lock.json'), JSON.stringify({ pid: process.ppid, host: hostname(), since: 'long ago' }))
  const lock = acquireBuildLock(dir)
  expect('release' in lock).toBe(true)
  if ('release' in lock) lock.release()
})

it('is refused to the same process, too, and free again after release', () => {
  const dir = tempFolder()
  const first = acquireBuildLock(dir)
  expect(acquireBuildLock(dir)).toEqual({ heldBy: { pid: process.pid, host: hostname(), since: expect.any(String) } })
  expect(acquireBuildLock(dir)).toEqual({ heldBy: { pid: process.pid, host: hostname(), since: expect.any(String) } })
  if ('release' in first) first.release()
  const second = acquireBuildLock(dir)
  expect('release' in second).toBe(true)
  if ('release' in first) first.release()
  expect('heldBy' in acquireBuildLock(dir)).toBe(true)
  if ('release' in second) second.release()
})

it('keeps other processes out even after this one was refused and tried again', async () => {
  const dir = tempFolder()
  const lock = acquireBuildLock(dir)
  acquireBuildLock(dir)
  const code = `import { acquireBuildLock } from ${LOCK}; process.stdout.write('release' in acquireBuildLock(${JSON.stringify(dir)}) ? 'held' : 'refused')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  expect(String(said)).toBe('refused')
  if ('release' in lock) lock.release()
})

it('names nobody when the note cannot be read', () => {
  const dir = tempFolder()
  const lock = acquireBuildLock(dir)
  writeFileSync(join(dir, 'lock.json'), '\0'.repeat(1000))
  expect(acquireBuildLock(dir)).toEqual({ heldBy: { pid: 0, host: 'unknown', since: 'unknown' } })
  if ('release' in lock) lock.release()
})
