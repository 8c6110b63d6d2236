/** What a person reads of a file: the verdict, then the findings by code, errors first. */
import { count, plural } from '../../report/format.ts'
import { type Line, type Paper, write } from '../../report/line.ts'
import { clip } from '../../util/safe-text.ts'
import { CODES, type Code, severityOf } from '../../validate/codes.ts'
import type { Platform } from '../../validate/platform.ts'
import type { Found, Tally } from './tally.ts'

export function fileText(tally: Tally, paper: Paper): string {
  const { errors, warnings, kept, counts } = tally
  const codes = [...counts.keys()].sort((a, b) => rank(a) - rank(b) || (counts.get(b) ?? 0) - (counts.get(a) ?? 0))
  const lines: string[] = write([verdict(tally)], paper, 2)
  for (const code of codes) {
    const findings = kept.get(code) ?? []
    lines.push(...codeLines(code, counts.get(code) ?? 0, findings, paper))
  }
  return `${lines.join('\n')}\n${errors + warnings > 0 ? '\n' : ''}`
}

const rank = (code: Code): number => (severityOf(code) === 'error' ? 0 : 1)

function verdict({ name, platform, errors, warnings, facts, counts }: Tally): Line {
  if (counts.has('E_OPEN'))
    return [
      [`${name}: `, 'bold'],
      ['not read', 'red', 'bold'],
    ]
  const sums = [...(errors > 0 ? [plural(errors, 'error')] : []), ...(warnings > 0 ? [plural(warnings, 'warning')] : [])]
  const rows = plural(facts?.rows ?? 0, 'row')
  return errors > 0
    ? [[`${name}: `, 'bold'], [`not for ${platform.title}`, 'red', 'bold'], `: ${[rows, ...sums].join(', ')}`]
    : [[`${name}: `, 'bold'], [`good for ${platform.title}`, 'green', 'bold'], `: ${[rows, ...sums].join(', ')}`]
}

/** Longest message that is shown: a row may hold 10 MB. */
const LONGEST = 200

function codeLines(code: Code, times: number, findings: readonly Found[], paper: Paper): string[] {
  const severity = severityOf(code)
  const style = severity === 'error' ? 'red' : 'yellow'
  const lines = write(
    [['  ', [`${severity} ${code}`, style], ` ${CODES[code]}`, times > 1 ? [` × ${count(times)}`, 'bold'] : '']],
    paper,
    6,
  )
  for (const found of findings) {
    const where = place(found)
    const path = found.path === '' ? '' : `${clip(found.path, 80)}: `
    const text = clip(found.message, LONGEST)
    lines.push(...write([[...(where === '' ? ['    '] : ['    ', [where, 'dim'] as const, '  ']), path, text]], paper, 6))
  }
  const hints = [...new Set(findings.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))]
  const [hint] = hints
  if (hint !== undefined && hints.length === 1)
    lines.push(...write([['    ', ['hint: ', 'dim'], [clip(hint, LONGEST * 2), 'cyan']]], paper, 10))
  if (times > findings.length) lines.push(...write([['    ', [`… and ${count(times - findings.length)} more`, 'dim']]], paper, 6))
  return lines
}

/** The file stands above; the row is named where it is another number than the line. */
function place({ place: at, column }: Found): string {
  if (!at) return ''
  if (at.line === undefined) return `row ${count(at.row)}`
  const where = column === undefined ? `line ${at.line}` : `line ${at.line}:${column}`
  return at.row === at.line ? where : `${where} (row ${at.row})`
}

/** After several files. */
export function endText(tallies: readonly Tally[], platform: Platform, paper: Paper): string {
  const bad = tallies.filter(({ errors }) => errors > 0).length
  const good = tallies.length - bad
  const words = bad === 0 ? `all good for ${platform.title}` : `${count(good)} good for ${platform.title}, ${count(bad)} not`
  return `${write([[`${plural(tallies.length, 'file')}: ${words}`]], paper).join('\n')}\n`
}
