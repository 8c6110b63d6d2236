/** Several processes on one store: each call is made once, also when some of them are killed on the way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../src/store/sqlite.ts'
import { keyOf } from '../unit/store/responses.ts'

const KEYS = 400
const LANES = 16

/** Goes through the whole list with a few lanes; says which calls it made, unbuffered, before and after each. */
const BUILDER = `
import { hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/sqlite.ts'))}
const [dir, run, first, dieAfter] = process.argv.slice(1)
let kept = 0
const store = openStore(dir)
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let next = 0
async function lane() {
  while (next < ${KEYS}) {
    const n = (next++ + Number(first)) % ${KEYS}
    const key = hash('sha256', 'key ' + n), request = hash('sha256', 'request ' + n), requestText = 'request ' + n
    for (;;) {
      const claimed = await store.claim({ key, request, requestText, run, reservedUsd: 0.5 })
      if (claimed === 'answered') break
      if (claimed === 'held') { await wait(5); continue }
      writeSync(1, 'asked ' + n + '\\n')
      await wait(1 + Math.random() * 10)
      await store.put({ key, request, requestText, run, ordinal: 0, attempt: 0, epoch: 0, step: 's', cell: 'c' + n, sample: 0, model: 'm',
        raw: Buffer.from(run + ' ' + n), inputTokens: 1, outputTokens: 2, usd: 0.5, estimated: false, ms: 1 })
      writeSync(1, 'kept ' + n + '\\n')
      if (++kept === Number(dieAfter)) process.kill(process.pid, 'SIGKILL')
      break
    }
  }
}
await Promise.all(Array.from({ length: ${LANES} }, lane))
await store.close()
`

interface Builder {
  readonly child: ChildProcess
  readonly done: Promise<void>
  readonly lines: string[]
}

/** `dieAfter`: so many answers kept, it is killed, by itself: from outside it might have done everything before. */
function builder(dir: string, name: string, first: number, dieAfter = 0): Builder {
  const args = ['--no-warnings', '--input-type=module', '-e', BUILDER, dir, name, String(first), String(dieAfter)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() as string
    lines.push(...parts)
  })
  return { child, lines, done: once(child, 'close').then(() => {}) }
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'datagen-claims-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

it.each([
  [2, [0, 0]],
  [4, [0, 0, 100, 200]],
])('%i builds on one list make each call exactly once', { timeout: 60_000 }, async (_, starts) => {
  const dir = folder()
  const builders = starts.map((first, i) => builder(dir, `run-${i}`, first))
  await Promise.all(builders.map(({ done }) => done))
  const asked = builders.flatMap(({ lines }) => lines.filter((line) => line.startsWith('asked')))
  expect([asked.length, new Set(asked).size]).toEqual([KEYS, KEYS])
  // None of them did it all alone.
  expect(builders.filter(({ lines }) => lines.length > 0).length).toBeGreaterThan(1)
  const store = openStore(dir)
  expect(store.totals()).toMatchObject({ responses: KEYS, usd: KEYS * 0.5 })
  expect([store.orphans(), store.damaged]).toEqual([[], []])
  await store.close()
})

it('calls of killed builds are made by the others, and nothing that was kept is asked again', { timeout: 60_000 }, async () => {
  const dir = folder()
  const victims = [0, 1].map((i) => builder(dir, `victim-${i}`, i * 50, 60))
  // Behind them, so that however slowly one of them begins, there is enough left for it to do.
  await Promise.all(victims.map(({ done }) => done))
  const survivor = builder(dir, 'survivor', 0)
  await survivor.done
  expect(victims.map(({ child }) => child.signalCode)).toEqual(['SIGKILL', 'SIGKILL'])
  const everything = [...victims, survivor]
  const asked = everything.flatMap(({ lines }) => lines.filter((line) => line.startsWith('asked')))
  // Only what was in flight when they were killed is asked twice, and only once more.
  expect(new Set(asked).size).toBe(KEYS)
  expect(asked.length - KEYS).toBeLessThanOrEqual(2 * LANES)
  const kept = victims.flatMap(({ lines }) => lines.filter((line) => line.startsWith('kept')).map((line) => line.slice(5)))
  const again = survivor.lines.filter((line) => line.startsWith('asked')).map((line) => line.slice(6))
  expect(kept.filter((n) => again.includes(n))).toEqual([])
  const store = openStore(dir)
  expect(Array.from({ length: KEYS }, (_, n) => n).filter((n) => !store.get(keyOf(n)))).toEqual([])
  expect(store.totals()).toMatchObject({ responses: KEYS, usd: KEYS * 0.5 })
  expect(store.orphans()).toEqual([])
  await store.close()
})
