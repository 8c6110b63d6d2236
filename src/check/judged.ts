/** What judges said about a row, read from the values of their steps. */
import type { Json, JsonObject } from '../../schema/json.ts'
import type { CheckSpec, JudgedCriterion } from '../config/dataset.ts'

type StepValues = { readonly [step: string]: Json }

/** A level and where it stands between the worst, 0, and the best, 1. */
export interface Score {
  readonly level: string
  readonly score: number
}

/** The level given, or undefined where the row was not judged. */
function levelOf({ id, step }: JudgedCriterion, steps: StepValues): string | undefined {
  const given = (steps[step] as JsonObject | null | undefined)?.[id] as JsonObject | undefined
  return given === undefined ? undefined : String(given['level'])
}

/** Names the criteria below their threshold; undefined when there is none. */
export function lowLevels(criteria: readonly JudgedCriterion[], steps: StepValues): string | undefined {
  const low = criteria.flatMap((criterion) => {
    const level = levelOf(criterion, steps)
    const isLow = level !== undefined && criterion.levels.indexOf(level) < criterion.levels.indexOf(criterion.min)
    return isLow ? [`${criterion.id} is ${JSON.stringify(level)}, below ${JSON.stringify(criterion.min)}`] : []
  })
  return low.length === 0 ? undefined : low.join('; ')
}

/** Every judge's scores by check and criterion; undefined for a row that no judge saw. */
export function scoresOf(
  checks: readonly CheckSpec[],
  steps: StepValues,
): { readonly [check: string]: { readonly [criterion: string]: Score } } | undefined {
  const scores = checks.flatMap(({ id, rule }) => {
    if (rule.check !== 'judge') return []
    const given = rule.criteria.flatMap((criterion) => {
      const level = levelOf(criterion, steps)
      if (level === undefined) return []
      const score = criterion.levels.indexOf(level) / (criterion.levels.length - 1)
      return [[criterion.id, { level, score: Math.round(score * 1000) / 1000 }] as const]
    })
    return given.length === 0 ? [] : [[id, Object.fromEntries(given)] as const]
  })
  return scores.length === 0 ? undefined : Object.fromEntries(scores)
}
