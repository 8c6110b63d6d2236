/** Between which shares the true one lies, given a count (Wilson 1927); honest for small counts and for 0. */
export interface Interval {
  readonly share: number
  readonly low: number
  readonly high: number
}

const Z = 1.959963984540054 // 95 %

export function wilson(hits: number, n: number, z = Z): Interval {
  if (n === 0) return { share: 0, low: 0, high: 1 }
  const share = hits / n
  const scale = 1 + (z * z) / n
  const centre = (share + (z * z) / (2 * n)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  return { share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}
