/** How far rows lie apart by their vectors. Distances are 1 - cosine: 0 for the same direction, 1 for directions that have nothing in common. */
import { cosine } from './vector.ts'

export interface Spread {
  /** Mean distance of a row to the one nearest to it. */
  readonly nearest: number
  /** Mean distance of two rows. */
  readonly distance: number
  /** The two rows that are most alike, by their place. */
  readonly closest: readonly [number, number]
}

/** Of two vectors and more. Compares all pairs. */
export function spreadOf(vectors: readonly Float32Array[]): Spread {
  const nearest = new Float64Array(vectors.length).fill(Number.POSITIVE_INFINITY)
  let sum = 0
  let closest: [number, number] = [0, 1]
  let least = Number.POSITIVE_INFINITY
  for (const [i, one] of vectors.entries())
    for (let j = 0; j < i; j++) {
      const apart = 1 - cosine(one, vectors[j] as Float32Array)
      sum += apart
      nearest[i] = Math.min(nearest[i] as number, apart)
      nearest[j] = Math.min(nearest[j] as number, apart)
      if (apart < least) {
        least = apart
        closest = [j, i]
      }
    }
  const pairs = (vectors.length * (vectors.length - 1)) / 2
  return { nearest: nearest.reduce((total, apart) => total + apart, 0) / vectors.length, distance: sum / pairs, closest }
}
