/** Whole digests of the requests that were just rendered, packed: who looks for their answers need not render them again. */
import type { Digest } from '../util/brand.ts'
import { indexIn } from './ascending.ts'

const BYTES = 32

export class RequestDigests {
  /** Ascending. */
  readonly #items: Uint32Array
  readonly #bytes: Buffer
  readonly #has: Uint8Array
  /** Every item of the plan is there, so its place is its index. */
  readonly #dense: boolean

  constructor(items: Uint32Array) {
    this.#items = items
    this.#bytes = Buffer.allocUnsafe(items.length * BYTES)
    this.#has = new Uint8Array(items.length)
    this.#dense = items.length === 0 || items.at(-1) === items.length - 1
  }

  /** `at`: position among the items. */
  set(at: number, digest: Digest): void {
    this.#bytes.write(digest, at * BYTES, 'hex')
    this.#has[at] = 1
  }

  get(item: number): Digest | undefined {
    const at = this.#dense ? item : indexIn(this.#items, item)
    return this.#has[at] === 1 ? (this.#bytes.toString('hex', at * BYTES, (at + 1) * BYTES) as Digest) : undefined
  }
}
