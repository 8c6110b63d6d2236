/** Vectors of embeddings: what travels and is kept is base64 of 32-bit numbers, little-endian. */

/** Undefined for a text that is none. */
export function vectorFrom(base64: string): Float32Array | undefined {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined
  // A copy, because a Buffer may begin anywhere in its memory.
  return new Float32Array(Uint8Array.from(bytes).buffer)
}

export function vectorText(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}

/** From -1 to 1; 0 where it is not defined: a vector without length, or of another size. */
export function cosine(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return 0
  let dot = 0
  let a = 0
  let b = 0
  for (let i = 0; i < one.length; i++) {
    const [x, y] = [one[i] as number, other[i] as number]
    dot += x * y
    a += x * x
    b += y * y
  }
  return a > 0 && b > 0 ? dot / Math.sqrt(a * b) : 0
}
