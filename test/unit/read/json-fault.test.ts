import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonFault } from '../../../src/read/json-fault.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const spoil = fc.constantFrom(
  '',
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\n',
  '1',
  '-',
  '.',
  'e',
  'true',
  'nul',
  'NaN',
  '\u2028',
  '\u00a0',
  '\u0000',
  '//',
  "'",
)

describe('a fault in JSON', () => {
  it('is found exactly where JSON.parse refuses the text', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(3), spoil, (json, where, cut, add) => {
        const at = where % (json.length + 1)
        const text = json.slice(0, at) + add + json.slice(at + cut)
        expect(jsonFault(text) === undefined).toBe(parses(text))
      }),
      { numRuns: 5000 },
    )
  })

  it('needs no stack', () => {
    const deep = '['.repeat(200_000)
    expect(jsonFault(deep)?.index).toBe(200_000)
    expect(jsonFault(deep + ']'.repeat(200_000))).toBeUndefined()
  })

  it.each([
    ['{"a": NaN}', 6, '"NaN" stands where a value should', 'NaN is no JSON; write null, or leave the key out'],
    ['{"a": -Infinity}', 6, '"-" stands where a value should', 'Infinity is no JSON; write null, or leave the key out'],
    [
      "{'a': 1}",
      1,
      '"\'" stands where a key in double quotes should',
      "strings and keys stand in double quotes (Python's str() of a dict is no JSON; json.dumps is)",
    ],
    ['{"a": True}', 6, '"True" stands where a value should', 'this is Python; write true (json.dumps does)'],
    ['{"a": 1,}', 8, 'a comma with nothing after it', 'take the last comma out'],
    ['{"a": 1}{"b": 2}', 8, '"{" follows the end of the value', 'one value a line'],
    ['{"a": 1},', 8, '"," follows the end of the value', 'rows of JSON Lines have no comma after them'],
    ['{"a": "x', 6, 'this string has no closing quote', 'was the row cut off, or does a text hold a bare line break?'],
    ['{"a": "\t"}', 7, 'a string holds a bare control character (U+0009)', 'write it as \\u0009'],
    ['{"a": "\\x"}', 7, 'this escape is none of JSON', 'a backslash itself is written \\\\'],
    ['{"a": 1', 7, 'the text ends where "," or "}" should follow', 'was the row cut off, or spread over several lines?'],
    ['{“a”: 1}', 1, '"“" stands where a key in double quotes should', 'these are typographic quotes; JSON wants "'],
    ['{"a": 01}', 6, '"0" stands where a value should', undefined],
  ])('%s', (text, index, message, hint) => {
    expect(jsonFault(text)).toEqual({ index, message, ...(hint === undefined ? {} : { hint }) })
  })
})
