/** `datagen report` in the terminal: each line an answer to one question, details in the page. */
import type { DatasetReport, ReportBatch } from '../events/dataset-report.ts'
import type { MeasureCheck, MeasuredLengths } from '../events/measures.ts'
import { count, money, plural } from './format.ts'
import { criteriaText, judgeParts } from './judge-text.ts'
import { type Line, type Paper, type Span, write } from './line.ts'

/** Where the page went. */
export interface WrittenPage {
  readonly path: string
  readonly bytes: number
}

const MOST_REMARKS = 6
const MOST_PROBLEMS = 5
const INDENT = 11

/** Lines joined by newlines, without one at the end; wrapped, never cut. */
export function reportText(report: DatasetReport, page: WrittenPage, paper: Paper): string {
  const { counts, batches, measures, runs, simulated, targets } = report
  const width = Math.max(0, ...batches.map((batch) => batchName(batch, batches).length))
  const lines: Line[] = [
    [' ', [report.dataset, 'bold'], [targets.length > 0 ? `  only ${targets.join(', ')}` : '', 'dim']],
    ...(simulated.length > 0
      ? [[' ', [`not for training: the answers are simulated (${simulated.join(', ')})`, 'yellow']] satisfies Line]
      : []),
    [' cells    ', ...countSpans(counts)],
    ...(batches.length > 1
      ? batches.map((batch): Line => [' batch    ', `${batchName(batch, batches).padEnd(width)}   `, ...countSpans(batch)])
      : []),
    ...problemLines(report),
    ...coverageLines(report),
    ...(measures.rows > 0
      ? ([
          [' words    ', `${spread('a prompt', measures.prompt.lengths)}; ${spread('an answer', measures.response.lengths)}`],
          [' repeats  ', repeatText(report)],
        ] satisfies Line[])
      : []),
    ...checkLines(measures.checks),
    ...report.judging.flatMap((judge): Line[] => [
      [' judge    ', ...judgeParts(judge).flatMap((part, i): Span[] => (i === 0 ? [part] : [', ', part]))],
      ...criteriaText(judge).map((text): Line => ['          ', [text, 'dim']]),
    ]),
    ...report.judges.map(
      ({ judge, score, mean, rows }): Line => [' judge    ', `${judge}, ${score}: ${mean.toFixed(2)} on average of ${plural(rows, 'row')}`],
    ),
    [' cost     ', costText(report)],
    ...(runs.length > 0 ? [[' runs     ', runText(report)] satisfies Line] : []),
    [' page     ', [page.path, 'cyan'], [`, ${sizeText(page.bytes)}`, 'dim']],
  ]
  return write(lines, paper, INDENT).join('\n')
}

function batchName({ batch, round }: ReportBatch, all: readonly ReportBatch[]): string {
  return all.filter((other) => other.batch === batch).length > 1 ? `${batch} ${round + 1}` : batch
}

function countSpans({ items, accepted, rejected, failed, pending, waiting = 0 }: ReportBatch | DatasetReport['counts']): Span[] {
  return [
    `${count(accepted)} of ${count(items)} accepted`,
    rejected > 0 ? [`, ${count(rejected)} rejected`, 'red'] : '',
    failed > 0 ? [`, ${count(failed)} failed`, 'red'] : '',
    pending > waiting ? [`, ${count(pending - waiting)} to ask`, 'yellow'] : '',
    waiting > 0 ? [`, ${count(waiting)} waiting`, 'cyan'] : '',
  ]
}

function problemLines({ problems }: DatasetReport): Line[] {
  const shown = problems.slice(0, MOST_PROBLEMS)
  const more = problems.slice(MOST_PROBLEMS).reduce((sum, problem) => sum + problem.count, 0)
  return [
    ...shown.map(({ state, code, message, count: times }): Line => {
      const said = [code, message].filter((part) => part !== '').join(': ')
      return ['          ', [`${count(times)} × ${said}`, state === 'pending' ? 'yellow' : 'red']]
    }),
    ...(more > 0 ? [['          ', [`${count(more)} more for other reasons`, 'dim']] satisfies Line] : []),
  ]
}

