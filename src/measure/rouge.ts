/** ROUGE-L: how much of two texts is the same words in the same order, by their longest common subsequence. */

/** F measure of the longest common subsequence; 0 where either is empty (Lin 2004, as in Google's `rouge_score`). */
export function rougeL(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length === 0 || b.length === 0) return 0
  // F = 2PR/(P+R) with P = lcs/|a| and R = lcs/|b|, in one division.
  return fOf(lcsLength(a, b), a.length, b.length)
}

function fOf(lcs: number, a: number, b: number): number {
  if (lcs === 0) return 0
  const precision = lcs / a
  const recall = lcs / b
  return (2 * precision * recall) / (precision + recall)
}

/** Bit-parallel (Hyyrö 2004): one machine word advances 32 columns of the table at once. */
export function lcsLength(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const blocks = (a.length + 31) >>> 5
  const places = new Map<number, Int32Array>()
  for (let i = 0; i < a.length; i++) {
    const word = a[i] as number
    let mask = places.get(word)
    if (!mask) {
      mask = new Int32Array(blocks)
      places.set(word, mask)
    }
    mask[i >>> 5] = (mask[i >>> 5] as number) | (1 << (i & 31))
  }
  const column = new Int32Array(blocks).fill(-1)
  for (let j = 0; j < b.length; j++) {
    const mask = places.get(b[j] as number)
    if (!mask) continue
    let carry = 0
    for (let block = 0; block < blocks; block++) {
      const v = column[block] as number
      const matched = v & (mask[block] as number)
      const sum = (v >>> 0) + (matched >>> 0) + carry
      carry = sum > 0xffff_ffff ? 1 : 0
      column[block] = sum | 0 | (v & ~(mask[block] as number))
    }
  }
  let zeros = 0
  for (let i = 0; i < a.length; i++) if ((((column[i >>> 5] as number) >>> (i & 31)) & 1) === 0) zeros++
  return zeros
}

export interface Homogeneity {
  readonly docs: number
  /** Mean over all pairs: how alike the rows are in general. */
  readonly meanPairwise: number
  readonly meanMaxPrevious: number
  /** Share of rows, but for the first, that are like an earlier one to more than `threshold`. */
  readonly shareMaxPreviousAbove: number
  /** Rows that stay when each is dropped that is like a kept one to more than `threshold` (Self-Instruct's filter). */
  readonly greedyKept: number
}

/** Quadratic: for samples of some hundred rows. */
export function homogeneity(rows: readonly ArrayLike<number>[], threshold = 0.7): Homogeneity {
  const kept: number[] = []
  let sum = 0
  let sumMost = 0
  let above = 0
  for (let i = 0; i < rows.length; i++) {
    let most = 0
    let like = false
    const isKept = new Set(kept)
    for (let j = 0; j < i; j++) {
      const f = rougeL(rows[i] as ArrayLike<number>, rows[j] as ArrayLike<number>)
      sum += f
      most = Math.max(most, f)
      if (f > threshold && isKept.has(j)) like = true
    }
    sumMost += most
    if (most > threshold) above++
    if (!like) kept.push(i)
  }
  const pairs = (rows.length * (rows.length - 1)) / 2
  const others = rows.length - 1
  return {
    docs: rows.length,
    meanPairwise: pairs === 0 ? 0 : sum / pairs,
    meanMaxPrevious: others < 1 ? 0 : sumMost / others,
    shareMaxPreviousAbove: others < 1 ? 0 : above / others,
    greedyKept: kept.length,
  }
}
