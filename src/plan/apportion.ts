/** Seats for shares: how many of a whole number each stratum gets when several dimensions have shares to meet. */

/** A stratum: its value in each dimension that has shares, and how many it can give at most. */
export interface Share {
  readonly ids: readonly string[]
  readonly most: number
}

/** By dimension, each value's share; the shares of a dimension sum to 1. */
export type Shares = readonly ReadonlyMap<string, number>[]

const ROUNDING = 1e-9 // sums of binary fractions: 0.1 × 70 is a little more than 7

/**
 * The quota method of Balinski and Young (1975), seat by seat: the next goes where it is most deserved, to nobody above his share
 * rounded up. It is the rare method by which nobody is a whole seat off and nobody loses one when there are more. With several
 * dimensions "nobody above" is asked of each, and what is then still off is exchanged.
 */
export function apportion(strata: readonly Share[], shares: Shares, seats: number): number[] {
  const counts = strata.map(() => 0)
  const given = shares.map((share) => new Map([...share.keys()].map((id) => [id, 0])))
  const joint = strata.map(({ ids }) => ids.reduce((product, id, d) => product * (shares[d]?.get(id) as number), 1))
  for (let seat = 1; seat <= seats; seat++) {
    let best = -1
    let fewest = Number.POSITIVE_INFINITY
    let most = -1
    for (let s = 0; s < strata.length; s++) {
      const { ids, most: limit } = strata[s] as Share
      if ((counts[s] as number) >= limit) continue
      let above = 0
      for (let d = 0; d < ids.length; d++) {
        const id = ids[d] as string
        if ((given[d]?.get(id) as number) >= (shares[d]?.get(id) as number) * seat - ROUNDING) above++
      }
      const deserves = (joint[s] as number) / ((counts[s] as number) + 1)
      if (above > fewest || (above === fewest && deserves <= most * (1 + ROUNDING))) continue
      best = s
      fewest = above
      most = deserves
    }
    if (best < 0) break
    move(best, 1)
  }
  if (shares.length > 1) exchange()
  return counts

  function move(stratum: number, by: 1 | -1): void {
    counts[stratum] = (counts[stratum] as number) + by
    strata[stratum]?.ids.forEach((id, d) => {
      given[d]?.set(id, (given[d]?.get(id) as number) + by)
    })
  }

  /** From a value with too many to one with too few, between strata that differ in nothing else. */
  function exchange(): void {
    const total = counts.reduce((sum, count) => sum + count, 0)
    const byIds = new Map(strata.map(({ ids }, s) => [JSON.stringify(ids), s]))
    for (const [d, share] of shares.entries()) {
      const room = new Map([...share.keys()].map((id) => [id, 0]))
      for (const { ids, most } of strata) room.set(ids[d] as string, (room.get(ids[d] as string) as number) + most)
      const wanted = apportion(
        [...share.keys()].sort().map((id) => ({ ids: [id], most: room.get(id) as number })),
        [share],
        total,
      )
      const target = new Map([...share.keys()].sort().map((id, i) => [id, wanted[i] as number]))
      const off = (id: string) => (given[d]?.get(id) as number) - (target.get(id) as number)
      for (let moved = true; moved; ) {
        moved = false
        for (let s = 0; s < strata.length; s++) {
          const { ids } = strata[s] as Share
          if ((counts[s] as number) === 0 || off(ids[d] as string) <= 0) continue
          const other = [...share.keys()]
            .sort()
            .filter((id) => off(id) < 0)
            .map((id) => byIds.get(JSON.stringify(ids.with(d, id))))
            .find((to) => to !== undefined && (counts[to] as number) < (strata[to] as Share).most)
          if (other === undefined) continue
          move(s, -1)
          move(other, 1)
          moved = true
        }
      }
    }
  }
}
