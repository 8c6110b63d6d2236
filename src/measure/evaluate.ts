/** The whole measuring of a set of rows: one pass that collects, then every measure and every check, into a report. */
import type { MeasureCheck, MeasureReport } from '../events/measures.ts'
import { CellColumns, type TargetDimension } from './cells.ts'
import { type Evidence, judge } from './checks.ts'
import { Collector } from './collector.ts'
import { contaminationOf } from './contamination.ts'
import { documentsOf } from './documents.ts'
import { driftOfNumbers, driftOfVariety } from './drift.ts'
import type { MeasuredRow } from './row.ts'
import { firstWithSameWords } from './same-words.ts'
import { similarOf } from './similar.ts'
import type { ThresholdChanges } from './thresholds.ts'
import { lengthsIn, measureSide } from './view.ts'
import { DEFINITIONS } from './words.ts'

export interface MeasureOptions {
  readonly thresholds?: ThresholdChanges
  /** What should be covered; without it, the values that occur. */
  readonly dimensions?: readonly TargetDimension[]
  /** Texts of evaluation items that no row should share runs of words with. */
  readonly evaluation?: readonly string[]
  /** Off, near duplicates are left out: they take about half of the time. */
  readonly near?: boolean
  /** Told before each stage. */
  readonly onStage?: (stage: string) => void
}

/** One row to measure. */
export interface RowInput {
  readonly row: MeasuredRow
  /** Its number in the file, from 1. */
  readonly place?: number
  readonly cell?: { readonly [dimension: string]: string }
}

/** Takes rows one at a time and holds about 5 bytes for each of their words; texts are not kept. */
export class Measurement {
  private readonly collector = new Collector()
  private readonly cells: CellColumns
  private readonly options: MeasureOptions

  constructor(options: MeasureOptions = {}) {
    this.options = options
    this.cells = new CellColumns(options.dimensions)
  }

  get rows(): number {
    return this.collector.rows
  }

  /** Bytes of what is neither prompt nor answer: system prompts, results of tools, rejected answers. */
  get otherBytes(): number {
    return this.collector.otherBytes
  }

  /** Texts of one side that neither their order nor their number favours, about 1 MB, and how much there is in all. */
  sample(side: 'prompt' | 'response'): { readonly texts: readonly string[]; readonly sampledBytes: number; readonly bytes: number } {
    const { sample, bytes } = side === 'prompt' ? this.collector.prompts : this.collector.responses
    const texts = sample.texts().map(({ text }) => text)
    return { texts, sampledBytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0), bytes }
  }

  push({ row, place, cell }: RowInput): void {
    this.collector.push(row, place)
    this.cells.push(cell)
  }

  /** May be called once, when all rows are in. */
  finish(): MeasureReport {
    const { collector, options } = this
    const { store } = collector
    const stage = options.onStage ?? (() => {})
    const near = options.near ?? true
    const first = firstWithSameWords(store.wholes)
    const unlike = first.filter((leader, row) => leader === row)
    stage('prompts')
    const { prompt: promptLanguages, response: responseLanguages } = collector.languages
    const prompt = measureSide(collector, {
      view: 'prompt',
      documents: store.prompts,
      unlike,
      texts: collector.prompts,
      near,
      languages: promptLanguages,
    })
    const similar = similarOf(collector.prompts.sample.texts())
    stage('answers')
    const response = measureSide(collector, {
      view: 'response',
      documents: store.responses,
      unlike,
      texts: collector.responses,
      near: false,
      languages: responseLanguages,
    })
    stage('whole rows')
    const whole = measureSide(collector, {
      view: 'whole',
      documents: store.wholes,
      unlike,
      texts: undefined,
      near,
      languages: this.languages(),
    })
    stage('changes from first to last row')
    const drift =
      collector.rows >= FEWEST_FOR_DRIFT
        ? { lengths: driftOfNumbers(lengthsIn(store.responses)), variety: driftOfVariety(store.responses) }
        : undefined
    const coverage = this.cells.measure()
    const contamination = this.contamination()
    const evidence: Evidence = { collector, prompt, response, whole, similar, drift, coverage, contamination }
    const checks = judge(evidence, options.thresholds ?? {})
    return {
      schema: 1,
      definitions: DEFINITIONS,
      rows: collector.rows,
      status: worst(checks),
      shape: this.shape(),
      prompt: prompt.text,
      response: response.text,
      whole: whole.text,
      ...(drift
        ? {
            drift: {
              lengths: drift.lengths.windows,
              variety: drift.variety.windows,
              lengthDelta: drift.lengths.firstVsLast.cliffsDelta,
              lengthP: drift.lengths.firstVsLast.p,
              varietyP: drift.variety.trend.p,
            },
          }
        : {}),
      ...(coverage ? { coverage } : {}),
      ...(contamination
        ? {
            contamination: {
              items: contamination.items,
              halfCovered8: contamination.eight.halfCovered,
              any13: contamination.thirteen.anyHit,
            },
          }
        : {}),
      checks,
      approximate: collector.vocabulary.isFull,
    }
  }

  private languages(): number[] {
    const counts: number[] = []
    for (const language of this.collector.languageOfRow.values) counts[language] = (counts[language] ?? 0) + 1
    return counts
  }

  private contamination(): Evidence['contamination'] {
    const { evaluation } = this.options
    if (!evaluation) return undefined
    const { vocabulary, store } = this.collector
    const items = documentsOf(evaluation, vocabulary)
    const prompts = (this.collector.kinds.get('text') ?? 0) < this.collector.rows
    return {
      items: items.length,
      texts: evaluation,
      // An item is a question, so it is the question of a row that it would cover.
      eight: contaminationOf(prompts ? store.prompts : store.wholes, items, 8),
      thirteen: contaminationOf(store.wholes, items, 13),
    }
  }

  private shape(): MeasureReport['shape'] {
    const c = this.collector
    const sum = (found: Iterable<{ readonly count: number }>) => [...found].reduce((whole, { count }) => whole + count, 0)
    return {
      kinds: Object.fromEntries(c.kinds),
      messages: Object.fromEntries(c.roles),
      turns: [...c.turns].sort(([a], [b]) => a - b).map(([turns, rows]) => ({ turns, rows })),
      withSystem: c.withSystem,
      systemPrompts: {
        unique: c.systemPrompts.size,
        top: [...c.systemPrompts.values()].sort((a, b) => b.rows - a.rows).slice(0, 5),
      },
      withTools: c.withTools,
      toolCalls: c.toolCalls,
      asks: { ...c.asks },
      contains: { ...c.contains },
      refusals: sum(c.refusals.values()),
      disclaimers: sum(c.disclaimers.values()),
      ...(c.pairs > 0
        ? { pairs: { rows: c.pairs, equal: c.equalPairs.count, chosenLonger: c.chosenLonger, rejectedLonger: c.rejectedLonger } }
        : {}),
      ...(c.labels.good + c.labels.bad > 0 ? { labels: { ...c.labels } } : {}),
    }
  }
}

const FEWEST_FOR_DRIFT = 80 // quarters of twenty rows

/** Measures rows as they come; memory grows with their words, not with their texts. */
export async function evaluate(rows: Iterable<RowInput> | AsyncIterable<RowInput>, options: MeasureOptions = {}): Promise<MeasureReport> {
  const measurement = new Measurement(options)
  for await (const row of rows) measurement.push(row)
  return measurement.finish()
}

function worst(checks: readonly MeasureCheck[]): MeasureReport['status'] {
  return checks.some(({ status }) => status === 'fail') ? 'fail' : checks.some(({ status }) => status === 'warn') ? 'warn' : 'pass'
}
