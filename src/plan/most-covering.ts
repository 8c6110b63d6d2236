/** The part of a covering array that covers most, for those who cannot have all of it. */
import type { DimensionSpec } from '../config/dataset.ts'
import { digitsOf, mixed, spaceOf } from './space.ts'
import { tupleAt, tuplesOf } from './tuples.ts'

/** `size` of `rows`, ascending: always the one next that adds most combinations, so that a larger size keeps all of a smaller one's. */
export function mostCovering(dimensions: readonly DimensionSpec[], rows: Uint32Array, strength: number, size: number): Uint32Array {
  const space = spaceOf(dimensions, rows)
  const tuples = tuplesOf(space, Math.min(strength, space.sizes.length))
  const open = tuples.possible.slice()
  const digits = new Int32Array(space.sizes.length)
  const gain = (code: number) => {
    digitsOf(space, code, digits)
    let gain = 0
    for (let g = 0; g < tuples.groups; g++) gain += open[tupleAt(tuples, g, digits)] as number
    return gain
  }
  const chosen: number[] = []
  // What a row adds only falls, so one that adds as much as its level promised is the best there is.
  const levels: number[][] = Array.from({ length: tuples.groups + 1 }, () => [])
  levels[tuples.groups]?.push(...space.codes)
  for (let level = tuples.groups; level >= 0; level--) {
    const codes = (levels[level] as number[]).sort((a, b) => mixed(a, 0) - mixed(b, 0) || a - b)
    for (const code of codes) {
      if (chosen.length === size) return Uint32Array.from(chosen, space.rowOf).sort()
      const now = gain(code)
      if (now < level) {
        levels[now]?.push(code)
        continue
      }
      chosen.push(code)
      for (let g = 0; g < tuples.groups; g++) open[tupleAt(tuples, g, digits)] = 0
    }
  }
  return Uint32Array.from(chosen, space.rowOf).sort()
}
