/** Bits find nearly all pairs that are alike, the exact cosine decides, and what is found does not depend on anything else. */
import { describe, expect, it } from 'vitest'
import { SemanticRows } from '../../../src/check/semantic-duplicates.ts'
import { vectorIn } from '../../../src/generate/vector-answer.ts'
import { BIT_WORDS, BITS, differing, Projector } from '../../../src/measure/projection.ts'
import { cosine, vectorFrom, vectorText } from '../../../src/measure/vector.ts'
import { seeded } from '../../rig/random.ts'

const random = seeded(7)
/** Gauss, by Box and Muller. */
const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const direction = (n: number) => Float32Array.from({ length: n }, gauss)
/** A vector with this cosine to another. */
function near(to: Float32Array, wanted: number): Float32Array<ArrayBuffer> {
  const other = direction(to.length)
  const [length, along] = [Math.hypot(...to), to.reduce((sum, x, i) => sum + x * (other[i] as number), 0)]
  const across = other.map((x, i) => x - (along / length ** 2) * (to[i] as number))
  const rest = Math.hypot(...across)
  return Float32Array.from(to, (x, i) => (wanted * x) / length + (Math.sqrt(1 - wanted ** 2) * (across[i] as number)) / rest)
}

describe('bits of directions', () => {
  it.each([48, 384, 1000, 1536])('of %i numbers differ as their angle says', (dimensions) => {
    const bits = new Uint32Array(2 * BIT_WORDS)
    const made = new Projector(dimensions)
    for (const wanted of [0.99, 0.9, 0.5, 0]) {
      let share = 0
      for (let i = 0; i < 60; i++) {
        const one = direction(dimensions)
        made.bits(one, bits, 0)
        made.bits(near(one, wanted), bits, BIT_WORDS)
        share += differing(bits, 0, BIT_WORDS) / BITS / 60
      }
      expect(Math.abs(share - Math.acos(wanted) / Math.PI)).toBeLessThan(0.015)
    }
  })
})

describe('rows by what they mean', () => {
  it.each([0.8, 0.9, 0.95, 0.98])('finds pairs at %f, and none below', (similarity) => {
    const pairs = 300
    const vectors: Float32Array<ArrayBuffer>[] = []
    for (let i = 0; i < pairs; i++) {
      const one = direction(128)
      vectors.push(one, near(one, similarity + 0.001))
    }
    const rows = new SemanticRows(4 * pairs, similarity, (item) => vectors[item])
    for (const [item, vector] of vectors.entries()) rows.sign(item, vector)
    let found = 0
    for (let item = 0; item < 2 * pairs; item++) {
      if (rows.isHeld(item)) found++
      else rows.accept(item)
    }
    expect(found).toBeGreaterThanOrEqual(pairs - 4)
    for (let i = 0; i < pairs; i++) {
      const item = 2 * pairs + i
      vectors.push(near(vectors[2 * i] as Float32Array, similarity - 0.001))
      rows.sign(item, vectors[item] as Float32Array)
      expect(rows.isHeld(item)).toBe(
        vectors.slice(0, 2 * pairs).some((other) => cosine(other, vectors[item] as Float32Array) >= similarity),
      )
    }
  })

  it('asks for a vector that is no longer at hand, and equals what has none to nothing', () => {
    let asked = 0
    const vectors = Array.from({ length: 5001 }, () => direction(16))
    vectors[5000] = Float32Array.from(vectors[0] as Float32Array)
    const rows = new SemanticRows(5002, 0.98, (item) => {
      asked++
      return vectors[item]
    })
    for (const [item, vector] of vectors.entries()) {
      rows.sign(item, vector)
      if (item < 5000) rows.accept(item)
    }
    expect([rows.isHeld(5000), rows.isHeld(5001)]).toEqual([true, false])
    expect(asked).toBeGreaterThan(0)
  })
})

describe('vectors on the wire', () => {
  it('are base64 or numbers, come back bit by bit, and are one, whole, finite and not null', () => {
    const vector = Float32Array.from([0.1, -2.5, 3e-9])
    expect(vectorFrom(vectorText(vector))).toEqual(vector)
    const of = (embedding: unknown) => vectorIn([{ embedding }])
    expect(of([...vector])).toBe(vectorText(vector))
    expect(of(vectorText(vector))).toBe(vectorText(vector))
    for (const wrong of ['', 'AAA', 'AAAAAA==', [], [0, 0], [1, null], [1, '2'], [1e300], [Number.NaN], null, undefined, 1, {}])
      expect([wrong, of(wrong)]).toEqual([wrong, undefined])
    expect([vectorIn([]), vectorIn([{ embedding: [1] }, { embedding: [1] }]), vectorIn('x'), vectorIn([null])]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
