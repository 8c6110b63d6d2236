/** What `datagen doctor` found, as lines: a section each for the machine, the config, the store and every model. */
import { plural } from './format.ts'
import { type Line, type Paper, type Style, write } from './line.ts'

export interface Check {
  /** Stable name for `--json`, such as `key`. */
  readonly id: string
  readonly level: Level
  readonly text: string
  /** What to do about it. */
  readonly fix?: string
}

export type Level = 'ok' | 'warning' | 'problem'

export interface Section {
  readonly title: string
  readonly checks: readonly Check[]
}

const STYLES: { readonly [L in Level]: Style } = { ok: 'green', warning: 'yellow', problem: 'red' }
const INDENT = 12

export function doctorText(sections: readonly Section[], paper: Paper): string {
  const lines = sections.flatMap(({ title, checks }): Line[] => [[' ', [title, 'bold']], ...checks.flatMap(checkLines), []])
  return write([...lines, verdict(sections)], paper, INDENT).join('\n')
}

function checkLines({ level, text, fix }: Check): Line[] {
  const pad = ' '.repeat(INDENT - 3 - level.length)
  const line: Line = ['   ', level === 'ok' ? level : [level, STYLES[level]], pad, text]
  return fix === undefined ? [line] : [line, [' '.repeat(INDENT), [fix, 'cyan']]]
}

function verdict(sections: readonly Section[]): Line {
  const all = sections.flatMap(({ checks }) => checks)
  const [problems, warnings] = (['problem', 'warning'] as const).map((level) => all.filter((check) => check.level === level).length)
  if (problems) return [' ', [`${plural(problems, 'problem')}, ${plural(warnings as number, 'warning')}`, 'red']]
  if (warnings) return [' ', ['ready to build', 'green'], ', with ', [plural(warnings, 'warning'), 'yellow']]
  return [' ', ['ready to build', 'green']]
}
