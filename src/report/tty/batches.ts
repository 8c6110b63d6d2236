/** A row per batch: bar, counts, and what it waits for. */
import { width } from '../../util/safe-text.ts'
import { count, list } from '../format.ts'
import { cell, type Line, lineWidth, type Span, type Style } from '../line.ts'
import type { BatchState, State } from '../state.ts'
import { bar, type Field, fieldWidth, GAP, layOut, ranksThatFit } from './fit.ts'

const WIDEST_BAR = 26
const NARROWEST_BAR = 6
const WIDEST_NAME = 24

const COUNTS: readonly {
  readonly word: string
  readonly rank: number
  readonly style?: Style
  readonly of: (batch: BatchState) => number
}[] = [
  { word: 'cached', rank: 4, style: 'dim', of: (batch) => batch.cached },
  { word: 'generated', rank: 3, of: (batch) => batch.generated },
  { word: 'rejected', rank: 2, style: 'red', of: (batch) => batch.rejected },
  { word: 'failed', rank: 1, style: 'red', of: (batch) => batch.failed },
]

/** At most `most` lines; batches that are not finished come first when not all can be shown. */
export function batchRows(state: State, screen: { readonly columns: number }, most: number): Line[] {
  const all = [...state.batches.values()]
  // A job can be waited for before there is a plan.
  if (all.length === 0) return []
  const shown = all.length <= most ? all : choose(all, Math.max(1, most - 1))
  const hidden = all.length - shown.length
  const name = Math.min(WIDEST_NAME, Math.floor(screen.columns / 4), Math.max(0, ...shown.map(({ batch }) => width(batch))))
  const items = Math.max(...shown.map((batch) => count(batch.items).length))
  const used = COUNTS.filter(({ word, of }) => word === 'cached' || word === 'generated' || all.some((batch) => of(batch) > 0))
  const digits = used.map(({ of }) => Math.max(...shown.map((batch) => count(of(batch)).length)))
  const fields = (batch: BatchState): Field[] => [
    { span: `${count(batch.done).padStart(items)}/${count(batch.items)}`, rank: 0, columns: items * 2 + 1 },
    ...used.map(({ word, rank, style, of }, i): Field => {
      const text = of(batch) === 0 && style === 'red' ? '' : `${count(of(batch)).padStart(digits[i] ?? 0)} ${word}`
      return { span: style ? [text, style] : text, rank, columns: (digits[i] ?? 0) + 1 + word.length }
    }),
  ]
  const typical = fields(shown[0] as BatchState)
  // One batch has the bar above; a second one would say the same.
  const fixed = 1 + name + (all.length > 1 ? GAP + NARROWEST_BAR : 0)
  const rank = ranksThatFit(typical, fixed, screen.columns - 1)
  const taken = typical.filter((field) => field.rank <= rank).reduce((n, field) => n + GAP + fieldWidth(field), 2 + name + GAP)
  const length = all.length > 1 ? Math.min(WIDEST_BAR, screen.columns - taken) : 0
  const lines = shown.map((batch): Line => {
    const progress: Span[] =
      length > 0 ? [' '.repeat(GAP), ...bar(batch.done, batch.running, batch.items === 0 ? batch.toCome : batch.items, length)] : []
    const start: Line = [' ', cell(batch.batch, name), ...progress]
    const waits = batch.phase === 'waiting' && batch.after.length > 0 && batch.todo + batch.toCome > 0
    if (!waits) return [...start, ...layOut(fields(batch), rank)]
    const row: Line = [...start, ...layOut(fields(batch), 0)]
    const more = batch.toCome > 0 ? [`at most ${count(batch.toCome)}`] : []
    const reasons = [[...more, `waits for ${list(batch.after)}`], more].map((parts) => `  ${parts.join(', ')}`)
    const reason = reasons.find((text) => lineWidth(row) + width(text) <= screen.columns) ?? ''
    return [...row, [reason, 'dim']]
  })
  return hidden > 0 && most > 1 ? [...lines, [[` … and ${count(hidden)} more ${hidden === 1 ? 'batch' : 'batches'}`, 'dim']]] : lines
}

/** The running ones and those next to them in order. */
function choose(all: readonly BatchState[], most: number): BatchState[] {
  const active = all.findIndex((batch) => batch.phase !== 'ended' && batch.done < batch.items)
  const start = Math.max(0, Math.min(active === -1 ? all.length : active, all.length - most))
  return all.slice(start, start + most)
}
