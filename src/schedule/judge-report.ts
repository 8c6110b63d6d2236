/** What each judge comes to: rows that pass, scores from first to last row, controls, position bias, and how far people agree with it. Nothing is asked or read for that. */
import { type JudgeSpec, judgesOf, scoreOf } from '../check/judged.ts'
import type { JudgeReport, PassRate } from '../events/judges.ts'
import { driftOfNumbers } from '../measure/drift.ts'
import { wilson } from '../measure/interval.ts'
import type { PlanBatch } from '../plan/plan.ts'
import { agreementsOf } from './agreement.ts'
import { controlsOf, isSimulated, lookAt, reportOf } from './controls.ts'
import { columnsOf, isJudged, type JudgedColumn, passes } from './judged-columns.ts'
import type { Work } from './work.ts'

// Quarters of fewer than twenty rows differ by chance.
const FEWEST_FOR_DRIFT = 80

/** After a survey. `batches`: those that it is about; left out, all. */
export function judgeReports(work: Work, batches: readonly PlanBatch[] = work.plan.batches): JudgeReport[] {
  return judgesOf(work.dataset.checks).map((check) => judgeReport(work, check, batches))
}

export function judgeReport(work: Work, check: JudgeSpec, batches: readonly PlanBatch[]): JudgeReport {
  const columns = columnsOf(work, check)
  const names = [...new Set(batches.map(({ spec }) => spec.name))]
  const byBatch = names.map((name) => ({
    name,
    rows: [
      ...judgedIn(
        work,
        columns,
        batches.filter(({ spec }) => spec.name === name),
      ),
    ],
  }))
  const all = byBatch.flatMap(({ rows }) => rows)
  const pair = columns.find(({ criterion }) => criterion.id === check.rule.pairs)
  const unclear = pair && pair.criterion.levels.indexOf('unclear') + 1
  const seen = controlsOf(work, check).map((control) => lookAt(work, check, control))
  const controls = reportOf(check, seen, isSimulated(work.dataset, check))
  return {
    judge: check.id,
    all: passRate(columns, all),
    batches: byBatch.flatMap(({ name, rows }) =>
      rows.length === 0 ? [] : [{ batch: name, ...passRate(columns, rows), ...driftIn(check, columns, rows) }],
    ),
    ...(pair ? { position: rate(all.length, all.filter((item) => pair.codes[item] === unclear).length) } : {}),
    ...(controls ? { controls } : {}),
    agreement: agreementsOf(work, columns),
  }
}

/** Items of which every criterion has a level, in the order of cells. */
function* judgedIn(work: Work, columns: readonly JudgedColumn[], batches: readonly PlanBatch[]): Generator<number> {
  for (const { first, items } of batches) for (let item = first; item < first + items; item++) if (isJudged(work, columns, item)) yield item
}

function passRate(columns: readonly JudgedColumn[], rows: readonly number[]): PassRate {
  return rate(rows.length, rows.filter((item) => passes(columns, item)).length)
}

function rate(rows: number, passed: number): PassRate {
  const { low, high } = wilson(passed, rows)
  return { rows, passed, low, high }
}

/** Of one batch: batches differ on purpose, within one rows should not. */
function driftIn(
  { rule }: JudgeSpec,
  columns: readonly JudgedColumn[],
  rows: readonly number[],
): Pick<JudgeReport['batches'][number], 'drift'> {
  if (rows.length < FEWEST_FOR_DRIFT) return {}
  const counted = rule.pairs === undefined ? columns : columns.filter(({ criterion }) => criterion.id === rule.pairs)
  const scores = rows.map((item) => mean(counted.map(({ criterion, codes }) => scoreOf(criterion, codes[item] as number))))
  const { cliffsDelta, p } = driftOfNumbers(scores).firstVsLast
  const quarter = Math.floor(scores.length / 4)
  return { drift: { delta: cliffsDelta, p, first: mean(scores.slice(0, quarter)), last: mean(scores.slice(-quarter)) } }
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, n) => sum + n, 0) / numbers.length
}
