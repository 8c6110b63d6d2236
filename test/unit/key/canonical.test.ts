import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText, NotCanonical } from '../../../src/key/canonical.ts'

const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('-0') && wellFormed(value))

function wellFormed(value: unknown): boolean {
  return JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(value))
}

function negativeZeroFree(value: unknown): boolean {
  if (typeof value === 'number') return !Object.is(value, -0)
  if (Array.isArray(value)) return value.every(negativeZeroFree)
  if (value && typeof value === 'object') return Object.values(value).every(negativeZeroFree)
  return true
}

describe('canonical JSON', () => {
  it('is JSON that parses back to the same value', () => {
    fc.assert(
      fc.property(json.filter(negativeZeroFree), (value) => {
        expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is the same for every order of members', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'grapheme' }),
          fc.integer().filter((n) => n !== 0),
        ),
        fc.nat(),
        (object, turn) => {
          const names = Object.keys(object)
          const turned = [...names.slice(turn % (names.length || 1)), ...names.slice(0, turn % (names.length || 1))]
          const other = Object.create(null)
          for (const name of turned) Object.defineProperty(other, name, { value: object[name], enumerable: true })
          expect(canonicalText(other)).toBe(canonicalText(object))
        },
      ),
    )
  })

  it('gives different values different texts', () => {
    const values = [
      null,
      true,
      false,
      0,
      1,
      '1',
      '',
      [],
      {},
      [[]],
      [{}],
      { a: null },
      { a: [] },
      ['a', 'b'],
      ['a,b'],
      ['a","b'],
      { 'a:b': 'k' },
      { a: 'b:k' },
      1e21,
      '1e21',
      0.1,
      '\u2028',
      'caf\u00e9',
      'cafe\u0301',
    ]
    const texts = values.map((value) => canonicalText(value))
    expect(new Set(texts).size).toBe(values.length)
  })

  it.each([
    ['undefined', { a: undefined }, 'a is undefined'],
    ['NaN', [Number.NaN], '[0] is NaN, which JSON cannot hold'],
    ['Infinity', { x: Number.POSITIVE_INFINITY }, 'x is Infinity, which JSON cannot hold'],
    ['negative zero', { x: { y: -0 } }, 'x.y is negative zero'],
    ['a lone surrogate', { m: ['\ud800'] }, 'm[0] is a text with half of a surrogate pair'],
    ['a lone surrogate in a name', { '\udfff': 1 }, 'is a name with half of a surrogate pair'],
    ['a Map', new Map(), 'the value is a Map, not plain data'],
    ['a Set in an object', { s: new Set() }, 's is a Set, not plain data'],
    ['a Date', { d: new Date(0) }, 'd is a Date, not plain data'],
    ['a function', { f: () => 1 }, 'f is a function'],
    ['a bigint', { n: 1n }, 'n is a bigint'],
    ['a hole', new Array(1), '[0] is a hole in an array'],
    ['endless nesting', endless(), 'nested deeper than 200 levels'],
  ])('refuses %s', (_, value, message) => {
    expect(() => canonicalText(value)).toThrow(NotCanonical)
    expect(() => canonicalText(value)).toThrow(message)
  })
})

function endless(): unknown {
  const loop: unknown[] = []
  loop.push(loop)
  return loop
}
