/**
 * Bits of a direction: on which sides of random planes it lies (SimHash, Charikar 2002). Two directions differ in a bit with a probability of their angle / π.
 * The planes come from signs and Walsh–Hadamard transforms, which costs n·log n instead of bits·n.
 */

export const BITS = 512
export const BIT_WORDS = BITS / 32
// One transform leaves structure of the vector in its bits; three are as good as random planes (Andoni et al. 2015).
const TRANSFORMS = 3

export class Projector {
  readonly #size: number
  readonly #signs: Float32Array[]
  readonly #work: Float32Array

  /** For vectors of so many numbers. */
  constructor(dimensions: number) {
    this.#size = 2 ** Math.ceil(Math.log2(Math.max(2, dimensions)))
    const rounds = Math.ceil(BITS / this.#size) * TRANSFORMS
    this.#signs = Array.from({ length: rounds }, (_, round) => signs(this.#size, round))
    this.#work = new Float32Array(this.#size)
  }

  /** Writes `BIT_WORDS` words from `at` on. */
  bits(vector: Float32Array, into: Uint32Array, at: number): void {
    const work = this.#work
    const size = this.#size
    into.fill(0, at, at + BIT_WORDS)
    for (let from = 0; from < BITS; from += size) {
      work.fill(0)
      work.set(vector)
      for (let t = 0; t < TRANSFORMS; t++) {
        const sign = this.#signs[(from / size) * TRANSFORMS + t] as Float32Array
        for (let i = 0; i < size; i++) work[i] = (work[i] as number) * (sign[i] as number)
        hadamard(work)
      }
      for (let i = 0; i < Math.min(size, BITS - from); i++) {
        const bit = from + i
        if ((work[i] as number) > 0) into[at + (bit >>> 5)] = (into[at + (bit >>> 5)] as number) | (1 << (bit & 31))
      }
    }
  }
}

/** In place; scaled, so that lengths stay. */
function hadamard(values: Float32Array): void {
  const { length } = values
  for (let half = 1; half < length; half *= 2)
    for (let from = 0; from < length; from += 2 * half)
      for (let i = from; i < from + half; i++) {
        const [a, b] = [values[i] as number, values[i + half] as number]
        values[i] = a + b
        values[i + half] = a - b
      }
  const scale = 1 / Math.sqrt(length)
  for (let i = 0; i < length; i++) values[i] = (values[i] as number) * scale
}

/** The same on every machine: xorshift32 from a fixed beginning. */
function signs(size: number, round: number): Float32Array {
  let state = (0x9e3779b9 ^ Math.imul(size, 0x85ebca6b) ^ Math.imul(round + 1, 0xc2b2ae35)) >>> 0 || 1
  return Float32Array.from({ length: size }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state & 0x10000 ? 1 : -1
  })
}

/** In how many bits two of them differ. */
export function differing(bits: Uint32Array, one: number, other: number): number {
  let count = 0
  for (let word = 0; word < BIT_WORDS; word++) {
    let x = (bits[one + word] as number) ^ (bits[other + word] as number)
    x -= (x >>> 1) & 0x55555555
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
    count += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return count
}
