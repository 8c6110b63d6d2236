/** `kill -9` at random moments: what was acknowledged is there afterwards. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../src/store/sqlite.ts'
import type { Key } from '../../src/util/brand.ts'

const ROUNDS = 15
/** Each round lives this many lines longer than the one before: the kill falls where the log is made, grows and wraps. */
const LINES_A_ROUND = 100

/** Puts without end in 32 lanes; says on stdout what was announced (i) and what was acknowledged (a), unbuffered. */
const WRITER = `
import { hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/sqlite.ts'))}
const [dir, round] = process.argv.slice(1)
const store = openStore(dir)
let next = 0
async function lane() {
  for (;;) {
    const name = round + '.' + next++
    const key = hash('sha256', name), request = hash('sha256', 'request of ' + name), requestText = name.repeat(50), run = 'run-' + round
    await store.claim({ key, request, requestText, run, reservedUsd: 0.5 })
    writeSync(1, 'i ' + name + '\\n')
    await store.put({ key, request, requestText, run, ordinal: 0, attempt: 0, epoch: 0, step: 's', cell: name, sample: 0, model: 'm',
      raw: Buffer.from(name.repeat(200)), inputTokens: 1, outputTokens: 2, usd: 0.5, estimated: false, ms: 1 })
    writeSync(1, 'a ' + name + '\\n')
  }
}
writeSync(1, 'ready\\n')
await Promise.all(Array.from({ length: 32 }, lane))
`

async function killedWriter(dir: string, round: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, dir, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  let lines = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
    lines += chunk.split('\n').length - 1
    if (lines > round * LINES_A_ROUND) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return said.split('\n').slice(0, -1)
}

it(`loses nothing that was acknowledged in ${ROUNDS} kills, and knows every call that may have been paid for`, {
  timeout: 120_000,
}, async () => {
  const { hash } = await import('node:crypto')
  const dir = mkdtempSync(join(tmpdir(), 'datagen-kill-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const acknowledged: string[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const lines = await killedWriter(dir, round)
    const named = (letter: string) => lines.filter((line) => line.startsWith(`${letter} `)).map((line) => line.slice(2))
    const [announced, kept] = [named('i'), named('a')]
    acknowledged.push(...kept)
    const store = openStore(dir)
    const lost = acknowledged.filter(
      (name) => Buffer.from(store.get(hash('sha256', name) as Key)?.raw ?? []).toString() !== name.repeat(200),
    )
    expect([lost, store.damaged]).toEqual([[], []])
    // Announced and not acknowledged: kept all the same, or listed as an orphan; never forgotten.
    const orphans = new Set(store.orphans().map(({ key }) => key))
    const forgotten = announced.filter((name) => {
      const key = hash('sha256', name) as Key
      return (store.get(key) === undefined) !== orphans.has(key)
    })
    expect(forgotten).toEqual([])
    await store.forgetOrphans()
    await store.close()
  }
  expect(acknowledged.length).toBeGreaterThan(5000)
})

/** A writer that dies at a named place while it keeps its third answer; says which it was told of. */
const CRASHER = `
import { hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/sqlite.ts'))}
import { onCrashPoint } from ${JSON.stringify(join(import.meta.dirname, '../../src/util/crash-point.ts'))}
const [dir, place] = process.argv.slice(1)
const store = openStore(dir)
for (let n = 1; n <= 3; n++) {
  const key = hash('sha256', 'k' + n), request = hash('sha256', 'r' + n), requestText = 'request ' + n, run = 'run'
  await store.claim({ key, request, requestText, run, reservedUsd: 0.5 })
  if (n === 3) onCrashPoint((point) => point === place && process.kill(process.pid, 'SIGKILL'))
  await store.put({ key, request, requestText, run, ordinal: 0, attempt: 0, epoch: 0, step: 's', cell: 'c' + n, sample: 0, model: 'm',
    raw: Buffer.from('answer ' + n), inputTokens: 1, outputTokens: 2, usd: 0.5, estimated: false, ms: 1 })
  writeSync(1, n + ' ')
}
`

it.each([
  ['before-commit', [1, 2], 1],
  ['after-commit', [1, 2, 3], 0],
] as const)('killed %s, a group is there whole or not at all', async (place, held, orphans) => {
  const { hash } = await import('node:crypto')
  const dir = mkdtempSync(join(tmpdir(), 'datagen-kill-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const child = spawn(process.execPath, ['--input-type=module', '-e', CRASHER, dir, place], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const [, signal] = await once(child, 'close')
  expect([signal, said]).toEqual(['SIGKILL', '1 2 '])
  const store = openStore(dir)
  expect([1, 2, 3].filter((n) => store.get(hash('sha256', `k${n}`) as Key))).toEqual(held)
  expect([store.orphans().length, store.totals().usd, store.damaged]).toEqual([orphans, held.length * 0.5, []])
  await store.close()
})
