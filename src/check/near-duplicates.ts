/**
 * Near duplicates among rows that come one after another: whoever meets an accepted row in a band of MinHash is compared with it exactly. A row's
 * bands follow from its text alone, so what is found does not depend on what else is in the dataset, or on when it was looked at.
 */
import { hashedWords } from '../measure/hashed-words.ts'
import { BANDS, Signer } from '../measure/minhash.ts'
import { Likeness } from '../measure/shingles.ts'

// Rows made from one template meet in some band without being alike; so many of them are compared, the nearest before first.
const MOST_COMPARISONS = 1024
// Texts of rows that were met lately; they are asked for again and again.
const WORDS_HELD = 2048

/** What of one row is kept for comparison, in columns: 80 bytes an item, and as much again once comparing begins. */
export class NearRows {
  readonly #bands: Uint32Array
  readonly #signed: Uint8Array
  readonly #items: number
  readonly #signer = new Signer()
  readonly #words = new Map<number, Uint32Array>()
  readonly #likeness: Likeness
  readonly #similarity: number
  readonly #textOf: (item: number) => string
  /** By band: the last accepted item with a hash, and behind each item the one before it. */
  #heads: Int32Array[] = []
  #next: Int32Array[] = []

  /** `textOf`: of an item that was signed; asked for candidates whose words are no longer at hand. */
  constructor(items: number, similarity: number, textOf: (item: number) => string) {
    this.#items = items
    this.#bands = new Uint32Array(items * BANDS)
    this.#signed = new Uint8Array(items)
    this.#similarity = similarity
    this.#textOf = textOf
    this.#likeness = new Likeness({ at: (item) => this.#wordsOf(item) })
  }

  isSigned(item: number): boolean {
    return this.#signed[item] === 1
  }

  sign(item: number, text: string): void {
    const words = hashedWords(text)
    this.#hold(item, words)
    const from = item * BANDS
    this.#signer.bands(words, (band, hash) => {
      this.#bands[from + band] = hash
    })
    this.#signed[item] = 1
  }

  /** Whether an accepted row is alike; the item must be signed. Rows without words equal none. */
  isHeld(item: number): boolean {
    if (this.#heads.length === 0 || this.#wordsOf(item).length === 0) return false
    const from = item * BANDS
    const compared = new Set<number>()
    for (let band = 0; band < BANDS; band++) {
      const hash = this.#bands[from + band] as number
      const next = this.#next[band] as Int32Array
      for (let other = this.#headOf(band, hash); other >= 0; other = next[other] as number) {
        if (this.#bands[other * BANDS + band] !== hash || compared.has(other)) continue
        if (compared.size >= MOST_COMPARISONS) return false
        compared.add(other)
        if (this.#likeness.jaccard(item, other) >= this.#similarity) return true
      }
    }
    return false
  }

  /** The row stays: later ones are compared with it. */
  accept(item: number): void {
    if (this.#heads.length === 0) {
      const slots = 2 ** Math.ceil(Math.log2(Math.max(16, this.#items)))
      this.#heads = Array.from({ length: BANDS }, () => new Int32Array(slots).fill(-1))
      this.#next = Array.from({ length: BANDS }, () => new Int32Array(this.#items).fill(-1))
    }
    for (let band = 0; band < BANDS; band++) {
      const slot = this.#slot(this.#bands[item * BANDS + band] as number)
      const heads = this.#heads[band] as Int32Array
      ;(this.#next[band] as Int32Array)[item] = heads[slot] as number
      heads[slot] = item
    }
  }

  #headOf(band: number, hash: number): number {
    return (this.#heads[band] as Int32Array)[this.#slot(hash)] as number
  }

  #slot(hash: number): number {
    return (hash ^ (hash >>> 16)) & ((this.#heads[0] as Int32Array).length - 1)
  }

  #wordsOf(item: number): Uint32Array {
    const held = this.#words.get(item)
    if (held) return held
    const words = hashedWords(this.#textOf(item))
    this.#hold(item, words)
    return words
  }

  #hold(item: number, words: Uint32Array): void {
    if (this.#words.size >= WORDS_HELD) this.#words.delete(this.#words.keys().next().value as number)
    this.#words.set(item, words)
  }
}
