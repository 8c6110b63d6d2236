/** What `datagen plan` prints: what a build would buy, why, and for how much. */
import type { UsedModel } from '../events/event.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { type DiagnosticPaper, diagnosticText } from './diagnostic.ts'
import { count, list, plural } from './format.ts'
import { type JobView, jobLines } from './jobs-text.ts'
import { cell, type Line, lineWidth, type Paper, type Span, type Style, write } from './line.ts'
import { purchaseLines } from './purchase-text.ts'

export interface PlanView {
  readonly dataset: string
  readonly models: readonly UsedModel[]
  readonly batches: readonly PlanViewBatch[]
  readonly outputs: readonly PlanViewOutput[]
  /** Batch jobs whose answers are awaited. */
  readonly jobs?: readonly JobView[]
  readonly buy: PlanViewPurchase
  readonly warnings: readonly Diagnostic[]
}

/** A batch's items by what a build would do with them. */
export interface PlanViewBatch {
  readonly batch: string
  readonly items: number
  readonly unchanged: number
  readonly changed: number
  readonly new: number
  /** Answers kept for cells that are no longer wanted. */
  readonly orphaned?: number
  readonly rejectedBefore: number
  /** So many further cells at most: which ones depends on what the batches it waits for come out as. */
  readonly provisional?: number
  readonly waitsFor?: readonly string[]
  /** Cells whose answers are awaited from batch jobs. */
  readonly waiting?: number
  /** Cells that nothing is asked for while a gate before them is closed. */
  readonly gated?: number
  readonly reasons: readonly { readonly reason: string; readonly count: number }[]
}

export interface PlanViewOutput {
  /** As it should be shown. */
  readonly path: string
  readonly change: 'new' | 'will change' | 'unchanged' | 'unknown'
  readonly rows?: number
}

export interface PlanViewPurchase {
  readonly items: number
  /** Calls about controls of judges, at most. */
  readonly controls?: number
  /** So many more at most; their calls are counted among the follow-ups. */
  readonly provisional?: number
  readonly calls: readonly PlanViewCalls[]
  /** Undefined when the price of a model is unknown. */
  readonly totalUsd?: number
  readonly totalUsdRange?: UsdRange
  /** What the estimate rests on: so many earlier answers of each step. */
  readonly basis?: readonly { readonly step: string; readonly answers: number }[]
}

export interface UsdRange {
  readonly low: number
  readonly high: number
}

export interface PlanViewCalls {
  readonly model: string
  /** `provider:model`. */
  readonly use: string
  readonly calls: number
  /** Of these, calls whose request is known only when an earlier step is answered. */
  readonly followUps: number
  /** Estimates. */
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd?: number
  readonly usdRange?: UsdRange
  /** They go through the Batch API, and cost what that asks. */
  readonly batch?: true
  /** But so many of them, which are asked by themselves at the full price. */
  readonly online?: number
}

interface Column {
  readonly symbol: string
  readonly word: string
  readonly style: Style
  readonly of: (batch: PlanViewBatch) => number
}

const COLUMNS: readonly Column[] = [
  { symbol: '=', word: 'cached', style: 'dim', of: (batch) => batch.unchanged },
  { symbol: '+', word: 'new', style: 'green', of: (batch) => batch.new },
  { symbol: '~', word: 'changed', style: 'yellow', of: (batch) => batch.changed },
  { symbol: '!', word: 'rejected before', style: 'red', of: (batch) => batch.rejectedBefore },
  { symbol: '-', word: 'orphan', style: 'red', of: (batch) => batch.orphaned ?? 0 },
  { symbol: '◷', word: 'waiting for batch jobs', style: 'cyan', of: (batch) => batch.waiting ?? 0 },
  { symbol: '×', word: 'behind a closed gate', style: 'yellow', of: (batch) => batch.gated ?? 0 },
  { symbol: '?', word: 'provisional', style: 'cyan', of: (batch) => batch.provisional ?? 0 },
]

