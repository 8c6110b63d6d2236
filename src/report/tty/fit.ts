/** Rows that fit: fields give way before the bar gets too short to read. */
import { width } from '../../util/safe-text.ts'
import { cell, type Line, type Span, type Style } from '../line.ts'

/** A field of a row; of two, the one with the higher rank gives way first. */
export interface Field {
  readonly span: Span
  readonly rank: number
  /** Columns kept for it, so that rows below each other line up. */
  readonly columns?: number
  readonly align?: 'left' | 'right'
}

export const GAP = 2

export function fieldWidth({ span, columns }: Field): number {
  return columns ?? width(typeof span === 'string' ? span : span[0])
}

/** The ranks that are shown when fields with these widths stand beside `fixed` columns. */
export function ranksThatFit(fields: readonly Field[], fixed: number, columns: number): number {
  let rank = Math.max(0, ...fields.map((field) => field.rank))
  const needed = () => fields.filter((field) => field.rank <= rank).reduce((sum, field) => sum + GAP + fieldWidth(field), fixed)
  while (rank > 0 && needed() > columns) rank--
  return rank
}

export function layOut(fields: readonly Field[], rank: number): Line {
  return fields
    .filter((field) => field.rank <= rank)
    .flatMap((field): Line => [' '.repeat(GAP), cell(field.span, fieldWidth(field), field.align)])
}

/** A bar of done, running and waiting; whatever is not nothing and not all shows as such. */
export function bar(done: number, running: number, all: number, columns: number, style: Style = 'green'): Span[] {
  if (columns <= 0) return []
  const scale = (n: number) => (all === 0 ? 0 : (n / all) * columns)
  let full = all === 0 || done >= all ? columns : Math.min(columns - 1, Math.max(done > 0 ? 1 : 0, Math.floor(scale(done))))
  const busy = running === 0 ? 0 : Math.max(1, Math.min(columns - full, Math.round(scale(running))))
  if (full + busy > columns) full = columns - busy
  return [
    ['█'.repeat(full), style],
    ['▒'.repeat(busy), 'cyan'],
    ['·'.repeat(columns - full - busy), 'dim'],
  ]
}
