/** The lines around a place in a text file, with a marker under what is meant. */
import type { Place } from './diagnostic.ts'

const WIDTH = 110 // columns of source shown; a frame must not wrap on an ordinary terminal
const AROUND = 1 // lines before and after

/** The frame's lines, without colour; empty when the place has no text or lies outside it. Control characters are made visible. */
export function codeFrame(place: Place): string[] {
  const { source, line, column = 1, length = 1 } = place
  if (source === undefined || line === undefined) return []
  const lines = source.split('\n').map(masked)
  const text = lines[line - 1]
  if (text === undefined) return []
  const first = Math.max(1, line - AROUND)
  const last = Math.min(lines.length, line + AROUND)
  const gutter = String(last).length
  const start = Math.max(0, column - Math.floor(WIDTH / 2)) * (column > WIDTH - 20 ? 1 : 0)
  const frame: string[] = []
  for (let n = first; n <= last; n++) {
    const shown = visible((lines[n - 1] ?? '').replace(/\r$/, '').slice(start, start + WIDTH))
    if (n !== line && shown.trim() === '') continue
    frame.push(`${String(n).padStart(gutter)} │ ${shown}`.trimEnd())
    if (n !== line) continue
    const before = visible(text.slice(start, column - 1))
    const marked = visible(text.replace(/\r$/, '').slice(column - 1, Math.min(column - 1 + Math.max(1, length), start + WIDTH)))
    frame.push(`${' '.repeat(gutter)} │ ${' '.repeat(columns(before))}${'^'.repeat(Math.max(1, columns(marked)))}`)
  }
  return frame
}

/** What looks like a credential is hidden, letter for letter: frames end up in logs and issue reports. */
function masked(text: string): string {
  return text
    .replace(/\b(?:sk|pk|gsk|xai|hf|ghp|gho|github_pat|AIza)[-_A-Za-z0-9]{12,}/g, (key) => '•'.repeat(key.length))
    .replace(/(:\/\/)([^\s/@'"]+)@/g, (_, start: string, user: string) => `${start}${'•'.repeat(user.length)}@`)
}

/** Tabs become two spaces; what could move the cursor, reorder the text or hide becomes `\u{…}`. */
function visible(text: string): string {
  return text
    .replaceAll('\t', '  ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Columns on a terminal, near enough: East Asian wide characters and emoji take two, combining marks none. */
function columns(text: string): number {
  let width = 0
  for (const char of text)
    width += /\p{M}/u.test(char)
      ? 0
      : /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(char)
        ? 2
        : 1
  return width
}
