import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ElementCutter, type Shape } from '../../../src/read/elements.ts'

function cut(shape: Shape, text: string, sizes: readonly number[] = [], longest?: number) {
  const bytes = Buffer.from(text)
  const cutter = new ElementCutter(shape, 0, longest)
  const pieces = []
  let at = 0
  for (const size of sizes) {
    pieces.push(...cutter.push(bytes.subarray(at, at + size)))
    at += size
  }
  return [...pieces, ...cutter.push(bytes.subarray(at)), ...cutter.end()]
}

const sizes = fc.array(fc.nat(9), { maxLength: 40 })
const indent = fc.constantFrom(undefined, 1, '\t')

describe('elements', () => {
  it('of an array are what JSON.parse finds, however it is laid out and cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }), sizes, indent, (values, cuts, space) => {
        const text = JSON.stringify(values, null, space)
        const pieces = cut('array', text, cuts)
        expect(pieces.map(({ bytes }) => JSON.parse(String(bytes)))).toEqual(JSON.parse(text))
        for (const { offset, line } of pieces) expect(Buffer.from(text).subarray(0, offset).toString().split('\n').length).toBe(line)
      }),
      { numRuns: 500 },
    )
  })

  it('that follow each other over several lines are found by their brackets', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { maxLength: 5 }), sizes, (values, cuts) => {
        const text = values.map((value) => JSON.stringify(value, null, 2)).join('\n')
        expect(cut('sequence', text, cuts).map(({ bytes }) => JSON.parse(String(bytes)))).toEqual(JSON.parse(JSON.stringify(values)))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    [
      '[1, 2',
      [
        [1, undefined],
        ['2', undefined],
        [undefined, 'the array has no end: the closing "]" is missing'],
      ],
    ],
    [
      '[1,,2]',
      [
        ['1', undefined],
        [undefined, 'a comma with no value beside it in the array'],
        ['2', undefined],
      ],
    ],
    [
      '[1,]',
      [
        ['1', undefined],
        [undefined, 'a comma with no value beside it in the array'],
      ],
    ],
    [
      '[,1]',
      [
        [undefined, 'a comma with no value beside it in the array'],
        ['1', undefined],
      ],
    ],
    [
      '[1] x y',
      [
        ['1', undefined],
        [undefined, 'there is text after the end of the array'],
      ],
    ],
    ['[ ]', []],
    [
      '[{"a":"]}"} {"b":1}, 3]',
      [
        ['{"a":"]}"} {"b":1}', undefined],
        ['3', undefined],
      ],
    ],
  ])('%s', (text, expected) => {
    expect(cut('array', text).map(({ bytes, fault }) => [bytes?.toString().trim(), fault?.message])).toEqual(
      expected.map(([value, fault]) => [value === 1 ? '1' : value, fault]),
    )
  })

  it('that are too long are named and not held', () => {
    expect(cut('array', '["aaaaaaaa", 2]', [4, 4], 5).map(({ bytes, fault }) => [bytes?.toString(), fault?.code])).toEqual([
      [undefined, 'E_LONG'],
      ['2', undefined],
    ])
  })
})
