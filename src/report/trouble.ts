/** Why cells have no row, by cause, and what a person can do about each kind. */
import type { RunEnd } from '../events/event.ts'
import { count, plural } from './format.ts'
import type { Line } from './line.ts'
import type { State } from './state.ts'

const MOST_CAUSES = 6

export interface Cause {
  readonly code: string
  /** Of its most frequent form. */
  readonly message: string
  readonly count: number
  /** How many further messages go under the same code. */
  readonly others: number
}

/** Causes under one code are one cause: their messages differ by numbers and names. */
export function causes(problems: RunEnd['problems']): Cause[] {
  const byCode = new Map<string, Cause>()
  for (const { code, message, count: n } of problems) {
    const known = byCode.get(code)
    byCode.set(code, known ? { ...known, count: known.count + n, others: known.others + 1 } : { code, message, count: n, others: 0 })
  }
  return [...byCode.values()].sort((a, b) => b.count - a.count)
}

/** Lines of the summary; none when every cell has a row. */
export function trouble(state: State, end: RunEnd): Line[] {
  const { rejected, failed, pending } = end.counts
  if (rejected + failed + pending === 0) return []
  const found = causes(end.problems)
  const shown = found.slice(0, MOST_CAUSES)
  const [numbers, codes] = [
    Math.max(0, ...shown.map((cause) => count(cause.count).length)),
    Math.max(0, ...shown.map(({ code }) => code.length)),
  ]
  const lines: Line[] = rejected + failed > 0 ? [[['✖', 'red'], ' ', [`${plural(rejected + failed, 'cell')} without a row`, 'bold']]] : []
  for (const { code, message, count: n, others } of shown) {
    const more = others > 0 ? ` (and ${plural(others, 'other message')})` : ''
    lines.push(['  ', [count(n).padStart(numbers), 'red'], ` × ${code.padEnd(codes)}  `, [message + more, 'dim']])
  }
  if (found.length > shown.length) lines.push([`  … and ${plural(found.length - shown.length, 'further cause')}`])
  if (rejected > 0) lines.push(remedy(rejected, 'rejected', 'datagen build --retry', 'buys new answers for them'))
  if (failed > 0)
    lines.push(remedy(failed, 'failed', 'datagen build', `asks for them again${isFatal(state) ? ' once that is mended' : ''}`))
  // What waits for a batch job, or stands behind what does, has been told.
  if (pending > 0 && !end.waiting) lines.push(remedy(pending, 'still to do', 'datagen build', goesOnWhen(state)))
  return lines
}

/** The build was stopped by what the next one meets as well. */
export function isFatal({ stopping }: State): boolean {
  return stopping?.why === 'fatal' || stopping?.why === 'store'
}

function goesOnWhen(state: State): string {
  if (isFatal(state)) return 'goes on from here once that is mended'
  const isGated = [...state.notices.values()].some(({ diagnostic }) => diagnostic.code === 'build/gate')
  return isGated ? 'goes on once the gate is open' : 'goes on from here'
}

function remedy(n: number, kind: string, command: string, what: string): Line {
  return ['  ', [`${count(n)} ${kind}: `, 'dim'], [command, 'cyan'], [` ${what}`, 'dim']]
}
