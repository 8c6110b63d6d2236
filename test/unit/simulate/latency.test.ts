/** Latencies: what may be written, and that draws come out as they were said to. */
import { expect, test } from 'vitest'
import { drawLatency, type Latency, parseLatency } from '../../../src/simulate/latency.ts'
import { seeded } from '../../rig/random.ts'

test.each<[string, Latency | undefined]>([
  ['200', { kind: 'fixed', ms: 200 }],
  ['0', { kind: 'fixed', ms: 0 }],
  ['100-500', { kind: 'uniform', from: 100, to: 500 }],
  ['p50=300,p99=2000', { kind: 'lognormal', p50: 300, p99: 2000 }],
  ['p50=300, p99=300', { kind: 'lognormal', p50: 300, p99: 300 }],
  ['500-100', undefined],
  ['p50=300,p99=200', undefined],
  ['p50=0,p99=200', undefined],
  ['-5', undefined],
  ['soon', undefined],
  ['1e9', undefined],
  ['99999999999', undefined],
  ['', undefined],
])('%s', (text, expected) => {
  expect(parseLatency(text)).toEqual(expected)
})

test.each<[Latency, number, number]>([
  [{ kind: 'fixed', ms: 5 }, 5, 5],
  [{ kind: 'uniform', from: 100, to: 500 }, 300, 496],
  [{ kind: 'lognormal', p50: 300, p99: 2000 }, 300, 2000],
])('%j has its median and its 99th percentile', (latency, p50, p99) => {
  const random = seeded(1)
  const draws = Array.from({ length: 20_000 }, () => drawLatency(latency, random(), random())).sort((a, b) => a - b)
  expect(Math.abs((draws[10_000] as number) / p50 - 1)).toBeLessThan(0.03)
  expect(Math.abs((draws[19_800] as number) / p99 - 1)).toBeLessThan(0.06)
})
