/**
 * Rows that mean nearly the same, among rows that come one after another: whoever agrees with an accepted row in a band of bits is compared with it exactly. A
 * row's bits follow from its vector alone, so what is found does not depend on what else is in the dataset.
 */
import { BIT_WORDS, BITS, differing, Projector } from '../measure/projection.ts'
import { cosine } from '../measure/vector.ts'

// Two rows as alike as asked for are missed with a smaller probability than this.
const MISSED = 0.002
const FEWEST_BITS = 4
const MOST_BITS = 16
// By so many standard deviations may two rows differ in more bits than their angle says.
const DEVIATIONS = 4
// Rows about one thing meet in many bands; so many of them are compared exactly, the nearest before first.
const MOST_COMPARISONS = 1024
// Vectors of rows that were met lately: some tens of megabytes at most.
const VECTORS_HELD = 4096

export class SemanticRows {
  readonly #bits: Uint32Array
  readonly #signed: Uint8Array
  readonly #items: number
  readonly #similarity: number
  readonly #vectorOf: (item: number) => Float32Array | undefined
  readonly #vectors = new Map<number, Float32Array>()
  readonly #bandBits: number
  readonly #bands: number
  readonly #mostDiffering: number
  #projector: { readonly dimensions: number; readonly made: Projector } | undefined
  /** By band: the last accepted item with these bits, and behind each item the one before it. */
  #heads: Int32Array[] = []
  #next: Int32Array[] = []
  readonly #met: Uint32Array

  /** `vectorOf`: of an item that was signed; asked for candidates whose vector is no longer at hand. */
  constructor(items: number, similarity: number, vectorOf: (item: number) => Float32Array | undefined) {
    this.#items = items
    this.#bits = new Uint32Array(items * BIT_WORDS)
    this.#signed = new Uint8Array(items)
    this.#met = new Uint32Array(items)
    this.#similarity = similarity
    this.#vectorOf = vectorOf
    const apart = Math.acos(Math.min(1, similarity)) / Math.PI
    this.#bandBits = bitsOfBand(apart)
    this.#bands = Math.floor(BITS / this.#bandBits)
    this.#mostDiffering = BITS * apart + DEVIATIONS * Math.sqrt(BITS * apart * (1 - apart))
  }

  isSigned(item: number): boolean {
    return this.#signed[item] === 1
  }

  sign(item: number, vector: Float32Array): void {
    if (this.#projector?.dimensions !== vector.length) this.#projector = { dimensions: vector.length, made: new Projector(vector.length) }
    this.#projector.made.bits(vector, this.#bits, item * BIT_WORDS)
    this.#signed[item] = 1
    this.#hold(item, vector)
  }

  /** Whether an accepted row means nearly the same; rows without a vector equal none. */
  isHeld(item: number): boolean {
    if (this.#heads.length === 0 || !this.isSigned(item)) return false
    const vector = this.#held(item)
    if (!vector) return false
    let compared = 0
    for (let band = 0; band < this.#bands; band++) {
      const next = this.#next[band] as Int32Array
      for (let other = (this.#heads[band] as Int32Array)[this.#bandOf(item, band)] as number; other >= 0; other = next[other] as number) {
        if (this.#met[other] === item + 1) continue
        this.#met[other] = item + 1
        if (differing(this.#bits, item * BIT_WORDS, other * BIT_WORDS) > this.#mostDiffering) continue
        const their = this.#held(other)
        if (their && cosine(vector, their) >= this.#similarity) return true
        if (++compared >= MOST_COMPARISONS) return false
      }
    }
    return false
  }

  /** The row stays: later ones are compared with it. */
  accept(item: number): void {
    if (!this.isSigned(item)) return
    if (this.#heads.length === 0) {
      this.#heads = Array.from({ length: this.#bands }, () => new Int32Array(2 ** this.#bandBits).fill(-1))
      this.#next = Array.from({ length: this.#bands }, () => new Int32Array(this.#items).fill(-1))
    }
    for (let band = 0; band < this.#bands; band++) {
      const heads = this.#heads[band] as Int32Array
      const at = this.#bandOf(item, band)
      ;(this.#next[band] as Int32Array)[item] = heads[at] as number
      heads[at] = item
    }
  }

  #bandOf(item: number, band: number): number {
    const bit = band * this.#bandBits
    const at = item * BIT_WORDS + (bit >>> 5)
    const shift = bit & 31
    const low = (this.#bits[at] as number) >>> shift
    const high = shift === 0 ? 0 : ((this.#bits[at + 1] ?? 0) << (32 - shift)) >>> 0
    return (low | high) & (2 ** this.#bandBits - 1)
  }

  #held(item: number): Float32Array | undefined {
    const held = this.#vectors.get(item) ?? this.#vectorOf(item)
    if (held) this.#hold(item, held)
    return held
  }

  #hold(item: number, vector: Float32Array): void {
    if (this.#vectors.size >= VECTORS_HELD) this.#vectors.delete(this.#vectors.keys().next().value as number)
    this.#vectors.set(item, vector)
  }
}

/** The most bits, for fewest candidates, with which a pair at the limit still meets somewhere almost surely. */
function bitsOfBand(apart: number): number {
  for (let bits = MOST_BITS; bits > FEWEST_BITS; bits--) {
    const missed = (1 - (1 - apart) ** bits) ** Math.floor(BITS / bits)
    if (missed <= MISSED) return bits
  }
  return FEWEST_BITS
}
