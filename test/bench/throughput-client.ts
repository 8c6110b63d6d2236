/** One client in a process of its own, so that its processor time and memory are its own: `<kind> <url> <at once> <requests> [<a minute>]`. */
import { readFileSync } from 'node:fs'
import { bareRate, engineRate, sdkRate } from './clients.ts'

/** What it prints. */
export interface Client {
  /** Answers a second. */
  readonly rate: number
  /** Of the processor, for each request. */
  readonly cpuMicros: number
  /** Of one core, while it ran. */
  readonly busy: number
  readonly peakMb: number
}

const [kind = '', url = '', atOnce = '', requests = '', perMinute] = process.argv.slice(2)
const limit = perMinute === undefined ? undefined : { requestsPerMinute: Number(perMinute) }
const ask = (many: number, limited = limit) => {
  const concurrency = Math.min(Number(atOnce), many)
  if (kind === 'datagen') return engineRate(url, many, concurrency, limited)
  return kind === 'sdk' ? sdkRate(url, many, concurrency) : bareRate(url, many, concurrency)
}

// The compiler and the modules are warm; connections are not, they belong to it.
await ask(500, undefined)
const started = performance.now()
const before = process.cpuUsage()
const rate = await ask(Number(requests))
const { user, system } = process.cpuUsage(before)
const peakKb = Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0)
const client: Client = {
  rate,
  cpuMicros: (user + system) / Number(requests),
  busy: (user + system) / 1000 / (performance.now() - started),
  peakMb: peakKb / 1024,
}
console.log(JSON.stringify(client))
