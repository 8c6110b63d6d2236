/** A full disk and a read-only one, for real: small file systems in memory, where this machine lets us mount them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { openStore, openStoreIfExists } from '../../src/store/sqlite.ts'
import { writeAtomically } from '../rig/write-atomically.ts'
import { keyOf, response } from '../unit/store/responses.ts'

let mayMount = false

beforeAll(() => {
  const probe = mkdtempSync(join(tmpdir(), 'datagen-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'pipe' })
    execFileSync('umount', [probe])
    mayMount = true
  } catch {
    process.stderr.write('skipped: mounting a tmpfs is not permitted here, so no disk can be filled\n')
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
})

/** A file system of 4 MB, gone after the test. */
function smallDisk(): string {
  const path = mkdtempSync(join(tmpdir(), 'datagen-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path])
  onTestFinished(() => {
    execFileSync('umount', ['-l', path])
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

/** Until nothing more fits. */
function fill(path: string): void {
  for (const size of [1_000_000, 10_000, 1]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}

const big = (n: number) => response(n, { raw: Buffer.from(`${n} `.repeat(700)), requestText: `request ${n} `.repeat(50) })
const isRight = (raw: Uint8Array | undefined, n: number) => Buffer.compare(raw ?? Buffer.alloc(0), big(n).raw) === 0

it('a full disk stops the writing, not the process; all that was acknowledged can be read, then and later', async (context) => {
  if (!mayMount) return context.skip()
  const disk = smallDisk()
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(1_000_000))
  const dir = join(disk, '.datagen')
  const store = openStore(dir)
  const kept: number[] = []
  let last: number[] = []
  let failure: unknown
  for (let n = 0; failure === undefined; n += 16) {
    const group = Array.from({ length: 16 }, (_, i) => n + i)
    const results = await Promise.allSettled(group.map((each) => store.put(big(each))))
    const [first] = results
    if (results.every(({ status }) => status === 'fulfilled')) kept.push(...group)
    else failure = first?.status === 'rejected' ? first.reason : 'only a part of the group failed'
    last = group
  }
  expect(failure).toMatchObject({ name: 'StoreFailure', kind: 'full', exitCode: 6, message: 'the disk that holds the store is full' })
  expect(failure).toMatchObject({ rescued: true })
  expect(kept.length).toBeGreaterThan(150)
  expect(kept.filter((n) => !isRight(store.get(keyOf(n))?.raw, n))).toEqual([])
  expect(store.totals().responses).toBe(kept.length)
  const claim = { key: keyOf(-1), request: big(-1).request, requestText: '', run: 'r', reservedUsd: 1 }
  await expect(store.claim(claim)).rejects.toMatchObject({ kind: 'full' })

  rmSync(join(disk, 'ballast'))
  await store.put(big(-2))
  // There is room again, but this build knows of answers that are not in the store.
  await expect(store.claim(claim)).rejects.toMatchObject({ kind: 'full', rescued: false })
  await store.close()
  const again = openStore(dir)
  expect([...kept, ...last, -2].filter((n) => !isRight(again.get(keyOf(n))?.raw, n))).toEqual([])
  expect([again.rescued, again.totals().responses, again.damaged]).toEqual([last.length, kept.length + last.length + 1, []])
  await again.close()
  expect(readdirSync(join(dir, 'owners'))).toEqual([])
})

it('what no room was kept for goes to another disk, and a store on a full disk says so when it is opened', async (context) => {
  if (!mayMount) return context.skip()
  const [disk, temp] = [smallDisk(), mkdtempSync(join(tmpdir(), 'datagen-temp-'))]
  onTestFinished(() => rmSync(temp, { recursive: true, force: true }))
  const dir = join(disk, '.datagen')
  const options = { tempDir: temp }
  const store = openStore(dir, options)
  await store.put(big(0))
  fill(join(disk, 'ballast'))
  const huge = (n: number) => ({ ...big(n), raw: randomBytes(500_000) })
  const answers = [1, 2, 3, 4].map(huge)
  const results = await Promise.allSettled(answers.map((answer) => store.put(answer)))
  expect(results.map((result) => result.status === 'rejected' && [result.reason.kind, result.reason.rescued])).toEqual(
    Array(4).fill(['full', true]),
  )
  await store.close()
  expect(readdirSync(temp)).toHaveLength(1)
  expect(() => openStore(dir, options)).toThrow(expect.objectContaining({ kind: 'full', exitCode: 6 }))
  execFileSync('mount', ['-o', 'remount,size=16m', disk])
  const again = openStore(dir, options)
  expect([again.rescued, answers.map((answer) => Buffer.compare(again.get(answer.key)?.raw ?? Buffer.of(), answer.raw))]).toEqual([
    4,
    [0, 0, 0, 0],
  ])
  await again.close()
  expect(readdirSync(join(temp, readdirSync(temp)[0] as string))).toEqual([])
})

it('answers in a rescue file survive a kill right after they were written', async (context) => {
  if (!mayMount) return context.skip()
  const disk = smallDisk()
  const dir = join(disk, '.datagen')
  const code = `
    import { writeFileSync } from 'node:fs'
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/sqlite.ts'))}
    import { onCrashPoint } from ${JSON.stringify(join(import.meta.dirname, '../../src/util/crash-point.ts'))}
    const store = openStore(${JSON.stringify(dir)})
    const big = (n) => ({ ...${JSON.stringify(big(0))}, key: String(n).padStart(64, 'a'), raw: Buffer.alloc(3000, String(n)) })
    await store.put(big(0))
    try { writeFileSync(${JSON.stringify(join(disk, 'ballast'))}, Buffer.alloc(8_000_000)) } catch {}
    onCrashPoint((point) => point === 'after-spool' && process.kill(process.pid, 'SIGKILL'))
    for (let n = 1; ; n++) await store.put(big(n)).then(() => process.stdout.write('kept '))`
  const { signal, stdout } = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], { encoding: 'utf8' })
  const kept = stdout.split(' ').length - 1
  expect(signal).toBe('SIGKILL')
  rmSync(join(disk, 'ballast'))
  const store = openStore(dir)
  expect([store.rescued, store.totals().responses, store.orphans()]).toEqual([1, kept + 2, []])
  await store.close()
})

it('after a close on the full disk everything can still be read', async (context) => {
  if (!mayMount) return context.skip()
  const disk = smallDisk()
  const dir = join(disk, '.datagen')
  const store = openStore(dir)
  let count = 0
  for (let full = false; !full; ) {
    await store.put(big(count)).then(
      () => count++,
      () => {
        full = true
      },
    )
  }
  await store.close()
  try {
    writeFileSync(join(disk, 'rest'), Buffer.alloc(4_000_000))
  } catch {
    // Whatever room the close had made is gone now.
  }
  const reader = openStoreIfExists(dir)
  expect(Array.from({ length: count }, (_, n) => n).filter((n) => !isRight(reader.get(keyOf(n))?.raw, n))).toEqual([])
  await reader.close()
})

it('a full disk leaves the old output, and no temporary file', async (context) => {
  if (!mayMount) return context.skip()
  const root = smallDisk()
  await writeAtomically('train.jsonl', ['old\n'], { root })
  const rows = Array.from({ length: 60_000 }, (_, n) => `{"row":${n},"text":"${'x'.repeat(100)}"}\n`)
  await expect(writeAtomically('train.jsonl', rows, { root })).rejects.toMatchObject({
    name: 'WriteFailure',
    exitCode: 6,
    message: 'the disk that holds the output is full',
  })
  expect([readFileSync(join(root, 'train.jsonl'), 'utf8'), readdirSync(root)]).toEqual(['old\n', ['train.jsonl']])
  expect(await writeAtomically('train.jsonl', ['new\n'], { root })).toMatchObject({ what: 'written' })
})

it('a read-only disk can be read, and is refused for writing before anything is bought', async (context) => {
  if (!mayMount) return context.skip()
  const disk = smallDisk()
  const dir = join(disk, '.datagen')
  mkdirSync(dir)
  const store = openStore(dir)
  await store.put(big(1))
  await store.close()
  execFileSync('mount', ['-o', 'remount,ro', disk])
  const before = readdirSync(dir).sort()
  const reader = openStoreIfExists(dir)
  expect([isRight(reader.get(keyOf(1))?.raw, 1), reader.get(keyOf(2))]).toEqual([true, undefined])
  await reader.close()
  expect(() => openStore(dir)).toThrow(expect.objectContaining({ name: 'StoreFailure', kind: 'readonly', exitCode: 6 }))
  expect(readdirSync(dir).sort()).toEqual(before)
  await expect(writeAtomically('out.jsonl', ['x'], { root: disk })).rejects.toMatchObject({ name: 'WriteFailure', exitCode: 6 })
})