/** Lines joined by newlines, without one at the end. */
export function planText(view: PlanView, paper: DiagnosticPaper): string {
  const items = view.batches.reduce((sum, batch) => sum + batch.items, 0)
  const sizes = [plural(items, 'cell'), plural(view.batches.length, 'batch', 'batches'), plural(view.outputs.length, 'output')].join(' · ')
  const head: Line = [' ', [view.dataset, 'bold'], '  ', [sizes, 'dim']]
  const blocks = [
    view.warnings.map((warning) => diagnosticText(warning, paper)),
    write([head], paper, 2),
    write([...batchLines(view, paper), ...outputLines(view)], paper, 11),
    write(jobLines(view.jobs ?? [], ' job     '), paper, 11),
    write(purchaseLines(view), paper, 4),
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
}

/** A row per batch; its only reason stands beside it, several stand below, most frequent first. */
function batchLines(view: PlanView, paper: Paper): Line[] {
  const used = COLUMNS.filter((column) => view.batches.some((batch) => column.of(batch) > 0))
  const name = Math.max(
    0,
    ...[...view.batches.map(({ batch }) => batch), ...view.outputs.map(({ path }) => path)].map((text) => text.length),
  )
  const shownName = Math.min(name, Math.max(12, Math.floor((paper.columns ?? 120) / 3)))
  const widths = used.map((column) => Math.max(...view.batches.map((batch) => count(column.of(batch)).length)))
  const lines: Line[] = []
  for (const batch of view.batches) {
    const numbers = used.map((column, i): Span => {
      const n = column.of(batch)
      return n === 0 ? ' '.repeat((widths[i] ?? 0) + 5) : [`   ${count(n).padStart(widths[i] ?? 0)} ${column.symbol}`, column.style]
    })
    const row: Line = [' batch   ', cell(batch.batch, shownName), ...numbers]
    // A number that is cut off would be a lie about money: where the table is too wide, it is told line by line.
    const tight = paper.columns !== undefined && lineWidth(row) > paper.columns
    const start: Line = tight ? [' batch   ', batch.batch] : row
    const [only, ...others] = reasonsOf(batch)
    if (
      only &&
      others.length === 0 &&
      !tight &&
      (paper.columns === undefined || lineWidth(start) + 3 + only.reason.length <= paper.columns)
    ) {
      lines.push([...start, '   ', [only.reason, 'dim']])
      continue
    }
    lines.push(start)
    if (tight)
      for (const { symbol, style, of } of used)
        if (of(batch) > 0) lines.push(['         ', [`${count(of(batch)).padStart(Math.max(...widths))} ${symbol}`, style]])
    const digits = Math.max(0, ...reasonsOf(batch).map((reason) => count(reason.count).length))
    for (const reason of reasonsOf(batch)) lines.push([`           ${count(reason.count).padStart(digits)} × `, [reason.reason, 'dim']])
  }
  if (used.some(({ symbol }) => symbol !== '=')) {
    lines.push([' ', [used.map(({ symbol, word }) => `${symbol} ${word}`).join('   '), 'dim']])
  }
  return lines
}

function reasonsOf({ reasons, provisional = 0, waitsFor = [] }: PlanViewBatch): PlanViewBatch['reasons'] {
  if (provisional === 0) return reasons
  // A batch that tops itself up waits for nobody but its own rows.
  const others = `${list(waitsFor)} ${waitsFor.length === 1 ? 'is' : 'are'} complete`
  return [...reasons, { reason: `decided when ${waitsFor.length === 0 ? 'its rows have been checked' : others}`, count: provisional }]
}

const CHANGE: { readonly [C in PlanViewOutput['change']]: Style } = {
  new: 'green',
  'will change': 'yellow',
  unchanged: 'dim',
  unknown: 'cyan',
}

function outputLines(view: PlanView): Line[] {
  const path = Math.max(0, ...view.outputs.map((output) => output.path.length))
  const change = Math.max(0, ...view.outputs.map((output) => output.change.length))
  const lines = view.outputs.map((output): Line => {
    const rows = output.rows === undefined ? '' : `   ${plural(output.rows, 'row')}`
    return [' output  ', cell(output.path, path), '   ', [output.change.padEnd(change), CHANGE[output.change]], [rows, 'dim']]
  })
  return lines.length > 0 ? [[], ...lines] : []
}
