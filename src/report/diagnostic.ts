/** An error or warning for a person: headline, where, aligned facts, hint. */
import { codeFrame } from '../util/code-frame.ts'
import type { Diagnostic, Place } from '../util/diagnostic.ts'
import { type Line, type Paper, paint, wrap } from './line.ts'
import { below } from './path-text.ts'

export interface DiagnosticPaper extends Paper {
  /** Places below it are shown as one would type them there. */
  readonly cwd?: string | undefined
}

/** Lines joined by newlines, without one at the end; long texts are wrapped, never cut. */
export function diagnosticText(diagnostic: Diagnostic, paper: DiagnosticPaper): string {
  const { severity, headline, place, facts = [], hint } = diagnostic
  const rows: (readonly [label: string, value: string])[] = [
    ...(place ? [['at', placeText({ ...place, file: below(paper.cwd, place.file) })] as const] : []),
    ...facts,
    ...(hint ? [['hint', hint] as const] : []),
  ]
  const indent = 4 + Math.max(0, ...rows.map(([label]) => label.length))
  const lines: Line[] = [
    [
      [`${severity}: `, severity === 'error' ? 'red' : 'yellow', 'bold'],
      [headline, 'bold'],
    ],
  ]
  const frame = place ? codeFrame(place).map((text): Line => ['    ', [text, 'dim']]) : []
  const parts = lines.flatMap((line) => wrap(line, paper.columns, 2)).map((line) => paint(line, { color: paper.color }))
  for (const [label, value] of rows) {
    for (const [i, part] of value.split('\n').entries()) {
      const head = `  ${(i === 0 ? label : '').padEnd(indent - 2)}`
      const line: Line = [[head, 'dim'], label === 'hint' ? [part, 'cyan'] : part]
      for (const wrapped of wrap(line, paper.columns, indent)) parts.push(paint(wrapped, { color: paper.color }))
    }
    // A frame is clipped: its marker would lose its place if it were wrapped.
    if (label === 'at' && place) for (const line of frame) parts.push(paint(line, paper))
  }
  return parts.join('\n')
}

/** `file:line:column`, as far as known: the form that editors open on a click. */
export function placeText({ file, line, column }: Place): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':')
}
