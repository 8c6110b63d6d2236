/** How long an answer takes: always the same, anywhere between two times, or as servers do, mostly quick and sometimes not. */

export type Latency =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly from: number; readonly to: number }
  /** Half of all answers take up to `p50`, all but one in a hundred up to `p99`. */
  | { readonly kind: 'lognormal'; readonly p50: number; readonly p99: number }

const Z99 = 2.3263478740408408 // the 99th percentile of the standard normal distribution
const LONGEST_MS = 24 * 3_600_000

/** `200`, `100-500`, or `p50=300,p99=2000`, in milliseconds; undefined for anything else. */
export function parseLatency(text: string): Latency | undefined {
  const parts = /^(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?$/.exec(text.trim())
  if (parts) {
    const from = Number(parts[1])
    const to = parts[2] === undefined ? from : Number(parts[2])
    if (to < from || to > LONGEST_MS) return undefined
    return from === to ? { kind: 'fixed', ms: from } : { kind: 'uniform', from, to }
  }
  const quantiles = /^p50=(\d+(?:\.\d+)?)\s*,\s*p99=(\d+(?:\.\d+)?)$/.exec(text.trim())
  if (!quantiles) return undefined
  const [p50, p99] = [Number(quantiles[1]), Number(quantiles[2])]
  return p50 > 0 && p99 >= p50 && p99 <= LONGEST_MS ? { kind: 'lognormal', p50, p99 } : undefined
}

/** One draw, in milliseconds, from two numbers in [0, 1). */
export function drawLatency(latency: Latency, first: number, second: number): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.ms
    case 'uniform':
      return latency.from + (latency.to - latency.from) * first
    case 'lognormal': {
      const sigma = Math.log(latency.p99 / latency.p50) / Z99
      return Math.min(LONGEST_MS, latency.p50 * Math.exp(sigma * normal(first, second)))
    }
  }
}

/** Box and Muller, 1958. */
function normal(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second)
}
