import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clip, safeText, width } from '../../../src/util/safe-text.ts'

const RAW = /[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e00ff}]|\p{Cs}/u
/** Any UTF-16, with what is dangerous far more often than chance. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\x1b[2J',
        '\x1b]52;c;',
        '\x07',
        '\x9b',
        '\u202e',
        '\ud800',
        '\udc00',
        '\u200d',
        '\ufe0f',
        '\u{e0041}',
        '\u0301',
        '\r',
        '\n',
        '\t',
        '👩‍👩‍👧',
        'é',
        '漢',
      ),
    ),
  )
  .map((parts) => parts.join(''))

const CORPUS: readonly (readonly [name: string, text: string, shown: string])[] = [
  ['OSC 52 clipboard write', '\x1b]52;c;cm0gLXJm\x07', '\\x1b]52;c;cm0gLXJm\\x07'],
  ['OSC 8 link', '\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\', '\\x1b]8;;https://evil.example\\x1b\\click\\x1b]8;;\\x1b\\'],
  ['clear screen', 'a\x1b[2J\x1b[Hb', 'a\\x1b[2J\\x1b[Hb'],
  ['concealed text', '\x1b[8mhidden\x1b[0m', '\\x1b[8mhidden\\x1b[0m'],
  ['C1 CSI and OSC', '\x9b2J\x9d0;title\x9c', '\\x9b2J\\x9d0;title\\x9c'],
  ['bell, backspace, NUL, DEL', '\x07\x08\x00\x7f', '\\x07\\x08\\x00\\x7f'],
  ['carriage return over a line', 'failed\rpassed', 'failed\\rpassed'],
  ['line ends and tabs', 'a\nb\tc', 'a\\nb\\tc'],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['right-to-left override', 'exe.\u202egpj', 'exe.\\u202egpj'],
  ['bidi isolates and marks', '\u2066a\u2069\u200f\u061c', '\\u2066a\\u2069\\u200f\\u061c'],
  ['tag characters', 'hi\u{e0068}\u{e0069}', 'hi\\u{e0068}\\u{e0069}'],
  ['a zero-width space', 'pay\u200bpal', 'pay\\u200bpal'],
  ['a run of joiners', 'a\u200d\u200c\u200db', 'a\\u200d\\u200c\\u200db'],
  ['bytes in variation selectors', 'a\u{e0100}\u{e0110}', 'a\\u{e0100}\\u{e0110}'],
  ['a byte order mark', '\ufeffx', '\\ufeffx'],
  ['a lone high and a lone low surrogate', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
  ['an invisible filler', 'a\u3164b', 'a\\u3164b'],
  ['a pile of accents', `z${'\u0301'.repeat(40)}!`, `z${'\u0301'.repeat(8)}…!`],
]

describe('safeText', () => {
  test.each(CORPUS)('shows %s instead of obeying it', (_name, text, shown) => {
    expect(safeText(text)).toBe(shown)
  })

  test('leaves what writing systems and emoji need', () => {
    for (const text of ['plain ASCII ~', 'naïve 漢字 हिन्दी', '👩‍👩‍👧 ❤️ ❤️‍🔥 🇩🇪', 'می\u200cخواهم', 'e\u0301'])
      expect(safeText(text)).toBe(text)
  })

  test('never lets a raw control through, whatever it is given', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(safeText(text)).not.toMatch(RAW)
      }),
      { numRuns: 2_000 },
    )
  })

  test('with newlines, lets line ends and tabs through and nothing else', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(safeText(text, { newlines: true }).replace(/[\n\t]/g, '')).not.toMatch(RAW)
      }),
    )
  })

  test('changes nothing that it has made safe', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(safeText(safeText(text))).toBe(safeText(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test('never takes more columns than it may, and says when it cut', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 0, max: 60 }), (text, max) => {
        const shown = safeText(text, { max })
        expect(width(shown)).toBeLessThanOrEqual(max)
        expect(shown).not.toMatch(RAW)
        if (max > 0 && width(safeText(text)) > max) expect(shown.endsWith('…')).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('cuts a megabyte without reading all of it', () => {
    const started = performance.now()
    for (let i = 0; i < 50; i++) safeText('\x1b[2J'.repeat(250_000), { max: 40 })
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('width and clip', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['漢字', 4],
    ['データ', 6],
    ['한글', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['❤\ufe0f', 2],
    ['🇩🇪', 2],
    ['●▒█·×✔', 6],
  ])('%j takes %i columns', (text, columns) => {
    expect(width(text)).toBe(columns)
  })

  test('what fits is not cut, to the column', () => {
    expect(clip('abcdef', 6)).toBe('abcdef')
    expect(clip('abcdef', 5)).toBe('abcd…')
    expect(clip('漢字x', 5)).toBe('漢字x')
    expect(clip('漢字xy', 5)).toBe('漢字…')
    expect(clip('漢字xy', 4)).toBe('漢…')
    expect(clip('abc', 0)).toBe('')
  })

  test('a grapheme is never cut in two', () => {
    expect(clip('ab👩‍👩‍👧cd', 6)).toBe('ab…')
    expect(clip('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
  })
})
