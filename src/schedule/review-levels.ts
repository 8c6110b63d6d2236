/** Levels that people give by the criteria of judges: what they are asked, what they said, and the line that says it. */
import { judgesOf } from '../check/judged.ts'
import { matches } from '../check/rules.ts'
import { guardedValues } from '../plan/cells.ts'
import type { Verdict } from '../review/verdict.ts'
import type { ReviewRow } from './review-rows.ts'
import type { Work } from './work.ts'

export interface LevelQuestion {
  /** The criterion. */
  readonly id: string
  readonly guide: string
  /** What the cell asked for, where it is about a dimension. */
  readonly about?: string
  /** From worst to best. */
  readonly levels: readonly { readonly id: string; readonly guide: string }[]
}

/** Of every judge that looks at the row; a criterion that several have is asked once. People have no two orders: nothing is `unclear` to them. */
export function levelQuestions({ dataset, plan }: Work, { item }: Pick<ReviewRow, 'item'>): LevelQuestion[] {
  const cell = guardedValues(plan.dimensions, item.row)
  const criteria = judgesOf(dataset.checks).flatMap(({ rule }) => (matches(rule.where, cell) ? rule.criteria : []))
  const found = new Map<string, LevelQuestion>()
  for (const { id, asks, levels, swapped } of criteria) {
    if (found.has(id)) continue
    const all = levels.map((level, i) => ({ id: level, guide: (swapped === undefined ? asks.levels[i] : OF_PAIRS[level]) ?? '' }))
    found.set(id, {
      id,
      guide: asks.guide,
      ...(asks.dimension === undefined ? {} : { about: `${asks.dimension}: ${cell[asks.dimension]}` }),
      levels: swapped === undefined ? all : all.filter(({ id: level }) => level !== 'unclear'),
    })
  }
  return [...found.values()]
}

const OF_PAIRS: { readonly [level: string]: string } = {
  loses: 'The rejected answer is better.',
  tie: 'Neither is better.',
  wins: 'The chosen answer is better.',
}

export type GivenLevels = { readonly [criterion: string]: number | string }

/** What a person said of the row so far. */
export function levelsBy({ reviews }: Work, { digest }: Pick<ReviewRow, 'digest'>, by: string): GivenLevels {
  return reviews.levels.get(digest)?.find((one) => one.by === by)?.levels ?? {}
}

export function scoreLine(
  { cell, item, digest, lines }: ReviewRow,
  by: string,
  scores: GivenLevels,
): Extract<Verdict, { verdict: 'score' }> {
  const before = lines.filter((line) => line.by === by && line.verdict === 'score')
  const revision = 1 + Math.max(0, ...before.map((line) => line.revision))
  return { verdict: 'score', by, revision, cell, sample: item.sample, example: digest, scores }
}
