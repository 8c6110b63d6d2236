/** Reads what the Embeddings API answers: one vector, as base64 or, from servers that know no base64, as numbers. */
import { vectorFrom, vectorText } from '../measure/vector.ts'

const LONGEST = 65_536 // numbers; the longest in use have some thousands

/** The vector as base64; undefined for a body that is none. */
export function vectorIn(data: unknown): string | undefined {
  const first: unknown = Array.isArray(data) && data.length === 1 ? data[0] : undefined
  const given =
    typeof first === 'object' && first !== null && Object.hasOwn(first, 'embedding')
      ? (first as { embedding: unknown }).embedding
      : undefined
  const vector =
    typeof given === 'string'
      ? vectorFrom(given)
      : Array.isArray(given) && given.length > 0 && given.length <= LONGEST && given.every((part) => typeof part === 'number')
        ? Float32Array.from(given as number[])
        : undefined
  // A vector with a number that is none is near to nothing, and one of zeros points nowhere.
  if (!vector || vector.length > LONGEST || !vector.every(Number.isFinite) || vector.every((part) => part === 0)) return undefined
  return vectorText(vector)
}
