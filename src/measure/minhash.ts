/**
 * Candidates for near duplicates by MinHash and banding (Broder 1997): 120 hash functions in 20 bands of 6. Two rows that agree to
 * 0.8 meet in some band with a probability of 0.9977, at 0.7 of 0.918; whoever meets is compared exactly, so nothing is reported that is not so.
 */
import type { Documents } from './documents.ts'
import { eachShingle } from './shingles.ts'

export const BANDS = 20
const ROWS = 6
const HASHES = BANDS * ROWS

// A bucket of thousands of rows is one template. Its first rows are all compared with whoever comes; after them, a row that was found to
// belong to one of these stands for nobody else, so that the walk through a bucket does not grow with the square of its size.
const ALL_STAND = 64
const MOST_STEPS = 1024
const MOST_COMPARISONS = 128

/** Calls `compare` for rows that met, unless `together` says that they hang together already. */
export function candidatesByMinHash(
  documents: Documents,
  wanted: (row: number) => boolean,
  compare: (row: number, earlier: number) => boolean,
  together: (row: number, earlier: number) => boolean,
): void {
  const rows = documents.length
  // Only the bands are kept, 80 bytes a row; signatures would be 480.
  const bands = Array.from({ length: BANDS }, () => new Uint32Array(rows))
  const signer = new Signer()
  for (let row = 0; row < rows; row++) {
    if (!wanted(row)) continue
    signer.bands(documents.at(row), (band, hash) => {
      ;(bands[band] as Uint32Array)[row] = hash
    })
  }
  const mask = 2 ** Math.ceil(Math.log2(Math.max(16, rows * 2))) - 1
  const heads = new Int32Array(mask + 1)
  const next = new Int32Array(rows)
  for (const band of bands) {
    heads.fill(-1)
    for (let row = 0; row < rows; row++) {
      if (!wanted(row)) continue
      const hash = band[row] as number
      const slot = (hash ^ (hash >>> 16)) & mask
      let comparisons = 0
      let steps = 0
      let belongs = false
      for (let other = heads[slot] as number; other >= 0; other = next[other] as number) {
        if (++steps > MOST_STEPS || comparisons > MOST_COMPARISONS) break
        if (band[other] !== hash) continue
        if (together(row, other)) {
          belongs = true
          continue
        }
        comparisons++
        if (compare(row, other)) belongs = true
      }
      if (belongs && steps > ALL_STAND) continue
      next[row] = heads[slot] as number
      heads[slot] = row
    }
  }
}

/** Signatures: for each of the hash functions, the smallest value over the row's shingles. */
export class Signer {
  private readonly multipliers = new Int32Array(HASHES)
  private readonly offsets = new Int32Array(HASHES)
  private readonly signature = new Int32Array(HASHES)

  constructor() {
    // Fixed numbers, so that a file always has the same duplicates.
    let state = 0x2545f491
    const draw = () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state
    }
    for (let i = 0; i < HASHES; i++) {
      this.multipliers[i] = draw() | 1
      this.offsets[i] = draw()
    }
  }

  /** Calls with what a row has in each band; rows that have the same in any are candidates. */
  bands(words: Uint32Array, call: (band: number, hash: number) => void): void {
    const signature = this.sign(words)
    for (let band = 0; band < BANDS; band++) {
      let hash = band
      for (let i = band * ROWS; i < (band + 1) * ROWS; i++) {
        hash = Math.imul(hash ^ (signature[i] as number), 0x9e3779b1)
        hash ^= hash >>> 15
      }
      call(band, hash)
    }
  }

  private sign(words: Uint32Array): Int32Array {
    const { multipliers, offsets, signature } = this
    signature.fill(0x7fffffff)
    eachShingle(words, (high, low) => {
      let value = Math.imul(high ^ (high >>> 16), 0x7feb352d) ^ low
      value = Math.imul(value ^ (value >>> 15), 0x846ca68b)
      value ^= value >>> 16
      for (let i = 0; i < HASHES; i++) {
        const hash = (Math.imul(value, multipliers[i] as number) + (offsets[i] as number)) | 0
        if (hash < (signature[i] as number)) signature[i] = hash
      }
    })
    return signature
  }
}
