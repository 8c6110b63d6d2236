/** Code frames: the right columns, and nothing that could harm a terminal or tell a secret. */
import { expect, test } from 'vitest'
import { codeFrame } from '../../../src/util/code-frame.ts'

const frame = (source: string, line: number, column: number, length = 1) => codeFrame({ file: 'x', source, line, column, length })

test('a frame has a line around the place and a marker under it', () => {
  expect(frame('one\ntwo three\nfour', 2, 5, 5)).toEqual(['1 │ one', '2 │ two three', '  │     ^^^^^', '3 │ four'])
})

test('tabs and wide characters keep the marker in its column', () => {
  expect(frame('\tx', 1, 2)).toEqual(['1 │   x', '  │   ^'])
  expect(frame('日本 x', 1, 4)).toEqual(['1 │ 日本 x', '  │      ^'])
})

test('control characters are shown and not obeyed', () => {
  const hostile = 'a\x1b[31m\u202e\u2066\x07\u2028b'
  const text = frame(`${hostile}!`, 1, hostile.length + 1).join('\n')
  expect(text).toBe(`1 │ a\\u{1b}[31m\\u{202e}\\u{2066}\\u{7}\\u{2028}b!\n  │ ${' '.repeat(41)}^`)
})

test('what looks like a key or a password is hidden', () => {
  expect(frame("apiKeyEnv: 'sk-proj-abcdefghijkl', url: 'http://me:pw@x'", 1, 1)[0]).toBe(
    "1 │ apiKeyEnv: '••••••••••••••••••••', url: 'http://•••••@x'",
  )
})

test('a long line is shown around the place', () => {
  const [shown = '', marker = ''] = frame(`${'a'.repeat(500)}X${'b'.repeat(500)}`, 1, 501)
  expect(shown.length).toBeLessThan(120)
  expect(shown[marker.indexOf('^')]).toBe('X')
})

test('without text or outside of it there is no frame', () => {
  expect(codeFrame({ file: 'x' })).toEqual([])
  expect(frame('one', 7, 1)).toEqual([])
})
