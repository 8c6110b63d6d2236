import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineCutter, type LineFacts } from '../../../src/read/lines.ts'

function cut(text: Buffer, sizes: readonly number[], longest?: number) {
  const facts: LineFacts = { lines: 0, blankLines: 0, crlfLines: 0, openEnd: false }
  const cutter = new LineCutter(facts, 0, longest)
  const pieces = []
  let at = 0
  for (const size of sizes) {
    pieces.push(...cutter.push(text.subarray(at, at + size)))
    at += size
  }
  pieces.push(...cutter.push(text.subarray(at)), ...cutter.end())
  return { pieces, facts }
}

const alphabet = fc.constantFrom('a', '"', '\n', '\r', '\r\n', '\u2028', '\u2029', '\u0085', '\v', '\f', '\x1c', '\x1e', '😀', ' ', '\\n')

describe('lines', () => {
  it('end with \\n and nothing else, however the file is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 60 }), fc.array(fc.nat(7), { maxLength: 30 }), (chars, sizes) => {
        const text = chars.join('')
        const { pieces, facts } = cut(Buffer.from(text), sizes)
        const lines = text.split('\n')
        if (lines.at(-1) === '') lines.pop()
        const expected = lines.map((line, i) => (text.endsWith('\n') || i < lines.length - 1 ? line.replace(/\r$/, '') : line))
        expect(facts.lines).toBe(lines.length)
        expect(pieces.map(({ bytes }) => bytes?.toString())).toEqual(expected.filter((line) => /[^ \t\r]/.test(line)))
        expect(facts.blankLines).toBe(lines.length - pieces.length)
        for (const { offset, line, bytes } of pieces) {
          expect(
            Buffer.from(text)
              .subarray(offset)
              .toString()
              .startsWith(bytes?.toString() as string),
          ).toBe(true)
          expect(Buffer.from(text).subarray(0, offset).toString().split('\n').length).toBe(line)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('that are too long are named and not held; the next one is read', () => {
    const { pieces } = cut(Buffer.from('12345678\n1234567\n'), [3, 3, 3], 7)
    expect(pieces.map(({ line, offset, bytes, fault }) => [line, offset, bytes?.toString(), fault?.code])).toEqual([
      [1, 0, undefined, 'E_LONG'],
      [2, 9, '1234567', undefined],
    ])
  })

  it('know \\r\\n, blank lines and a last line without an end', () => {
    expect(cut(Buffer.from('1\r\n\n  \r\n2'), []).facts).toEqual({
      lines: 4,
      blankLines: 2,
      firstBlankLine: 2,
      crlfLines: 2,
      openEnd: true,
    })
  })
})
