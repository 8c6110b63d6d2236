/** "Did you mean". */
import { expect, test } from 'vitest'
import { editDistance, suggest } from '../../../src/util/suggest.ts'

test.each([
  ['expertize', ['phrasing', 'expertise'], 'expertise'],
  ['topci', ['topic', 'tonic'], 'topic'],
  ['TOPIC', ['topic'], 'topic'],
  ['max-cells', ['maxCells'], 'maxCells'],
  ['asistant', ['user', 'assistant'], 'assistant'],
  ['zebra', ['topic', 'tone'], undefined],
  ['', ['topic'], undefined],
  ['x', [], undefined],
])('for %j of %j it is %j', (name, known, expected) => {
  expect(suggest(name, known)).toBe(expected)
})

test('a swap of neighbours is one slip', () => {
  expect([editDistance('ab', 'ba'), editDistance('abc', 'abd'), editDistance('', 'abc'), editDistance('same', 'same')]).toEqual([
    1, 1, 3, 0,
  ])
})

test('a name of a million characters is compared in no time', () => {
  const started = performance.now()
  expect(suggest('x'.repeat(1_000_000), ['topic'])).toBe(undefined)
  expect(performance.now() - started).toBeLessThan(200)
})
