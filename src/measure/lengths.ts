/** How long rows are: percentiles and a small histogram. */

export interface Lengths {
  readonly mean: number
  readonly min: number
  readonly p05: number
  readonly p25: number
  readonly p50: number
  readonly p75: number
  readonly p95: number
  readonly max: number
}

/** Percentiles between two values are interpolated. */
export function lengthsOf(lengths: ArrayLike<number>): Lengths {
  const sorted = Float64Array.from(lengths).sort()
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const low = Math.floor(place)
    const below = sorted[low] ?? 0
    return below + ((sorted[Math.min(low + 1, sorted.length - 1)] ?? 0) - below) * (place - low)
  }
  const sum = sorted.reduce((whole, value) => whole + value, 0)
  return {
    mean: sorted.length === 0 ? 0 : sum / sorted.length,
    min: sorted[0] ?? 0,
    p05: at(0.05),
    p25: at(0.25),
    p50: at(0.5),
    p75: at(0.75),
    p95: at(0.95),
    max: sorted.at(-1) ?? 0,
  }
}

/** Rows with a length from `from` up to but not including `to`. */
export interface Bin {
  readonly from: number
  readonly to: number
  readonly rows: number
}

/** Bins that double in width: lengths of texts spread over orders of magnitude. Empty bins at either end are left out. */
export function histogramOf(lengths: ArrayLike<number>): Bin[] {
  const counts: number[] = []
  for (let i = 0; i < lengths.length; i++) {
    const bin = binOf(lengths[i] as number)
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const bins = Array.from(counts, (rows, bin) => ({ from: bin === 0 ? 0 : 2 ** (bin - 1), to: 2 ** bin, rows: rows ?? 0 }))
  return bins.slice(
    Math.max(
      0,
      bins.findIndex(({ rows }) => rows > 0),
    ),
  )
}

function binOf(length: number): number {
  return length <= 0 ? 0 : Math.floor(Math.log2(length)) + 1
}
