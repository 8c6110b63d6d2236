/**
 * `npm run bench:throughput [-- --runs 3]`: datagen beside the bare `openai` package and bare undici, in turns, each in a process of its
 * own against one server in another; and whether a limit of 30,000 requests a minute is kept busy. Writes into docs/benchmarks.md.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { startServer, type TestServer } from '../rig/server.ts'
import { Bench, count, times } from './bench.ts'
import { middle } from './processes.ts'
import { Report } from './report.ts'
import type { Client } from './throughput-client.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string' } } })
const RUNS = Number(values.runs)
const TOPIC = 'Throughput'
const CLIENT = fileURLToPath(new URL('./throughput-client.ts', import.meta.url))
const KINDS = ['datagen', 'sdk', 'undici'] as const

/** As many answers as the limit allows in forty seconds; those of a model take seconds. */
const LIMIT = { perMinute: 30_000, seconds: 40, latencyMs: 2_000, atOnce: 2_048 }
const SHARE_OF_LIMIT = 0.95
const SHARE_OF_SDK = 0.9

const command = `npm run bench:throughput${values.only ? ` -- --only '${values.only}'` : ''}`
const report = new Report(fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url)), command, new Date())
const bench = new Bench({ sizes: [], only: values.only?.toLowerCase(), command }, report)

async function client(server: TestServer, latencyMs: number, ...args: (string | number)[]): Promise<Client> {
  await server.reset()
  await server.script({ fresh: false, latencyMs })
  const [kind, ...rest] = args
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', CLIENT, String(kind), server.url, ...rest.map(String)], {
    env: { PATH: process.env['PATH'] ?? '' },
    maxBuffer: 1 << 24,
  })
  return JSON.parse(stdout) as Client
}

/** Medians of what several runs said. */
function medians(clients: readonly Client[]): Client {
  const of = (field: keyof Client) => middle(clients.map((one) => one[field]))
  return { rate: of('rate'), cpuMicros: of('cpuMicros'), busy: of('busy'), peakMb: of('peakMb') }
}

const words = ({ rate, cpuMicros, peakMb }: Client) =>
  `${count(rate)} answers/s, ${count(cpuMicros)} µs of processor each, ${count(peakMb)} MB at most`

for (const [atOnce, requests] of [
  [64, 6_000],
  [512, 12_000],
  [2_048, 16_000],
] as const) {
  await bench.row({ topic: TOPIC, what: `${count(atOnce)} in flight, 20 ms latency`, target: `${SHARE_OF_SDK} × SDK` }, async () => {
    await using server = await startServer()
    const seen = new Map(KINDS.map((kind) => [kind, [] as Client[]]))
    for (let run = 0; run < RUNS; run++) for (const kind of KINDS) seen.get(kind)?.push(await client(server, 20, kind, atOnce, requests))
    const [datagen, sdk, undici] = KINDS.map((kind) => medians(seen.get(kind) as Client[])) as [Client, Client, Client]
    const ratio = datagen.rate / sdk.rate
    return {
      measured: words(datagen),
      floor: `SDK: ${words(sdk)}; undici: ${words(undici)}`,
      ratio: times(ratio),
      met: ratio >= SHARE_OF_SDK,
    }
  })
}

const { perMinute, seconds, latencyMs, atOnce } = LIMIT
const what = `a limit of ${count(perMinute)} requests a minute, answers that take ${latencyMs / 1000} s`
await bench.row({ topic: TOPIC, what, target: `${SHARE_OF_LIMIT} × the limit` }, async () => {
  await using server = await startServer()
  const requests = (perMinute / 60) * seconds
  const { rate, busy, peakMb } = await client(server, latencyMs, 'datagen', atOnce, requests, perMinute)
  // The first answer comes when the first has been made, the last when the last has: a build is never shorter than its limit and one answer.
  const possible = requests / (seconds + latencyMs / 1000)
  return {
    measured: `${count(rate * 60)} a minute in ${seconds} s, ${Math.round(busy * 100)} % of one core, ${count(peakMb)} MB at most`,
    floor: `${count(possible * 60)} a minute are possible in that time`,
    ratio: times(rate / possible),
    met: rate / possible >= SHARE_OF_LIMIT,
  }
})
bench.close()
