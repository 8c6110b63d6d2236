/**
 * `npm run simulate`: many histories, each from one number. `-- --seeds 1000 [--from 1] [--jobs 2]`; `-- --seed 123` tells one
 * history step by step (`--skip 2,5` leaves acts out of it). Ends with 1 and the way to see it again when a law is broken.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Broken, type Told, tell } from './history.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    skip: { type: 'string', default: '' },
    /** Ends with the first failure. */
    stop: { type: 'boolean', default: false },
    /** One of so many processes that share the seeds out. */
    part: { type: 'string', default: '0' },
    parts: { type: 'string', default: '1' },
  },
})

// Every so often a history is told twice, to see that nothing but its number decides it.
const TWICE_EVERY = 20
const REPORT_EVERY_MS = 2_000

interface Sums {
  histories: number
  builds: number
  calls: number
  kills: number
}

interface Failure {
  readonly seed: number
  readonly law: string
  readonly message: string
  readonly skip: readonly number[]
}

type Message = { readonly sums: Sums } | { readonly failure: Failure }

async function again(seed: number, first: Told): Promise<void> {
  const second = await tell(seed)
  if (second.digest !== first.digest) throw new Broken(seed, 'determinism', 0, 'told twice, it was not the same', undefined)
}

/** Leaves out, one by one, the acts without which the same law breaks. */
async function shortest({ seed, law, acts }: Broken): Promise<number[]> {
  const skip = new Set<number>()
  for (let act = acts - 1; act >= 0; act--) {
    skip.add(act)
    const still = await tell(seed, { skip }).then(
      () => false,
      (error: Broken) => error.law === law,
    )
    if (!still) skip.delete(act)
  }
  return [...skip].sort((a, b) => a - b)
}

async function part(onMessage: (message: Message) => void): Promise<void> {
  const sums: Sums = { histories: 0, builds: 0, calls: 0, kills: 0 }
  let reported = performance.now()
  const step = Number(values.parts)
  const last = Number(values.from) + Number(values.seeds)
  for (let seed = Number(values.from) + Number(values.part); seed < last; seed += step) {
    try {
      const told = await tell(seed)
      if (seed % TWICE_EVERY === 0) await again(seed, told)
      sums.histories++
      sums.builds += told.builds
      sums.calls += told.calls
      sums.kills += told.kills
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      onMessage({ failure: { seed, law: error.law, message: error.message, skip: await shortest(error) } })
      if (values.stop) break
    }
    if (performance.now() - reported < REPORT_EVERY_MS) continue
    reported = performance.now()
    onMessage({ sums: { ...sums } })
  }
  onMessage({ sums })
}

async function all(): Promise<void> {
  const started = performance.now()
  const parts: Sums[] = []
  const failures: Failure[] = []
  const total = () => {
    const sum = (of: (sums: Sums) => number) => parts.reduce((n, sums) => n + of(sums), 0)
    const seconds = (performance.now() - started) / 1000
    const histories = sum((sums) => sums.histories)
    return `${histories} histories, ${sum((s) => s.builds)} builds, ${sum((s) => s.calls)} calls, ${sum((s) => s.kills)} kills in ${seconds.toFixed(0)} s (${((seconds * 1000) / Math.max(1, histories)).toFixed(1)} ms each)`
  }
  const hear = (of: number) => (message: Message) => {
    if ('sums' in message) {
      parts[of] = message.sums
      process.stderr.write(`${total()}\n`)
      return
    }
    const { failure } = message
    failures.push(failure)
    const skip = failure.skip.length > 0 ? ` --skip ${failure.skip.join(',')}` : ''
    process.stderr.write(`\n${failure.message}\n  replay: npm run simulate -- --seed ${failure.seed}${skip}\n\n`)
  }
  const jobs = Number(values.jobs)
  if (jobs <= 1) await part(hear(0))
  else await Promise.all(Array.from({ length: jobs }, (_, of) => child(of, jobs, hear(of))))
  console.log(total())
  if (failures.length === 0) return
  console.log(`${failures.length} of them break a law: ${failures.map(({ seed, law }) => `${seed} (${law})`).join(', ')}`)
  process.exitCode = 1
}

function child(of: number, jobs: number, onMessage: (message: Message) => void): Promise<void> {
  const args = [
    '--seeds',
    values.seeds,
    '--from',
    values.from,
    '--part',
    String(of),
    '--parts',
    String(jobs),
    ...(values.stop ? ['--stop'] : []),
  ]
  const worker = fork(fileURLToPath(import.meta.url), args)
  worker.on('message', onMessage)
  return new Promise((resolve, reject) => {
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a part of the simulation ended with ${code}`))))
  })
}

async function one(seed: number): Promise<void> {
  const skip = new Set(values.skip.split(',').filter(Boolean).map(Number))
  try {
    const told = await tell(seed, { skip, print: console.log })
    console.log(
      `history ${seed}: ${told.steps} steps, ${told.builds} builds, ${told.calls} calls, ${told.kills} kills; digest ${told.digest}`,
    )
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    console.log(error.message, error.cause)
    process.exitCode = 1
  }
}

if (values.seed !== undefined) await one(Number(values.seed))
else if (process.send) await part((message) => process.send?.(message))
else await all()
