/** What `datagen diff` prints: how many rows differ from a revision's, why, and which. */
import type { Diagnostic } from '../util/diagnostic.ts'
import { diagnosticText } from './diagnostic.ts'
import { count, plural } from './format.ts'
import { cell, type Line, type Paper, type Span, type Style, write } from './line.ts'

export type Change = 'added' | 'changed' | 'dropped'

export interface DiffView {
  /** As it was named, and the commit's full name. */
  readonly revision: string
  readonly commit: string
  readonly batches: readonly DiffBatch[]
  /** Most frequent first. */
  readonly reasons: readonly { readonly change: Change; readonly why: string; readonly count: number }[]
  /** The first of them. */
  readonly rows: readonly DiffRow[]
  /** Cells of the revision whose answers this store does not have. */
  readonly unknown: number
  /** Cells of the working tree without an answer so far. */
  readonly unanswered: number
  readonly notices: readonly Diagnostic[]
}

export interface DiffBatch {
  readonly batch: string
  readonly same: number
  readonly added: number
  readonly changed: number
  readonly dropped: number
}

export interface DiffRow {
  readonly change: Change
  readonly batch: string
  /** `csv × beginner × question`. */
  readonly label: string
  readonly cell: { readonly [dimension: string]: string }
  readonly sample: number
  readonly why: string
  /** First lines, when texts were asked for. */
  readonly before?: string
  readonly after?: string
}

const LOOKS: { readonly [C in Change]: readonly [symbol: string, style: Style] } = {
  added: ['+', 'green'],
  changed: ['~', 'yellow'],
  dropped: ['-', 'red'],
}
const CHANGES: readonly Change[] = ['added', 'changed', 'dropped']
const LONGEST_NAME = 40 // columns; longer ones push their own line only

/** Lines joined by newlines, without one at the end; wrapped, never cut. */
export function diffText(view: DiffView, paper: Paper): string {
  const blocks = [
    view.notices.flatMap((notice) => diagnosticText(notice, paper).split('\n')),
    write([headLine(view), ...batchLines(view), ...reasonLines(view)], paper, 8),
    write(rowLines(view), paper, 6),
    write(restLines(view), paper, 3),
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
}

function total({ batches }: DiffView, change: Change): number {
  return batches.reduce((sum, batch) => sum + batch[change], 0)
}

function headLine(view: DiffView): Line {
  const { revision, commit } = view
  const name: Line = [
    ' ',
    [revision, 'bold'],
    ...(commit.startsWith(revision) ? [] : [[` (${commit.slice(0, 8)})`, 'dim'] as const]),
    ' → working tree: ',
  ]
  const sums = CHANGES.filter((change) => total(view, change) > 0).map((change) => `${plural(total(view, change), 'row')} ${change}`)
  return [...name, sums.length === 0 ? 'no row differs' : sums.join(', ')]
}

function batchLines({ batches }: DiffView): Line[] {
  const width = Math.min(LONGEST_NAME, Math.max(0, ...batches.map(({ batch }) => batch.length)))
  const columns = (['same', ...CHANGES] as const).filter((column) => batches.some((batch) => batch[column] > 0))
  const digits = new Map(columns.map((column) => [column, Math.max(...batches.map((batch) => count(batch[column]).length))]))
  return batches.map((batch): Line => {
    const numbers = columns.map((column): Span => {
      const [symbol, style] = column === 'same' ? (['=', 'dim'] as const) : LOOKS[column]
      const size = digits.get(column) ?? 0
      return batch[column] === 0 ? ' '.repeat(size + 5) : [`   ${count(batch[column]).padStart(size)} ${symbol}`, style]
    })
    return [' batch   ', cell(batch.batch, width), ...numbers]
  })
}

function reasonLines({ reasons }: DiffView): Line[] {
  const digits = Math.max(0, ...reasons.map((reason) => count(reason.count).length))
  return reasons.map(({ change, why, count: times }): Line => {
    const [symbol, style] = LOOKS[change]
    return [`   ${count(times).padStart(digits)} `, [symbol, style], ` ${why}`]
  })
}

function rowLines({ rows }: DiffView): Line[] {
  const width = Math.min(LONGEST_NAME, Math.max(0, ...rows.map(({ label }) => label.length)))
  return rows.flatMap(({ change, label, why, before, after }): Line[] => {
    const [symbol, style] = LOOKS[change]
    const name: Span = label.length > width ? label : cell(label, width)
    return [
      [' ', [symbol, style], ' ', name, '   ', [why, 'dim']],
      ...(before === undefined ? [] : [['     ', ['- ', 'red'], before] as const]),
      ...(after === undefined ? [] : [['     ', ['+ ', 'green'], after] as const]),
    ]
  })
}

function restLines(view: DiffView): Line[] {
  const all = CHANGES.reduce((sum, change) => sum + total(view, change), 0)
  const more = all - view.rows.length
  return [
    ...(more > 0 ? [[` … and ${plural(more, 'more row')} (--all lists them)`]] : []),
    ...(view.unknown > 0
      ? [[` ${plural(view.unknown, 'cell')} of ${view.revision}: not answered in this store, so nothing is known of their rows`]]
      : []),
    ...(view.unanswered > 0 ? [[` ${plural(view.unanswered, 'cell')} of the working tree: not answered yet (\`datagen plan\`)`]] : []),
  ]
}
