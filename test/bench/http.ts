/** The engine over HTTP beside the bare `openai` package, against one server in a process of its own. */
import { Agent, request } from 'undici'
import { createProvider } from '../../src/generate/providers/create.ts'
import { systemClock } from '../../src/util/clock.ts'
import { cpuSecondsOf, processBelow } from '../rig/process-facts.ts'
import { startServer, type TestServer } from '../rig/server.ts'
import { type Bench, count, times } from './bench.ts'
import { buildRate, promptOf } from './engine.ts'
import { middle } from './processes.ts'

const RUNS = 3
const SHARE = 0.9

export async function engineOverHttp(bench: Bench): Promise<void> {
  for (const [concurrency, latencyMs, requests] of [
    [64, 0, 4_000],
    [512, 20, 8_000],
  ] as const) {
    const what = `engine over local HTTP, ${concurrency} in flight, ${latencyMs} ms latency`
    await bench.row({ topic: 'The engine alone', what, target: `${SHARE} × SDK` }, async () => {
      const rates = await ratesOf(concurrency, latencyMs, requests)
      const ratio = rates.engine / rates.sdk
      const ceiling = `the server itself gives ${count(rates.server)}/s to a bare client and was busy ${Math.round(rates.serverBusy * 100)} % of the engine's time`
      return {
        measured: `${count(rates.engine)} requests/s`,
        floor: `bare SDK ${count(rates.sdk)} requests/s; ${ceiling}`,
        ratio: times(ratio),
        met: ratio >= SHARE,
      }
    })
  }
}

async function ratesOf(concurrency: number, latencyMs: number, requests: number) {
  await using server = await startServer()
  const pid = processBelow(process.pid, 'server-process')
  const sdks: number[] = []
  const engines: number[] = []
  const bares: number[] = []
  let busy = 0
  let took = 0
  const fresh = async () => {
    await server.reset()
    await server.script({ fresh: false, latencyMs })
  }
  for (let i = 0; i < RUNS; i++) {
    await fresh()
    bares.push(await bareRate(server, requests, concurrency))
    await fresh()
    sdks.push(await sdkRate(server, requests, concurrency))
    await fresh()
    const before = cpuSecondsOf(pid)
    const rate = await engineRate(server, requests, concurrency)
    engines.push(rate)
    busy += cpuSecondsOf(pid) - before
    took += requests / rate
  }
  return { sdk: middle(sdks), engine: middle(engines), server: middle(bares), serverBusy: busy / took }
}

async function inLanes(total: number, concurrency: number, one: (n: number) => Promise<unknown>): Promise<number> {
  let n = 0
  const started = performance.now()
  const lane = async () => {
    while (n < total) await one(n++)
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return (total * 1000) / (performance.now() - started)
}

async function sdkRate({ url }: TestServer, requests: number, concurrency: number): Promise<number> {
  const { default: OpenAI } = await import('openai')
  const client = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0 })
  return inLanes(requests, concurrency, (n) =>
    client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: promptOf(n) }] }),
  )
}

async function engineRate({ url }: TestServer, requests: number, concurrency: number): Promise<number> {
  const spec = {
    name: 'm',
    provider: 'openai',
    model: 'm',
    baseUrl: url,
    identity: url,
    params: {},
    structured: 'json_schema',
    timeoutMs: 60_000,
  } as const
  const provider = await createProvider(spec, { apiKey: 'none', clock: systemClock, connections: concurrency })
  try {
    return (await buildRate(requests, concurrency, url, provider)).whole
  } finally {
    await provider.close()
  }
}

/** The least that a client can do: what the server gives at most. */
async function bareRate({ url }: TestServer, requests: number, concurrency: number): Promise<number> {
  const dispatcher = new Agent({ connections: concurrency })
  try {
    return await inLanes(requests, concurrency, async (n) => {
      const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: promptOf(n) }] })
      const answer = await request(`${url}/chat/completions`, { method: 'POST', body, dispatcher })
      await answer.body.arrayBuffer()
    })
  } finally {
    await dispatcher.close()
  }
}
