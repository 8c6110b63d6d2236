/** What judges said: levels of those that check rows, and of other judging steps, whatever shape their answers have, every number under its own name. */
import { scoreOf } from '../../check/judged.ts'
import type { JudgedCriterion } from '../../config/dataset.ts'
import type { ReportItem, ReportJudge } from '../../events/dataset-report.ts'

const WINDOWS = 20
const MOST_SCORES = 40
const MOST_LEVELS = 20
const DEEPEST = 3

interface Column {
  readonly judge: string
  readonly score: string
  /** Where the judge gives levels. */
  readonly levels?: readonly string[]
  readonly scores: number[]
  /** Beside each score, its batch. */
  readonly batches: string[]
}

export class Judges {
  readonly #columns = new Map<string, Column>()

  add(batch: string, scores: ReportItem['scores'] = []): void {
    for (const { judge, value } of scores) {
      for (const [score, number] of numbersIn(value, '', 0)) {
        const name = `${judge}\n${score}`
        let column = this.#columns.get(name)
        if (!column) {
          // An answer that invents names must not fill the page.
          if (this.#columns.size >= MOST_SCORES) continue
          column = { judge, score, scores: [], batches: [] }
          this.#columns.set(name, column)
        }
        column.scores.push(number)
        column.batches.push(batch)
      }
    }
  }

  addLevel(batch: string, judge: string, criterion: JudgedCriterion, code: number): void {
    const name = `${judge}\n${criterion.id}`
    let column = this.#columns.get(name)
    if (!column) {
      column = { judge, score: criterion.id, levels: criterion.levels, scores: [], batches: [] }
      this.#columns.set(name, column)
    }
    column.scores.push(scoreOf(criterion, code))
    column.batches.push(batch)
  }

  report(): ReportJudge[] {
    return [...this.#columns.values()].map(({ judge, score, levels, scores, batches }) => ({
      judge,
      score,
      ...(levels ? { levels } : {}),
      rows: scores.length,
      mean: mean(scores),
      min: scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      max: scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
      byBatch: [...new Set(batches)].map((batch) => {
        const own = scores.filter((_, i) => batches[i] === batch)
        return { batch, rows: own.length, mean: mean(own), ...(levels ? { levels: countsOf(levels, own) } : {}) }
      }),
      windows: windowsOf(scores),
      histogram: levels
        ? countsOf(levels, scores).map((rows, i) => ({ score: i / (levels.length - 1), level: levels[i] as string, rows }))
        : levelsOf(scores),
    }))
  }
}

function countsOf(levels: readonly string[], scores: readonly number[]): number[] {
  const counts = levels.map(() => 0)
  for (const score of scores) {
    const place = Math.round(score * (levels.length - 1))
    counts[place] = (counts[place] as number) + 1
  }
  return counts
}

function* numbersIn(value: unknown, name: string, depth: number): Generator<[string, number]> {
  if (typeof value === 'number' && Number.isFinite(value)) yield [name || 'score', value]
  else if (typeof value === 'boolean') yield [name || 'score', value ? 1 : 0]
  else if (typeof value === 'object' && value !== null && depth < DEEPEST)
    for (const [key, part] of Object.entries(value)) yield* numbersIn(part, name === '' ? key : `${name}.${key}`, depth + 1)
}

function windowsOf(scores: readonly number[]): number[] {
  const count = Math.min(WINDOWS, scores.length)
  return Array.from({ length: count }, (_, i) =>
    mean(scores.slice(Math.floor((i * scores.length) / count), Math.floor(((i + 1) * scores.length) / count))),
  )
}

/** Scores are levels, so each has a bar; where they are not, they are rounded until they are few. */
function levelsOf(scores: readonly number[]): ReportJudge['histogram'] {
  for (const digits of [6, 2, 1, 0, -1, -2]) {
    const counts = new Map<number, number>()
    for (const score of scores) {
      const level = Math.round(score * 10 ** digits) / 10 ** digits
      counts.set(level, (counts.get(level) ?? 0) + 1)
    }
    if (counts.size <= MOST_LEVELS) return [...counts].sort(([a], [b]) => a - b).map(([score, rows]) => ({ score, rows }))
  }
  return []
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, n) => sum + n, 0) / numbers.length
}
