/** Makes any text fit for a terminal: nothing in it can move the cursor, hide, reorder or overflow. */

/** Controls, lone surrogates, line separators, annotation marks; runs of invisible characters; piles of combining marks. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\ufff9-\ufffb]|\p{DI}+|(?<=\p{M}{8})\p{M}+/gu
const CLEAN = /^[\x20-\x7e]*$/

/** Joiners and variation selectors that writing systems and emoji need, as long as they stand alone. */
const NEEDED = /^(?:\u200c|\u200d|[\ufe00-\ufe0f]|\ufe0f\u200d)$/

export interface SafeTextOptions {
  /** Longest result in columns; what is cut off ends in `…`. */
  readonly max?: number
  /** Keeps `\n` and `\t` as they are. */
  readonly newlines?: boolean
}

/**
 * The one function before every sink for people: C0, C1, DEL, escape sequences, bidi controls, tag
 * characters, zero-width runs and lone surrogates become visible escapes such as `\x1b` and `\u202e`.
 */
export function safeText(text: string, options: SafeTextOptions = {}): string {
  const { max, newlines = false } = options
  // A long answer is cut before it is searched; 32 units a column leave room for the longest grapheme worth showing.
  const start = max !== undefined && text.length > max * 32 ? text.slice(0, max * 32) : text
  const safe = CLEAN.test(start)
    ? start
    : start.replace(UNSAFE, (found) => {
        if (newlines && (found === '\n' || found === '\t')) return found
        if (NEEDED.test(found)) return found
        if (/^\p{M}+$/u.test(found) && !/\p{DI}/u.test(found)) return '…'
        return Array.from(found, escaped).join('')
      })
  return max === undefined ? safe : clip(safe, max)
}

const NAMED: { readonly [char: string]: string } = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return NAMED[char] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`)
}

/** East Asian wide and emoji, from Unicode's EastAsianWidth.txt, rounded outwards. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1d300}-\u{1d37f}\u{1f200}-\u{1faff}\u{20000}-\u{3fffd}\u2329\u232a]|\p{Emoji_Presentation}/u
const FLAG_LETTER = /[\u{1f1e6}-\u{1f1ff}]/u
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cc}\p{DI}]/u

/**
 * Columns a text takes, never fewer than a terminal uses: emoji sequences count each of their parts,
 * because terminals without the joined glyph draw them apart.
 */
export function width(text: string): number {
  if (CLEAN.test(text)) return text.length
  let columns = 0
  for (const char of text) {
    if (char === '\ufe0f') columns += 1
    else if (NO_WIDTH.test(char)) continue
    else columns += WIDE.test(char) && !FLAG_LETTER.test(char) ? 2 : 1
  }
  return columns
}

let segmenter: Intl.Segmenter | undefined

/** Cuts a text to a number of columns, between graphemes; what was cut ends in `…`. */
export function clip(text: string, columns: number): string {
  if (columns <= 0) return ''
  if (text.length <= columns && CLEAN.test(text)) return text
  if (CLEAN.test(text)) return `${text.slice(0, columns - 1)}…`
  if (text.length <= columns * 32 && width(text) <= columns) return text
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  let used = 0
  let end = 0
  for (const { segment, index } of segmenter.segment(text.slice(0, columns * 32))) {
    used += width(segment)
    if (used > columns - 1) break
    end = index + segment.length
  }
  return `${text.slice(0, end)}…`
}
