/** What takes the place of the calls while it is asked for: the keys, or the problems so far. */
import { count } from '../format.ts'
import { cell, type Line } from '../line.ts'
import type { State } from '../state.ts'

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ['?', 'this help, and back'],
  ['e', 'problems so far, by cause'],
  ['+ -', 'more rows, fewer rows'],
  ['p', 'pause: start nothing new; again: go on'],
  ['q', 'stop: save what is in flight, then end'],
  ['^C', 'the same; again: abort; a third time: leave'],
]

/** What a panel needs to be of use. */
export const PANEL_ROWS = KEYS.length

export function helpRows(rows: number): Line[] {
  return KEYS.slice(0, rows).map(([key, what]): Line => ['   ', [key.padEnd(3), 'bold'], `  ${what}`])
}

export function problemRows(state: State, rows: number): Line[] {
  const problems = [...state.problems.values()].sort((a, b) => b.count - a.count)
  const notices = [...state.notices.values()].reverse()
  const digits = Math.max(0, ...problems.map((problem) => count(problem.count).length))
  const labels = problems.map((problem) => `${count(problem.count).padStart(digits)} ${problem.state}`)
  const label = Math.max('warning'.length, ...labels.map((text) => text.length))
  const lines: Line[] = [
    ...problems.map(
      (problem, i): Line => ['   ', cell([labels[i] as string, 'red'], label), `  ${problem.message}`, [`  ${problem.cell}`, 'dim']],
    ),
    ...notices.map(({ diagnostic }): Line => ['   ', cell(['warning', 'yellow'], label), `  ${diagnostic.headline}`]),
  ]
  if (lines.length === 0) lines.push([['   no problems so far', 'dim']])
  if (lines.length <= rows) return lines
  return [...lines.slice(0, rows - 1), [[`   … and ${count(lines.length - rows + 1)} more`, 'dim']]]
}
