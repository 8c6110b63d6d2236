/** The live screen while calls are under way and nothing arrives. */
import { PassThrough } from 'node:stream'
import { systemClock } from '../../src/util/clock.ts'
import type { Bench } from './bench.ts'

const IN_FLIGHT = 64
const SETTLE_MS = 2_000
const MEASURE_MS = 5_000
const PER_CENT = 2

export async function liveScreen(bench: Bench): Promise<void> {
  const what = 'live screen while waiting, 64 in flight, 100 × 40'
  await bench.row({ topic: 'Watching', what, target: `${PER_CENT} % of a core` }, async () => {
    const share = await screenWhileWaiting()
    return { measured: `${share.toFixed(1)} % of a core`, floor: 'the whole process, 5 s', ratio: '', met: share <= PER_CENT }
  })
}

async function screenWhileWaiting(): Promise<number> {
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
  reporter.emit({ type: 'planned', items: 1_000, batches, outputs: ['data/train.jsonl'], models: [], concurrency: IN_FLIGHT })
  reporter.emit({ type: 'batch-start', batch: 'all' })
  for (let id = 0; id < IN_FLIGHT; id++) {
    const at = systemClock.now()
    reporter.emit({ type: 'step-start', id, batch: 'all', cell: `cell ${id}`, step: 'answer', model: 'm', attempt: 1, at, reason: 'new' })
  }
  await systemClock.sleep(SETTLE_MS)
  const drawn = bytes
  const before = process.cpuUsage()
  const started = performance.now()
  await systemClock.sleep(MEASURE_MS)
  const { user, system } = process.cpuUsage(before)
  const share = ((user + system) / 1000 / (performance.now() - started)) * 100
  if (bytes === drawn) throw new Error('the screen was not drawn')
  await reporter.close()
  return share
}
