/** One row, one line, for every reader. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Json } from '../../../schema/json.ts'
import { jsonLine } from '../../../src/write/jsonl.ts'

it('escapes what some readers take for the end of a line', () => {
  expect(jsonLine({ text: 'a\u2028b\u2029c\u0085d\ne' })).toBe('{"text":"a\\u2028b\\u2029c\\u0085d\\ne"}\n')
})

it('keeps emoji and every other whole character as it is', () => {
  expect(jsonLine({ ключ: ['é', '👩‍💻', 1.5, null] })).toBe('{"ключ":["é","👩‍💻",1.5,null]}\n')
})

it.each([[{ text: 'half \ud83d' }], [{ 'half \udc00': 1 }], ['\ud800'], [[['\udfff']]]])(
  'does not write half a surrogate pair: %j',
  (row) => {
    expect(() => jsonLine(row)).toThrow('datagen bug: a row holds half of a surrogate pair')
  },
)

it('says the same value again, on exactly one line, whatever the row', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (row) => {
      const line = jsonLine(row as Json)
      expect(line.split(/[\n\u0085\u2028\u2029]/)).toEqual([line.slice(0, -1), ''])
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(row)))
    }),
  )
})
