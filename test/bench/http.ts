/** The engine over HTTP beside the bare `openai` package, against one server in a process of its own. */
import { cpuSecondsOf, processBelow } from '../rig/process-facts.ts'
import { startServer } from '../rig/server.ts'
import { type Bench, count, times } from './bench.ts'
import { bareRate, engineRate, sdkRate } from './clients.ts'
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
    bares.push(await bareRate(server.url, requests, concurrency))
    await fresh()
    sdks.push(await sdkRate(server.url, requests, concurrency))
    await fresh()
    const before = cpuSecondsOf(pid)
    const rate = await engineRate(server.url, requests, concurrency)
    engines.push(rate)
    busy += cpuSecondsOf(pid) - before
    took += requests / rate
  }
  return { sdk: middle(sdks), engine: middle(engines), server: middle(bares), serverBusy: busy / took }
}
