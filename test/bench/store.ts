/** The store alone: claim and put as a build does them, look-ups by key, bulk reads, and the memory it takes. */
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openStore } from '../../src/store/sqlite.ts'
import type { Digest, Key } from '../../src/util/brand.ts'

const CONCURRENCY = 1024
const REQUEST_BYTES = 800
const RESPONSE_BYTES = 600

export interface StoreFigures {
  /** Claim and put, durable, each with a request of its own. */
  readonly pairsPerSecond: number
  /** Microseconds of this thread. */
  readonly perPairUs: number
  /** In the order in which they were put, as a build asks. */
  readonly getUs: number
  /** In no order: most pages come from the disk's cache. */
  readonly getAnywhereUs: number
  readonly rowsPerSecond: number
  readonly fileBytesPerRow: number
  readonly peakMb: number
}

export async function benchStore(rows: number): Promise<StoreFigures> {
  const dir = mkdtempSync(join(tmpdir(), 'datagen-bench-'))
  const raw = Buffer.alloc(RESPONSE_BYTES, 'word ')
  const text = 'x'.repeat(REQUEST_BYTES - 10)
  const store = openStore(dir)
  try {
    const items = Array.from({ length: rows }, (_, n) => ({
      key: hash('sha256', `key ${n}`) as Key,
      request: hash('sha256', `request ${n}`) as Digest,
      requestText: `${n} ${text}`,
      cell: hash('sha256', `cell ${n}`).slice(0, 32),
    }))
    const facts = { ordinal: 0, attempt: 0, epoch: 0, step: 'answer', sample: 0, model: 'model-1', inputTokens: 200, outputTokens: 150 }
    const run = 'bench'
    let next = 0
    const lane = async () => {
      while (next < rows) {
        const item = items[next++] as (typeof items)[number]
        const { key, request, requestText } = item
        if ((await store.claim({ key, request, requestText, run, reservedUsd: 0.01 })) !== 'ours') throw new Error('not ours')
        await store.put({ ...item, ...facts, raw, usd: 0.001, estimated: false, ms: 900, run })
      }
    }
    const started = performance.now()
    const cpu = process.cpuUsage()
    await Promise.all(Array.from({ length: CONCURRENCY }, lane))
    const ms = performance.now() - started
    const { user, system } = process.cpuUsage(cpu)

    const gets = Math.min(rows, 100_000)
    const perGet = (place: (n: number) => number) => {
      const getsStarted = performance.now()
      for (let n = 0; n < gets; n++) if (!store.get((items[place(n)] as { key: Key }).key)) throw new Error('lost')
      return ((performance.now() - getsStarted) * 1000) / gets
    }
    const getUs = perGet((n) => n)
    const getAnywhereUs = perGet((n) => (n * 7919) % rows)

    const scanned = performance.now()
    for (let first = 1; first <= rows; first += 10_000) {
      const ids = Uint32Array.from({ length: Math.min(10_000, rows - first + 1) }, (_, i) => first + i)
      if (store.readAll(ids).includes(undefined)) throw new Error('lost')
    }
    const rowsPerSecond = (rows * 1000) / (performance.now() - scanned)
    await store.close()
    return {
      pairsPerSecond: (rows * 1000) / ms,
      perPairUs: (user + system) / rows,
      getUs,
      getAnywhereUs,
      rowsPerSecond,
      fileBytesPerRow: statSync(join(dir, 'store.db')).size / rows,
      peakMb: process.resourceUsage().maxRSS / 1024,
    }
  } finally {
    await store.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] as string).href) {
  console.log(await benchStore(Number(process.argv[2] ?? 100_000)))
}