function coverageLines({ measures, dimensions }: DatasetReport): Line[] {
  const tway = measures.coverage?.tway ?? []
  if (tway.length === 0 || dimensions.length === 0) return []
  const words = ['', 'values', 'pairs', 'triples']
  const [worst] = [...(measures.coverage?.dimensions ?? [])].sort((a, b) => b.tv - a.tv)
  const off = worst && worst.tv >= 0.005 ? `; furthest from its weights: ${worst.name}, ${share(worst.tv)} of the rows` : ''
  return [[' coverage ', `${tway.map(({ t, covered, of }) => `${count(covered)} of ${count(of)} ${words[t] ?? ''}`).join(', ')}${off}`]]
}

function spread(what: string, { p05, p50, p95 }: MeasuredLengths): string {
  return `${what} has ${count(p50)} (nine in ten ${count(p05)} to ${count(p95)})`
}

function repeatText({ measures: { whole, prompt } }: DatasetReport): string {
  const near = whole.near ? `, ${count(whole.near.removable)} nearly equal` : ''
  const [phrase] = prompt.boilerplate.phrases
  const template = phrase ? `; “${phrase.phrase}” in ${plural(phrase.rows, 'prompt')}` : ''
  return `${plural(whole.duplicates.normalised, 'equal row')}${near}, ${share(prompt.boilerplate.coverage)} of the prompts is boilerplate${template}`
}

function checkLines(checks: readonly MeasureCheck[]): Line[] {
  const loud = checks.filter(({ status }) => status === 'fail' || status === 'warn').sort((a, b) => (a.status < b.status ? -1 : 1))
  const more = loud.length - MOST_REMARKS
  return [
    ...loud.slice(0, MOST_REMARKS).map(({ id, view, status, value, unit, looksAt }): Line => {
      const shown = value === undefined ? '' : unit === 'share' ? share(value) : value.toFixed(2)
      return [
        ` ${status.padEnd(9)}`,
        [`${id}${view ? ` of ${view}` : ''}: ${shown}`, status === 'fail' ? 'red' : 'yellow'],
        [`, ${looksAt}`, 'dim'],
      ]
    }),
    ...(more > 0 ? [['          ', [`${plural(more, 'further remark')} in the page`, 'dim']] satisfies Line] : []),
  ]
}

function costText({ cost }: DatasetReport): string {
  const { rows, kept } = cost
  const none = rows.unpriced > 0 && rows.unpriced === rows.answers
  const unpriced = rows.unpriced > 0 && !none ? `, ${count(rows.answers - rows.unpriced)} with a known price` : ''
  const besides =
    kept.answers > rows.answers
      ? `; ${plural(kept.answers, 'answer')} kept in all, ${none ? 'at unknown prices' : `for ${money(kept.usd)}`}`
      : ''
  return `${none ? 'unknown' : money(rows.usd)} for ${plural(rows.answers, 'answer')} behind rows${unpriced}${besides}`
}

function runText({ runs }: DatasetReport): string {
  const ended = runs.flatMap(({ end }) => (end ? [end] : []))
  const saved = ended.reduce((sum, { savedUsd = 0 }) => sum + savedUsd, 0)
  const calls = ended.reduce((sum, end) => sum + end.calls, 0)
  return `${plural(runs.length, 'run')}, ${plural(calls, 'call')}${saved > 0 ? `; kept answers saved ${money(saved)}` : ''}`
}

function share(value: number): string {
  const percent = value * 100
  return `${percent === 0 || percent >= 10 ? Math.round(percent) : percent < 1 ? percent.toFixed(2) : percent.toFixed(1)} %`
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${count(Math.max(1, bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`
}
