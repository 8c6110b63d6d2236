/** A set of SHA-256 digests for millions of items: 12 bytes an entry instead of a string and a map slot. */
import type { Digest } from '../util/brand.ts'

/** Compares 64 bits of each digest: among a million random ones, two collide with probability below 3·10⁻⁸. */
export class DigestTable {
  readonly #high: Uint32Array
  readonly #low: Uint32Array
  /** Item index + 1; 0 marks a free slot. */
  readonly #items: Uint32Array
  readonly #mask: number

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(capacity, 4) * 2))
    this.#high = new Uint32Array(slots)
    this.#low = new Uint32Array(slots)
    this.#items = new Uint32Array(slots)
    this.#mask = slots - 1
  }

  /** The first item that was added with this digest: `item` itself when it is new. */
  add(digest: Digest, item: number): number {
    return this.addWords(Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8, 16), 16), item)
  }

  /** As `add`, with the digest's first two 32-bit words. */
  addWords(high: number, low: number, item: number): number {
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const held = this.#items[slot] as number
      if (held === 0) {
        this.#high[slot] = high
        this.#low[slot] = low
        this.#items[slot] = item + 1
        return item
      }
      if (this.#high[slot] === high && this.#low[slot] === low) return held - 1
    }
  }

  /** The first item that was added with these words, if any. */
  find(high: number, low: number): number | undefined {
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const held = this.#items[slot] as number
      if (held === 0) return undefined
      if (this.#high[slot] === high && this.#low[slot] === low) return held - 1
    }
  }
}
