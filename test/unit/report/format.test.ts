import { expect, test } from 'vitest'
import { age, count, duration, list, money, plural, tokens } from '../../../src/report/format.ts'

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [12480, '12,480'],
  [1234567, '1,234,567'],
])('%d counts as %s', (n, text) => {
  expect(count(n)).toBe(text)
})

test.each([
  [0, '$0.00'],
  [0.0000004, '< $0.000001'],
  [0.0000041, '$0.0000041'],
  [0.00421, '$0.0042'],
  [0.0099, '$0.0099'],
  [0.01, '$0.01'],
  [3.1, '$3.10'],
  [1234.5, '$1,234.50'],
])('%d dollars are %s', (usd, text) => {
  expect(money(usd)).toBe(text)
})

test.each([
  [950, '950'],
  [1000, '1k'],
  [12345, '12.3k'],
  [869400, '869k'],
  [999_949, '1,000k'],
  [2_100_000, '2.1M'],
])('%d tokens are %s', (n, text) => {
  expect(tokens(n)).toBe(text)
})

test.each([
  [0, '0 ms', '0s'],
  [12.4, '12 ms', '0s'],
  [999.6, '1.0 s', '1s'],
  [1234, '1.2 s', '1s'],
  [9960, '10 s', '10s'],
  [59_400, '59 s', '59s'],
  [59_600, '1m 00s', '1m00s'],
  [252_000, '4m 12s', '4m12s'],
  [3_599_700, '1h 00m', '1h00m'],
  [7_500_000, '2h 05m', '2h05m'],
])('%d ms are %s in a sentence and %s in a column', (ms, sentence, column) => {
  expect(duration(ms)).toBe(sentence)
  expect(age(ms)).toBe(column)
})

test('words agree with their number', () => {
  expect([plural(1, 'cell'), plural(0, 'cell'), plural(1200, 'batch', 'batches')]).toEqual(['1 cell', '0 cells', '1,200 batches'])
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c'])
})
