/** A line of text with styles, and the one place where it becomes bytes for a terminal or a log. */
import { clip, safeText, width } from '../util/safe-text.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Span = string | readonly [text: string, ...styles: Style[]]
export type Line = readonly Span[]

/** What a text is written on; left out, `columns` means as wide as it needs. */
export interface Paper {
  readonly columns?: number | undefined
  readonly color: boolean
}

const SGR: { readonly [S in Style]: readonly [on: number, off: number] } = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

const text = (span: Span): string => safeText(typeof span === 'string' ? span : span[0])
const styles = (span: Span): readonly Style[] => (typeof span === 'string' ? [] : (span.slice(1) as Style[]))
const styled = (word: string, like: Span): Span => (typeof like === 'string' ? word : [word, ...styles(like)])

/** Columns a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + width(text(span)), 0)
}

/** Where a line must not be broken; shown as a blank. */
export const NO_BREAK = '\u00a0'

/** The bytes of one line: every text made safe, clipped to the columns, styled, without trailing blanks. */
export function paint(line: Line, paper: Paper): string {
  const spans = trimmed(line)
  let left = paper.columns ?? Number.POSITIVE_INFINITY
  const fits = spans.reduce((sum, [whole]) => sum + width(whole), 0) <= left
  let out = ''
  for (const [whole, wanted] of spans) {
    // The ellipsis belongs to the span that is cut, also where the cut falls on its very end.
    const shown = fits || width(whole) < left ? whole : clip(`${whole}…`, left)
    left -= width(shown)
    out += shown.trim() === '' || !paper.color ? shown : sgr(shown, wanted)
    if (shown !== whole) break
  }
  return out.replaceAll(NO_BREAK, ' ')
}

function trimmed(line: Line): [text: string, styles: readonly Style[]][] {
  const spans = line.map((span): [string, readonly Style[]] => [text(span), styles(span)])
  while (spans.at(-1)?.[0].trim() === '') spans.pop()
  const last = spans.at(-1)
  if (last) last[0] = last[0].trimEnd()
  return spans
}

function sgr(shown: string, wanted: readonly Style[]): string {
  return wanted.reduceRight((inner, style) => `\x1b[${SGR[style][0]}m${inner}\x1b[${SGR[style][1]}m`, shown)
}

/** A line of exactly these columns at most, with `right` at the right edge where both fit, else without it. */
export function spread(left: Line, right: Line, columns: number): Line {
  const gap = columns - lineWidth(left) - lineWidth(right)
  return gap >= 2 && right.length > 0 ? [...left, ' '.repeat(gap), ...right] : left
}

/** Pads a span to a number of columns; one that is too long is clipped. */
export function cell(span: Span, columns: number, align: 'left' | 'right' = 'left'): Span {
  const shown = clip(text(span), columns)
  const pad = ' '.repeat(Math.max(0, columns - width(shown)))
  return styled(align === 'left' ? shown + pad : pad + shown, span)
}

/** Breaks a line between words so that it fits; further lines are indented. A word that is too long stays whole. */
export function wrap(line: Line, columns: number | undefined, indent: number): Line[] {
  if (columns === undefined || lineWidth(line) <= columns) return [line]
  const lines: Span[][] = [[]]
  let used = 0
  for (const span of line) {
    for (const word of text(span).match(/ +|[^ ]+/g) ?? []) {
      const blank = word[0] === ' '
      if (used + width(word) > columns && used > indent) {
        lines.push([' '.repeat(indent)])
        used = indent
        if (blank) continue
      }
      lines.at(-1)?.push(styled(word, span))
      used += width(word)
    }
  }
  return lines
}

/** Wraps and paints: for texts that stay, in which nothing may be lost. */
export function write(lines: readonly Line[], paper: Paper, indent = 4): string[] {
  return lines.flatMap((line) => wrap(line, paper.columns, indent).map((part) => paint(part, { color: paper.color })))
}
