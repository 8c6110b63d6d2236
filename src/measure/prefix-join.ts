/**
 * Every pair of rows that can reach a similarity, by prefix filtering (Chaudhuri et al. 2006): if two sets are alike, they share one of
 * their rarest elements. Candidates are found through the rarest shingles of each row only, and none is missed.
 */
import type { Documents } from './documents.ts'
import { GrowingU32 } from './growing.ts'
import { PairTable } from './pair-table.ts'
import { eachShingle } from './shingles.ts'

export function candidatesByPrefix(
  documents: Documents,
  threshold: number,
  wanted: (row: number) => boolean,
  compare: (row: number, earlier: number) => boolean,
): void {
  const table = new PairTable()
  const rows = new GrowingU32()
  const sets: Uint32Array[] = []
  for (let row = 0; row < documents.length; row++) {
    const own = new Set<number>()
    if (wanted(row)) eachShingle(documents.at(row), (high, low) => own.add(table.add(high, low)))
    for (const shingle of own) {
      while (rows.length <= shingle) rows.push(0)
      rows.add(shingle, 1)
    }
    sets.push(Uint32Array.from(own))
  }
  const postings: number[][] = []
  for (const [row, set] of sets.entries()) {
    if (set.length === 0) continue
    set.sort((a, b) => rows.at(a) - rows.at(b) || a - b)
    // A set of this size shares at least ⌈t·size⌉ elements with an alike one, so one of them is among the first size − ⌈t·size⌉ + 1.
    const prefix = set.length - Math.ceil(threshold * set.length - 1e-9) + 1
    const candidates = new Set<number>()
    for (let i = 0; i < prefix; i++) {
      const shingle = set[i] as number
      const earlier = postings[shingle]
      if (!earlier) {
        postings[shingle] = [row]
        continue
      }
      for (const other of earlier) {
        const size = (sets[other] as Uint32Array).length
        if (Math.min(size, set.length) >= threshold * Math.max(size, set.length) - 1e-9) candidates.add(other)
      }
      earlier.push(row)
    }
    for (const other of candidates) compare(row, other)
  }
}
