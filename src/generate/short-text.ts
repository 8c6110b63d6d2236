/** One short, harmless line out of a text that a server chose. */

const MAX_LENGTH = 200 // one row of a terminal, or two

const PLAIN = /^[\x21-\x7e]*$/

/** Control characters, escapes and invisible or bidirectional marks become spaces; long texts are cut. */
export function shortText(text: string, length = MAX_LENGTH): string {
  // Most names that servers give are plain.
  if (text.length <= length && PLAIN.test(text)) return text
  const line = text
    .slice(0, length * 8)
    .toWellFormed()
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= length ? line : `${line.slice(0, length - 1).toWellFormed()}…`
}
