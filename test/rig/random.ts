/** A small seeded generator (mulberry32): the whole of a simulated history follows from one number. */
export interface Random {
  /** In [0, 1). */
  (): number
  /** A whole number below `n`. */
  below(n: number): number
  pick<T>(items: readonly T[]): T
  chance(share: number): boolean
}

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number) => Math.floor(next() * n)
  return Object.assign(next, {
    below,
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T,
    chance: (share: number) => next() < share,
  })
}
