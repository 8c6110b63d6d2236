/** The engine without the process around it: a whole build in this one, against any provider. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../schema/config.ts'
import { normalise } from '../../src/config/normalise.ts'
import { createRecorder } from '../../src/config/recorder.ts'
import type { Provider } from '../../src/generate/provider.ts'
import { Pace, type PaceOptions } from '../../src/generate/rate/pace.ts'
import { planOf } from '../../src/plan/plan.ts'
import { build } from '../../src/schedule/build.ts'
import { Halt } from '../../src/schedule/halt.ts'
import { Limits } from '../../src/schedule/limits.ts'
import { EVERYTHING } from '../../src/schedule/scope.ts'
import { Work } from '../../src/schedule/work.ts'
import { openStore } from '../../src/store/sqlite.ts'
import { systemClock } from '../../src/util/clock.ts'
import { disk } from '../../src/write/files.ts'
import { type Bench, count, times } from './bench.ts'
import { middle } from './processes.ts'
import { benchStore } from './store.ts'

export const promptOf = (n: number) => `Write about value ${n}. ${'Take your time. '.repeat(20)}`

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

export interface Rates {
  /** Answers a second from a planned dataset and an empty store to its written output. */
  readonly whole: number
  /** From the first call to the last row judged: asked, kept and judged, without the look before and the writing behind. */
  readonly asking: number
}

export async function buildRate(
  items: number,
  concurrency: number,
  baseUrl: string,
  provider: Provider,
  limit?: PaceOptions,
): Promise<Rates> {
  const root = mkdtempSync(join(tmpdir(), 'datagen-bench-'))
  const place = { file: 'bench' }
  const { dataset } = await normalise(config(items, baseUrl), {
    locate: () => place,
    thrownAt: () => place,
    recorder: createRecorder(root, {}),
    probe: undefined,
  })
  const store = openStore(join(root, '.datagen'))
  try {
    const work = new Work(planOf(dataset), store)
    const pace = new Pace(systemClock, limit)
    const at = new Map<string, number>()
    const started = performance.now()
    const result = await build({
      work,
      sink: { emit: ({ type }) => void at.set(type, performance.now()) },
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
    if (result.end.counts.accepted !== items) throw new Error(`${result.end.counts.accepted} of ${items} accepted`)
    const asking = ((at.get('batch-end') as number) - (at.get('batch-start') as number)) / 1000
    return { whole: items / seconds, asking: items / asking }
  } finally {
    await store.close()
    rmSync(root, { recursive: true, force: true })
  }
}

const ITEMS = 20_000
const IN_FLIGHT = 1024
const PER_SECOND = 20_000
const NOWHERE = 'http://127.0.0.1:9/v1'

export async function engineAlone(bench: Bench): Promise<void> {
  const topic = 'The engine alone'
  const names = ['engine, provider without latency in process', 'engine beside bare store inserts'] as const
  if (!names.some((name) => bench.wants(name))) return
  const instant: Provider = { simulated: false, ask: async () => ({ kind: 'response', raw: BODY }), close: async () => {} }
  await buildRate(ITEMS / 10, IN_FLIGHT, NOWHERE, instant)
  const rates: Rates[] = []
  for (let i = 0; i < 3; i++) rates.push(await buildRate(ITEMS, IN_FLIGHT, NOWHERE, instant))
  const rate = middle(rates.map(({ asking }) => asking))
  const whole = middle(rates.map((each) => each.whole))
  const measured = `${count(rate)} answers/s asked, kept and judged, every one durable before it counts; ${count(whole)}/s with planning and writing`
  await bench.row({ topic, what: names[0], target: `${count(PER_SECOND)} answers/s` }, async () => {
    const started = performance.now()
    for (let i = 0; i < ITEMS; i++) createHash('sha256').update(BODY).digest()
    const hashes = (ITEMS * 1000) / (performance.now() - started)
    return { measured, floor: `sha256 of the same bytes ${count(hashes)}/s`, ratio: times(rate / hashes), met: rate >= PER_SECOND }
  })
  await bench.row({ topic, what: names[1], target: '' }, async () => {
    const inserts: number[] = []
    for (let i = 0; i < 3; i++) inserts.push((await benchStore(ITEMS)).pairsPerSecond)
    const floor = middle(inserts)
    return { measured, floor: `claim and put alone ${count(floor)} pairs/s`, ratio: times(rate / floor) }
  })
}
