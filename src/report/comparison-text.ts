/** Two analysed files side by side: the numbers that can be compared, and the checks on which they differ. */
import type { MeasureReport } from '../events/measures.ts'
import { clip, safeText } from '../util/safe-text.ts'
import { checkLines, fileSize, percent } from './analysis-text.ts'
import type { AnalysisView } from './analysis-view.ts'
import { count, tokens } from './format.ts'
import { cell, type Line, type Paper, write } from './line.ts'

const DEFAULT_COLUMNS = 100
const NAME_COLUMNS = 34

type Number = readonly [name: string, of: (view: AnalysisView) => string]

const NUMBERS: readonly Number[] = [
  ['format', ({ file }) => Object.keys(file.formats).join(' + ')],
  ['size', ({ file }) => fileSize(file.bytes)],
  ['rows', ({ measures }) => count(measures.rows)],
  ['unreadable rows', ({ file }) => count(file.broken.rows)],
  ['tokens', ({ tokens: found }) => `${found.estimated ? '≈ ' : ''}${tokens(found.total)}`],
  ['messages a row', ({ measures }) => mean(measures.shape.turns)],
  ['different system prompts', ({ measures }) => count(measures.shape.systemPrompts.unique)],
  ['questions', ({ measures }) => ask(measures, 'question')],
  ['commands', ({ measures }) => ask(measures, 'command')],
  ['statements', ({ measures }) => ask(measures, 'statement')],
  ['words of a prompt, median', ({ measures }) => count(measures.prompt.lengths.p50)],
  ['words of an answer, median', ({ measures }) => count(measures.response.lengths.p50)],
  ['answers with code', ({ measures }) => percent(measures.shape.contains.code / Math.max(1, measures.rows))],
  ['answers with lists', ({ measures }) => percent(measures.shape.contains.list / Math.max(1, measures.rows))],
  ['duplicate prompts', ({ measures }) => percent(measures.prompt.duplicates.normalised / Math.max(1, measures.rows))],
  [
    'near duplicates, whole rows',
    ({ measures }) => (measures.whole.near ? percent(measures.whole.near.removable / Math.max(1, measures.rows)) : '–'),
  ],
  ['boilerplate in prompts', ({ measures }) => percent(measures.prompt.boilerplate.coverage)],
  ['boilerplate in answers', ({ measures }) => percent(measures.response.boilerplate.coverage)],
  ['ten openings of prompts', ({ measures }) => percent(measures.prompt.openings.top10Share)],
  ['ten openings of answers', ({ measures }) => percent(measures.response.openings.top10Share)],
  ['brotli ratio of prompts', ({ measures }) => measures.prompt.compression.brotli.toFixed(2)],
  ['brotli ratio of answers', ({ measures }) => measures.response.compression.brotli.toFixed(2)],
  ['distinct-2 of prompts *', ({ measures }) => distinct(measures.prompt)],
  ['distinct-2 of answers *', ({ measures }) => distinct(measures.response)],
]

export function comparisonText(a: AnalysisView, b: AnalysisView, paper: Paper): string {
  const columns = Math.min(44, Math.max(12, Math.floor(((paper.columns ?? DEFAULT_COLUMNS) - NAME_COLUMNS - 4) / 2)))
  const head = (view: AnalysisView) => cell([clip(safeText(view.file.name), columns), 'bold'], columns + 1)
  const remarks = (view: AnalysisView): Line[] => [[' ', [view.file.name, 'bold']], ...checkLines(view.measures)]
  const short = [a, b].some(({ measures }) => [measures.prompt, measures.response].some((text) => text.words > 0 && !text.budgetReached))
  return write(
    [
      [' '.repeat(NAME_COLUMNS), head(a), head(b)],
      ...NUMBERS.map(([name, of]): Line => {
        const [x, y] = [of(a), of(b)]
        return [[` ${name}`.padEnd(NAME_COLUMNS), 'dim'], cell(x, columns + 1), cell(x === y ? [y, 'dim'] : y, columns + 1)]
      }),
      [[` * of the first 100,000 words${short ? '; in brackets where there are fewer, which does not compare' : ''}`, 'dim']],
      [],
      ...remarks(a),
      [],
      ...remarks(b),
    ],
    paper,
    13,
  ).join('\n')
}

function mean(turns: MeasureReport['shape']['turns']): string {
  const rows = turns.reduce((sum, turn) => sum + turn.rows, 0)
  return (turns.reduce((sum, turn) => sum + turn.turns * turn.rows, 0) / Math.max(1, rows)).toFixed(1)
}

function ask({ shape: { asks } }: MeasureReport, kind: 'question' | 'command' | 'statement'): string {
  return percent(asks[kind] / Math.max(1, asks.question + asks.command + asks.statement))
}

function distinct({ words, distinct2Budgeted, budgetReached }: MeasureReport['prompt']): string {
  if (words === 0) return '–'
  return budgetReached ? distinct2Budgeted.toFixed(3) : `(${distinct2Budgeted.toFixed(3)})`
}
