import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../src/key/key.ts'
import { DigestTable } from '../../../src/plan/digest-table.ts'
import type { Digest } from '../../../src/util/brand.ts'

describe('the table of digests', () => {
  it('answers as a map that keeps the first entry', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 2, 0xffffffff), fc.nat(0xffffffff))
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 60 }), (pairs) => {
        const table = new DigestTable(pairs.length)
        const map = new Map<string, number>()
        for (const [item, [high, low]] of pairs.entries()) {
          const name = `${high}.${low}`
          expect(table.find(high, low)).toBe(map.get(name))
          if (!map.has(name)) map.set(name, item)
          expect(table.addWords(high, low, item)).toBe(map.get(name))
          expect(table.find(high, low)).toBe(map.get(name))
        }
      }),
    )
  })

  it('holds as many entries as it was made for, also when all of them want one slot', () => {
    const table = new DigestTable(1000)
    for (let i = 0; i < 1000; i++) expect(table.addWords(i, 7, i)).toBe(i)
    for (let i = 0; i < 1000; i++) expect(table.find(i, 7)).toBe(i)
    expect(table.find(1000, 7)).toBeUndefined()
  })

  it('has room for nothing', () => {
    expect(new DigestTable(0).find(0, 0)).toBeUndefined()
  })

  it('tells digests apart by their first 64 bits', () => {
    const table = new DigestTable(4)
    const [a, b] = [digestOf('a'), digestOf('b')]
    expect([table.add(a, 0), table.add(b, 1), table.add(a, 2), table.add(`${b.slice(0, 16)}${'0'.repeat(48)}` as Digest, 3)]).toEqual([
      0, 1, 0, 1,
    ])
  })

  it('takes the item 0 and the digest of zeros for what they are', () => {
    const table = new DigestTable(1)
    expect(table.find(0, 0)).toBeUndefined()
    expect(table.add('0'.repeat(64) as Digest, 0)).toBe(0)
    expect(table.find(0, 0)).toBe(0)
  })
})
