/** Starts the recording server and speaks with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Totals } from '../../src/simulate/ledger.ts'
import type { Script } from '../../src/simulate/script.ts'
import type { Recorded } from './server-process.ts'

export type { Fault } from '../../src/simulate/faults.ts'
export type { Rule, Script } from '../../src/simulate/script.ts'
export type { Recorded } from './server-process.ts'

export interface TestServer extends AsyncDisposable {
  /** Base URL for a model: `http://127.0.0.1:<port>/v1`. */
  readonly url: string
  readonly port: number
  /** Every completion request since the last reset, in order of arrival. */
  requests(): Promise<readonly Recorded[]>
  /** What became of them, and what they would cost. */
  totals(): Promise<Totals>
  /** What the Batch API was given since the last reset: the jobs, and how often each request was in one. */
  jobs(): Promise<{
    readonly jobs: readonly { readonly id: string; readonly status: string; readonly requests: number }[]
    readonly submitted: { readonly [name: string]: number }
  }>
  /** Replaces latency, faults and answers. */
  script(script: Script): Promise<void>
  /** Forgets requests, script and held requests. */
  reset(): Promise<void>
  /** From now on completion requests wait. */
  hold(): Promise<void>
  /** How many wait just now. */
  held(): Promise<number>
  /** Resolves when at least `count` requests wait. */
  untilHeld(count: number): Promise<void>
  /** Lets `count` waiting requests go on, the oldest first; without a count all of them, and holding ends. */
  release(count?: number): Promise<void>
  close(): Promise<void>
}

export interface ServerOptions {
  /** Appends each answer to this file before it is sent: the oracle of kill tests. */
  readonly bill?: string
  /** The server ends by itself after this time. */
  readonly lifeSeconds?: number
  readonly script?: Script
}

/** Starts a server process; it dies with this one. */
export async function startServer({ bill, lifeSeconds = 600, script }: ServerOptions = {}): Promise<TestServer> {
  const program = fileURLToPath(new URL('./server-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--no-warnings', program, '--life', String(lifeSeconds), ...(bill ? ['--bill', bill] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => Promise.reject(new Error(`the test server ended with ${code}`))),
  ])) as [string]
  const port = Number(line)
  const origin = `http://127.0.0.1:${port}`

  async function control<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${origin}${path}`, { method, ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return (await answer.json()) as T
  }
  const held = async () => (await control<{ held: number }>('GET', '/__held')).held
  const close = async () => {
    child.stdin.end()
    await exited
  }

  if (script) await control('POST', '/__script', script)
  return {
    url: `${origin}/v1`,
    port,
    requests: () => control('GET', '/__log'),
    totals: () => control('GET', '/__totals'),
    jobs: () => control('GET', '/__jobs'),
    script: (next) => control('POST', '/__script', next),
    reset: () => control('POST', '/__reset'),
    hold: () => control('POST', '/__hold'),
    held,
    async untilHeld(count) {
      while ((await held()) < count) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    release: (count) => control('POST', '/__release', count === undefined ? {} : { count }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
