/** One walk over all cells, and everything that a report says of them. */
import { judgesOf } from '../../check/judged.ts'
import type { CheckSpec, Loaded } from '../../config/dataset.ts'
import type { DatasetReport, ReportBatch, ReportProblem, ReportRun } from '../../events/dataset-report.ts'
import type { Counts } from '../../events/event.ts'
import { Measurement } from '../../measure/evaluate.ts'
import { GrowingU32 } from '../../measure/growing.ts'
import type { ThresholdChanges } from '../../measure/thresholds.ts'
import type { PlanBatch } from '../../plan/plan.ts'
import { judgeReports } from '../../schedule/judge-report.ts'
import { columnsOf, isJudged } from '../../schedule/judged-columns.ts'
import { JUDGE } from '../../schedule/review-rows.ts'
import type { Work } from '../../schedule/work.ts'
import type { PastRun } from '../../store/run-history.ts'
import { VERSION } from '../../util/version.ts'
import { portable } from '../lock-file.ts'
import { usedModels } from '../session.ts'
import { Costs } from './costs.ts'
import type { ReportItems } from './items.ts'
import { Judges } from './judges.ts'

export interface Gathered {
  readonly report: DatasetReport
  /** Characters of each row's texts, by cell: what is embedded is reckoned from them. */
  readonly sizes: Uint32Array
}

export interface GatherOptions {
  readonly targets: readonly string[]
  readonly made: Date
  readonly runs: readonly PastRun[]
  /** Told before each stage and during the walk. */
  readonly onStage: (stage: string, cells: number) => void
}

// Near duplicates take half of the time; beyond this, only exact ones are looked for.
const MOST_FOR_NEAR = 200_000
const EVERY = 2048

export function gather(loaded: Loaded, work: Work, items: ReportItems, options: GatherOptions): Gathered {
  const { dataset, plan, store } = work
  const { axes } = items
  const measurement = new Measurement({
    near: plan.items <= MOST_FOR_NEAR,
    thresholds: limitsOf(dataset.checks),
    dimensions: axes.map(({ name, values }) => ({ name, values })),
    onStage: (stage) => options.onStage(`measuring ${stage}`, 0),
  })
  const costs = new Costs(new Set(dataset.recipe.steps.flatMap((step) => (step.kind === 'ask' && step.shared ? [step.name] : []))))
  const judges = new Judges()
  const judged = judgesOf(dataset.checks).map((check) => ({ check, columns: columnsOf(work, check) }))
  const verdicts = new Set(
    judgesOf(dataset.checks).flatMap(({ rule }) => rule.criteria.flatMap(({ step, swapped }) => [step, swapped ?? step])),
  )
  const batches = plan.batches.map(batchTally)
  const problems = new Map<string, { -readonly [K in keyof ReportProblem]: ReportProblem[K] }>()
  const sizes = new GrowingU32()
  for (const { item, index, sources } of items) {
    const { state, why, row } = item
    const batch = batches[item.batch] as Tally
    const { name } = (plan.batches[item.batch] as PlanBatch).spec
    batch.counts.items++
    batch.counts[state]++
    if (item.waiting) batch.waiting++
    batch.usd += item.usd
    if (why) {
      if (state === 'rejected') batch.rejectedBy.set(why.code, (batch.rejectedBy.get(why.code) ?? 0) + 1)
      const label = `${state}\n${why.code}\n${why.message}`
      const problem = problems.get(label) ?? { state: state as ReportProblem['state'], ...why, count: 0 }
      problem.count++
      problems.set(label, problem)
    }
    costs.add(name, sources)
    judges.add(
      name,
      item.scores?.filter(({ judge }) => !verdicts.has(`${JUDGE}${judge}`)),
    )
    for (const { check, columns } of judged)
      if (isJudged(work, columns, index))
        for (const column of columns) judges.addLevel(name, check.id, column.criterion, column.codes[index] as number)
    sizes.push(row ? textSize(row.messages) + textSize(row.rejected ?? []) : 0)
    if (state === 'accepted' && row) {
      const cell = Object.fromEntries(axes.map((axis, a) => [axis.name, axis.values[item.values[a] as number]?.id ?? '']))
      measurement.push({ row, place: sizes.length, cell })
    }
    if (sizes.length % EVERY === 0) options.onStage('reading rows', sizes.length)
  }
  const counts = zero()
  for (const batch of batches) for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += batch.counts[key]
  const waiting = batches.reduce((sum, batch) => sum + batch.waiting, 0)
  return {
    sizes: sizes.values.slice(),
    report: {
      schema: 1,
      dataset: dataset.name,
      datagen: VERSION,
      made: options.made.toISOString(),
      targets: options.targets,
      simulated: usedModels(loaded).flatMap(({ name, simulated }) => (simulated ? [name] : [])),
      counts: { ...counts, ...(waiting > 0 ? { waiting } : {}) },
      dimensions: axes.map(({ name, values, branch }) => ({ name, values, ...(branch ? { branch } : {}) })),
      batches: batches.map(batchReport),
      outputs: dataset.outputs.map(({ name, path, format, batches: own }) => ({
        output: name,
        path: portable(loaded.root, path),
        format,
        batches: own,
      })),
      problems: [...problems.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)).slice(0, MOST_PROBLEMS),
      cost: costs.cost(store.totals()),
      runs: options.runs.filter(({ start }) => start.dataset === dataset.name).map(runReport),
      tokens: costs.tokens(),
      measures: measurement.finish(),
      judges: judges.report(),
      judging: judgeReports(work),
    },
  }
}

const MOST_PROBLEMS = 200

/** Where the config says that a measure remarks, the report remarks there too. */
function limitsOf(checks: readonly CheckSpec[]): ThresholdChanges {
  return Object.fromEntries(checks.flatMap(({ rule }) => ('measures' in rule ? [...rule.measures] : [])))
}

interface Tally {
  readonly batch: PlanBatch
  readonly counts: { -readonly [K in keyof Counts]: number }
  /** Of the pending ones, those whose answers are awaited from batch jobs. */
  waiting: number
  readonly rejectedBy: Map<string, number>
  usd: number
}

function zero(): Tally['counts'] {
  return { items: 0, accepted: 0, rejected: 0, failed: 0, pending: 0 }
}

function batchTally(batch: PlanBatch): Tally {
  return { batch, counts: zero(), waiting: 0, rejectedBy: new Map(), usd: 0 }
}

function batchReport({ batch, counts, waiting, rejectedBy, usd }: Tally): ReportBatch {
  const { spec, round, toCome } = batch
  return {
    batch: spec.name,
    round,
    gaps: spec.gaps !== undefined,
    after: spec.after,
    ...(toCome ? { toCome } : {}),
    ...counts,
    ...(waiting > 0 ? { waiting } : {}),
    rejectedBy: Object.fromEntries([...rejectedBy].sort(([, a], [, b]) => b - a)),
    usd,
  }
}

function runReport({ start, end }: PastRun): ReportRun {
  return {
    run: start.run,
    time: start.time,
    command: start.command,
    ...(end
      ? {
          end: {
            exitCode: end.exitCode,
            ms: end.ms,
            calls: end.calls,
            cached: end.cached,
            ...(end.usage.usd === undefined ? {} : { usd: end.usage.usd }),
            ...(end.savedUsd === undefined ? {} : { savedUsd: end.savedUsd }),
            ...(end.costs === undefined ? {} : { costs: end.costs }),
          },
        }
      : {}),
  }
}

function textSize(messages: readonly { readonly content: string | null }[]): number {
  return messages.reduce((sum, { content }) => sum + (content?.length ?? 0), 0)
}
