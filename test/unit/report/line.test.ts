import { expect, test } from 'vitest'
import { cell, type Line, paint, spread, wrap, write } from '../../../src/report/line.ts'

const plain = { color: false }

test('a line that fits is not touched, one that does not ends in an ellipsis at the last column', () => {
  const line: Line = ['ab', ['cd', 'red'], 'ef']
  expect(paint(line, { ...plain, columns: 6 })).toBe('abcdef')
  expect(paint(line, { ...plain, columns: 5 })).toBe('abcd…')
  expect(paint(line, { ...plain, columns: 4 })).toBe('abc…')
  expect(paint(line, { ...plain, columns: 2 })).toBe('a…')
})

test('a wide character that falls on the edge does not let the next span slip in', () => {
  expect(paint(['漢漢', 'x'], { ...plain, columns: 4 })).toBe('漢…')
})

test('trailing blanks neither count nor show', () => {
  expect(paint(['ab   ', ' '], { ...plain, columns: 2 })).toBe('ab')
})

test('colours come in pairs, and only when wanted', () => {
  expect(paint([['no', 'red', 'bold'], ' ', ['yes', 'dim']], { color: true })).toBe('\x1b[31m\x1b[1mno\x1b[22m\x1b[39m \x1b[2myes\x1b[22m')
  expect(paint([['no', 'red', 'bold'], ' ', ['yes', 'dim']], plain)).toBe('no yes')
})

test('nothing in a span can bring its own escapes', () => {
  expect(paint(['\x1b[2J', ['\u202e', 'red']], { color: true })).toBe('\\x1b[2J\x1b[31m\\u202e\x1b[39m')
})

test('the right part stands at the edge where it fits and gives way where it does not', () => {
  expect(paint(spread(['left'], ['right'], 12), plain)).toBe('left   right')
  expect(paint(spread(['left'], ['right'], 10), plain)).toBe('left')
})

test('cells are padded and clipped by columns, not characters', () => {
  expect([cell('漢', 4), cell('漢字漢', 4), cell(['7', 'dim'], 3, 'right')]).toEqual(['漢  ', '漢… ', ['  7', 'dim']])
})

test('wrapping breaks between words, indents, keeps styles and never loses a word', () => {
  expect(write([['one two ', ['three four', 'bold'], ' five']], { ...plain, columns: 12 }, 2)).toEqual([
    'one two',
    '  three four',
    '  five',
  ])
  expect(wrap(['a ', ['bb cc', 'red']], 5, 1).at(-1)).toEqual([' ', ['cc', 'red']])
  expect(write([['see ', '/a/very/long/path/that/fits/nowhere']], { ...plain, columns: 10 }, 2)).toEqual([
    'see',
    '  /a/very/long/path/that/fits/nowhere',
  ])
})
