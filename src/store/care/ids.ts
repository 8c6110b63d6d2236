/** A set of row ids: a bit for each, in pages that exist only where there are any, so that a million take 125 KB. */
import type { TraceId } from '../../util/brand.ts'

const PAGE_BITS = 16
const IDS_A_PAGE = 2 ** PAGE_BITS

export class Ids {
  readonly #pages = new Map<number, Uint8Array>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(id: TraceId): void {
    const [number, byte, bit] = placeOf(id)
    let page = this.#pages.get(number)
    if (!page) {
      page = new Uint8Array(IDS_A_PAGE / 8)
      this.#pages.set(number, page)
    }
    if (((page[byte] as number) & bit) !== 0) return
    page[byte] = (page[byte] as number) | bit
    this.#size++
  }

  has(id: TraceId): boolean {
    const [number, byte, bit] = placeOf(id)
    return ((this.#pages.get(number)?.[byte] ?? 0) & bit) !== 0
  }

  /** Ascending. */
  *[Symbol.iterator](): Generator<TraceId> {
    for (const number of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const page = this.#pages.get(number) as Uint8Array
      for (let within = 0; within < IDS_A_PAGE; within++) {
        if (((page[within >> 3] as number) & (1 << (within & 7))) !== 0) yield (number * IDS_A_PAGE + within) as TraceId
      }
    }
  }
}

/** Ids may be larger than 32 bits, so no shifts above the page. */
function placeOf(id: TraceId): readonly [page: number, byte: number, bit: number] {
  const within = id % IDS_A_PAGE
  return [(id - within) / IDS_A_PAGE, within >> 3, 1 << (within & 7)]
}
