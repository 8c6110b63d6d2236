/** Randomness that is the same for the same call: xoshiro128** seeded with a digest. */

export interface Random {
  /** From 0 (included) to 1 (excluded). */
  next(): number
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number
  pick<T>(list: readonly T[]): T
  /** True with this probability. */
  chance(share: number): boolean
  /** `count` different items, in random order. */
  some<T>(list: readonly T[], count: number): T[]
}

/** `digest` needs at least 16 bytes, not all zero: a SHA-256. Algorithm: Blackman and Vigna, 2018. */
export function seededRandom(digest: Buffer): Random {
  let [a, b, c, d] = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)]
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by))
  const next = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result / 2 ** 32
  }
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    int,
    pick: (list) => {
      const item = list[int(0, list.length - 1)]
      if (item === undefined) throw new RangeError('datagen bug: nothing to pick from')
      return item
    },
    chance: (share) => next() < share,
    some: (list, count) => {
      const rest = [...list]
      return Array.from({ length: Math.min(count, list.length) }, () => rest.splice(int(0, rest.length - 1), 1)).flat()
    },
  }
}
