/**
 * Some rows of a product that is too large to be gone through: what a domain, a format and five dimensions make together. Batches that
 * say how many rows they want choose among these as they would among all.
 */
import type { DimensionSpec } from '../config/dataset.ts'
import { cellFraction } from '../key/key.ts'
import { cellId } from './cells.ts'

// Every combination of three values that are one of ten each is among them 260 times, and going through them takes half a second.
const MOST = 2 ** 18

/**
 * Ascending row numbers, at most `most` of them. Candidate j takes in each dimension the value whose hash with j is the largest, so a
 * further value moves only the candidates that take it, wherever it stands in the config; weights are left to whoever chooses.
 */
export function candidates(dimensions: readonly DimensionSpec[], most: number): Uint32Array {
  const seeds = dimensions.map((dimension) =>
    Uint32Array.from(dimension.values, (_, value) => cellFraction(cellId([dimension], value), 'candidate') * 2 ** 32),
  )
  const drawn = new Uint32Array(Math.min(most, MOST))
  for (let j = 0; j < drawn.length; j++) {
    let row = 0
    for (const values of seeds) row = row * values.length + highest(values, j)
    drawn[j] = row
  }
  drawn.sort()
  return drawn.filter((row, i) => i === 0 || row !== drawn[i - 1])
}

function highest(seeds: Uint32Array, j: number): number {
  let [best, at] = [-1, 0]
  for (let value = 0; value < seeds.length; value++) {
    const mixed = mix((seeds[value] as number) ^ Math.imul(j, 0x9e3779b1))
    if (mixed > best) [best, at] = [mixed, value]
  }
  return at
}

/** The finaliser of MurmurHash3 (Appleby, public domain): every bit of the result depends on every bit given. */
function mix(bits: number): number {
  let h = bits
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
