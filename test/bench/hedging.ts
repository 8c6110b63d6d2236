/**
 * `npm run bench:hedging [-- --runs 3]`: what second calls bring and cost, with the real command over HTTP against a server of which
 * one answer in a hundred takes twenty times as long. Writes into docs/benchmarks.md.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Event, RunEnd } from '../../src/events/event.ts'
import { Project } from '../rig/project.ts'
import { type Script, startServer, type TestServer } from '../rig/server.ts'
import { Bench, count } from './bench.ts'
import { middle } from './processes.ts'
import { Report } from './report.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } })
const RUNS = Number(values.runs)
const CELLS = 2_000
const CONCURRENCY = 64
const TYPICAL_MS = 200
const latency = { kind: 'lognormal', p50: TYPICAL_MS, p99: 2 * TYPICAL_MS } as const
const slow = { kind: 'late-body', ms: 20 * TYPICAL_MS } as const

const command = 'npm run bench:hedging'
const report = new Report(fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url)), command, new Date())
const bench = new Bench({ sizes: [], only: undefined, command }, report)

interface Seen {
  readonly seconds: number
  readonly p50: number
  readonly p995: number
  readonly longest: number
  /** The last call ended so long after 99 % of them had. */
  readonly tail: number
  readonly extra: number
  readonly won: number
}

async function build(server: TestServer, hedge: boolean): Promise<Seen> {
  const config = {
    name: 'hedging',
    concurrency: CONCURRENCY,
    models: { m: { use: 'openai:m', baseUrl: server.url, price: { input: 1, output: 1 }, maxTokens: 100, hedge } },
    dimensions: { topic: Array.from({ length: CELLS }, (_, i) => `topic-${i}`) },
    recipe: {
      steps: { answer: { ask: 'm', prompt: 'Explain {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
  }
  using project = new Project({ 'datagen.config.json': JSON.stringify(config) })
  const { code, stdout, stderr } = await project.run('build', '--yes', '--json')
  if (code !== 0) throw new Error(`the build ended with ${code}: ${stderr}`)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  const begun = new Map<number, number>()
  const took: number[] = []
  const ends: number[] = []
  for (const event of events) {
    if (event.type === 'step-start') begun.set(event.id, event.at)
    if (event.type !== 'step-end') continue
    took.push(event.at - (begun.get(event.id) as number))
    ends.push(event.at)
  }
  const of = (times: number[], share: number) => times.sort((a, b) => a - b)[Math.ceil(times.length * share) - 1] as number
  const { calls, ms, costs } = events.at(-1) as RunEnd
  const { requests } = await server.totals()
  // A second call may be called off before it has left.
  if (requests > calls || requests < CELLS) throw new Error(`datagen says ${calls} calls, the server had ${requests}`)
  const hedges = costs?.hedges ?? { calls: 0, won: 0 }
  return {
    seconds: ms / 1000,
    p50: of(took, 0.5),
    p995: of(took, 0.995),
    longest: of(took, 1),
    tail: of(ends, 1) - of(ends, 0.99),
    extra: calls - CELLS,
    won: hedges.won,
  }
}

/** In turns, so that a machine that is busier now than a minute ago is so for both; the first build of each warms the server up. */
async function compared(script: Script): Promise<{ readonly without: Seen; readonly hedged: Seen }> {
  const [without, hedged]: [Seen[], Seen[]] = [[], []]
  await using server = await startServer()
  for (let run = 0; run <= RUNS; run++) {
    for (const hedge of run % 2 === 0 ? [false, true] : [true, false]) {
      await server.reset()
      await server.script(script)
      const seen = await build(server, hedge)
      if (run > 0) (hedge ? hedged : without).push(seen)
    }
  }
  return { without: medians(without), hedged: medians(hedged) }
}

function medians(seen: readonly Seen[]): Seen {
  const of = (field: keyof Seen) => middle(seen.map((one) => one[field]))
  return {
    seconds: of('seconds'),
    p50: of('p50'),
    p995: of('p995'),
    longest: of('longest'),
    tail: of('tail'),
    extra: of('extra'),
    won: of('won'),
  }
}

const words = ({ seconds, p50, p995, longest, tail, extra, won }: Seen) => {
  const times = `${seconds.toFixed(1)} s; half of the answers within ${count(p50)} ms, 99.5 % within ${count(p995)} ms, the last after ${count(longest)} ms`
  const twice =
    extra > 0 ? `; ${((100 * extra) / CELLS).toFixed(1)} % more calls, of which ${count(won)} of ${count(extra)} came first` : ''
  return `${times}; the last hundredth of the build took ${count(tail)} ms${twice}`
}

for (const [what, script] of [
  ['one answer in a hundred takes twenty times as long', { latency, rules: [{ fault: slow, share: 0.01 }] }],
  ['no answer takes much longer than others', { latency }],
] as const) {
  await bench.row({ topic: 'Slow calls, made twice', what, cells: CELLS, target: '' }, async () => {
    const { without, hedged } = await compared(script)
    return {
      measured: words(hedged),
      floor: `without: ${words(without)}`,
      ratio: `${(hedged.seconds / without.seconds).toFixed(2)} × the time, ${(hedged.p995 / without.p995).toFixed(2)} × the 99.5 %`,
    }
  })
}
bench.close()
