/** Shingles of a row (its different runs of five words), and how alike two rows are by them. */
import type { Documents } from './documents.ts'
import { keyOfNgram } from './ngram.ts'
import { PairTable } from './pair-table.ts'

/** Words in a shingle, as in FineWeb and BigCode. */
export const SHINGLE = 5

/** Calls with each shingle's identity, repeated ones too. A row of one to four words is one shingle; an empty one has none. */
export function eachShingle(words: Uint32Array, call: (high: number, low: number) => void): void {
  const key = { high: 0, low: 0 }
  const size = Math.min(SHINGLE, words.length)
  for (let at = 0; size > 0 && at + size <= words.length; at++) {
    keyOfNgram(words, at, size, key)
    // Rows shorter than a shingle only equal rows of their own length.
    call(size === SHINGLE ? key.high : key.high ^ Math.imul(size, 0x5bd1e995), key.low)
  }
}

/** Jaccard similarity of one row's shingles with those of many others; the one row is looked at once. */
export class Likeness {
  private row = -1
  private table = new PairTable()
  private met = new Uint32Array(0)
  private turn = 0

  private readonly documents: Pick<Documents, 'at'>

  constructor(documents: Pick<Documents, 'at'>) {
    this.documents = documents
  }

  jaccard(row: number, other: number): number {
    if (row !== this.row) this.hold(row)
    const { table } = this
    this.turn++
    let both = 0
    let onlyOther: PairTable | undefined
    let rest = 0
    eachShingle(this.documents.at(other), (high, low) => {
      const index = table.find(high, low)
      if (index >= 0) {
        if (this.met[index] !== this.turn) {
          this.met[index] = this.turn
          both++
        }
      } else {
        onlyOther ??= new PairTable(16)
        if (onlyOther.add(high, low) === rest) rest++
      }
    })
    const all = table.size + rest
    return all === 0 ? 0 : both / all
  }

  private hold(row: number): void {
    const words = this.documents.at(row)
    this.table = new PairTable(words.length)
    eachShingle(words, (high, low) => this.table.add(high, low))
    this.met = new Uint32Array(this.table.size)
    this.turn = 0
    this.row = row
  }
}
