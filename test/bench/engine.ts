/** The engine without the process around it: against nothing, against a local server beside the bare SDK, and its screen. */

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Config } from '../../schema/config.ts'
import { normalise } from '../../src/config/normalise.ts'
import { createRecorder } from '../../src/config/recorder.ts'
import type { Sink } from '../../src/events/sink.ts'
import type { Provider } from '../../src/generate/provider.ts'
import { createProvider } from '../../src/generate/providers/create.ts'
import { createPace } from '../../src/generate/retry.ts'
import { planOf } from '../../src/plan/plan.ts'
import { build } from '../../src/schedule/build.ts'
import { Halt } from '../../src/schedule/halt.ts'
import { Limits } from '../../src/schedule/limits.ts'
import { EVERYTHING } from '../../src/schedule/scope.ts'
import { Work } from '../../src/schedule/work.ts'
import { openStore } from '../../src/store/sqlite.ts'
import { systemClock } from '../../src/util/clock.ts'
import { disk } from '../../src/write/files.ts'
import { startServer } from '../rig/server.ts'

const config = (items: number, baseUrl: string): Config => ({
  name: 'bench',
  models: { m: { use: 'openai:m', baseUrl } },
  dimensions: { n: Array.from({ length: items }, (_, i) => `value ${i}`) },
  recipe: {
    steps: { answer: { ask: 'm', prompt: `Write about {{ cell.n }}. ${'Take your time. '.repeat(20)}` } },
    example: {
      messages: [
        { role: 'user', content: '{{ cell.n }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
})

const BODY = new TextEncoder().encode(
  JSON.stringify({
    id: 'x',
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'word '.repeat(240) } }],
    usage: { prompt_tokens: 90, completion_tokens: 240 },
  }),
)

async function run(
  items: number,
  concurrency: number,
  baseUrl: string,
  provider: Provider,
  sink: Sink = { emit: () => {} },
): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), 'datagen-bench-'))
  const place = { file: 'bench' }
  const { dataset } = await normalise(config(items, baseUrl), {
    locate: () => place,
    thrownAt: () => place,
    recorder: createRecorder(root, {}),
    probe: undefined,
  })
  const store = openStore(join(root, '.datagen'))
  const work = new Work(planOf(dataset), store)
  const pace = createPace()
  const started = performance.now()
  const result = await build({
    work,
    sink,
    halt: new Halt(),
    clock: systemClock,
    random: Math.random,
    run: 'bench',
    root,
    files: disk,
    environment: {},
    startedAt: started,
    concurrency,
    models: [],
    scope: EVERYTHING,
    mayBuy: async () => true,
    sellers: () => ({ provider, pace }),
    limits: new Limits({}),
    partial: false,
    simulated: new Set(),
  })
  const seconds = (performance.now() - started) / 1000
  await store.close()
  rmSync(root, { recursive: true, force: true })
  if (result.end.counts.accepted !== items) throw new Error(`${result.end.counts.accepted} of ${items} accepted`)
  return items / seconds
}

export async function engineAlone(items: number): Promise<{ perSecond: number; hashesPerSecond: number }> {
  const instant: Provider = { simulated: false, ask: async () => ({ kind: 'response', raw: BODY }), close: async () => {} }
  await run(2_000, 512, 'http://127.0.0.1:9/v1', instant)
  const runs: number[] = []
  for (let i = 0; i < 3; i++) runs.push(await run(items, 512, 'http://127.0.0.1:9/v1', instant))
  const started = performance.now()
  for (let i = 0; i < items; i++) createHash('sha256').update(BODY).digest()
  return { perSecond: runs.sort((a, b) => a - b)[1] as number, hashesPerSecond: items / ((performance.now() - started) / 1000) }
}

export async function engineOverHttp(requests: number, concurrency: number): Promise<{ engine: number; sdk: number }> {
  await using server = await startServer({ script: { fresh: false } })
  const { default: OpenAI } = await import('openai')
  const client = new OpenAI({ apiKey: 'none', baseURL: server.url, maxRetries: 0 })
  const bare = async (total: number) => {
    let n = 0
    const started = performance.now()
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (n < total)
          await client.chat.completions.create({
            model: 'm',
            messages: [{ role: 'user', content: `Write about value ${n++}. ${'Take your time. '.repeat(20)}` }],
          })
      }),
    )
    return total / ((performance.now() - started) / 1000)
  }
  const engines: number[] = []
  const sdks: number[] = []
  for (let i = 0; i < 3; i++) {
    sdks.push(await bare(requests))
    await server.reset()
    const spec = {
      name: 'm',
      provider: 'openai',
      model: 'm',
      baseUrl: server.url,
      identity: server.url,
      params: {},
      structured: 'json_schema',
      timeoutMs: 60_000,
    } as const
    const provider = await createProvider(spec, { apiKey: 'none', clock: systemClock, connections: concurrency })
    engines.push(await run(requests, concurrency, server.url, provider))
    await provider.close()
    await server.reset()
  }
  const middle = (values: number[]) => values.sort((a, b) => a - b)[1] as number
  return { engine: middle(engines), sdk: middle(sdks) }
}

/** Per cent of one core that the live screen takes while 64 calls are under way and nothing arrives, on 100 × 40. */
export async function screenWhileWaiting(): Promise<number> {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 })
  let bytes = 0
  stderr.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  // The built one: Node reads types by itself, but not JSX.
  const { createReporter } = (await import(
    new URL('../../dist/src/report/reporter.js', import.meta.url).href
  )) as typeof import('../../src/report/reporter.ts')
  const reporter = createReporter({ reporter: 'tty', color: true }, { stderr, stdout: stderr, clock: systemClock, env: process.env })
  reporter.emit({ type: 'run-start', schema: 1, run: 'bench', time: '', command: 'build', dataset: 'bench' })
  const batches = [{ batch: 'all', items: 1_000, cached: 0, todo: 1_000, after: [] }]
  reporter.emit({ type: 'planned', items: 1_000, batches, outputs: ['data/train.jsonl'], models: [], concurrency: 64 })
  reporter.emit({ type: 'batch-start', batch: 'all' })
  for (let id = 0; id < 64; id++) {
    const at = systemClock.now()
    reporter.emit({ type: 'step-start', id, batch: 'all', cell: `cell ${id}`, step: 'answer', model: 'm', attempt: 1, at, reason: 'new' })
  }
  await systemClock.sleep(2_000)
  const drawn = bytes
  const before = process.cpuUsage()
  const started = performance.now()
  await systemClock.sleep(5_000)
  const { user, system } = process.cpuUsage(before)
  const share = ((user + system) / 1000 / (performance.now() - started)) * 100
  if (bytes === drawn) throw new Error('the screen was not drawn')
  await reporter.close()
  return share
}
