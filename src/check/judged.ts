/** What judges said about a row, read from the values of their steps. */
import type { Json, JsonObject } from '../../schema/json.ts'
import type { CheckSpec, JudgedCriterion, JudgeRule } from '../config/dataset.ts'
import { pairLevel } from '../config/judge-pairs.ts'

export type StepValues = { readonly [step: string]: Json }

/** A check whose rows a model judges. */
export type JudgeSpec = CheckSpec & { readonly rule: JudgeRule }

export function judgesOf(checks: readonly CheckSpec[]): JudgeSpec[] {
  return checks.filter((check): check is JudgeSpec => check.rule.check === 'judge')
}

/** A level and where it stands between the worst, 0, and the best, 1. */
export interface Score {
  readonly level: string
  readonly score: number
}

/** The level given, or undefined where the row was not judged. */
export function levelOf({ id, step, swapped }: JudgedCriterion, steps: StepValues): string | undefined {
  if (swapped !== undefined) return pairLevel(id, steps[step], steps[swapped])
  const given = givenBy(id, steps[step])
  return given === undefined ? undefined : String(given['level'])
}

function givenBy(criterion: string, verdict: Json | undefined): JsonObject | undefined {
  return (verdict as JsonObject | null | undefined)?.[criterion] as JsonObject | undefined
}

/** Place of the level on its scale from 1; 0 where the row was not judged. What columns hold. */
export function levelCode(criterion: JudgedCriterion, steps: StepValues): number {
  const level = levelOf(criterion, steps)
  return level === undefined ? 0 : criterion.levels.indexOf(level) + 1
}

/** From 0 for the worst level to 1 for the best, by `levelCode`. */
export function scoreOf({ levels }: JudgedCriterion, code: number): number {
  return (code - 1) / (levels.length - 1)
}

export function isLow({ levels, min }: JudgedCriterion, code: number): boolean {
  return code > 0 && code - 1 < levels.indexOf(min)
}

const OF_PAIRS: { readonly [level: string]: string } = {
  loses: 'the judge prefers the rejected answer, whichever stands first',
  unclear: 'which answer the judge prefers depends on which stands first',
  tie: 'the judge prefers neither answer',
}

/** Names the criteria below their threshold; undefined when there is none. */
export function lowLevels({ criteria, pairs }: Pick<JudgeRule, 'criteria' | 'pairs'>, steps: StepValues): string | undefined {
  const low = lowIn(criteria, steps).map(({ criterion: { id, min }, level }) => {
    if (pairs === undefined) return `${id} is ${JSON.stringify(level)}, below ${JSON.stringify(min)}`
    const words = OF_PAIRS[level] as string
    return id === pairs ? words : `by ${id}, ${words}`
  })
  return low.length === 0 ? undefined : low.join('; ')
}

function lowIn(criteria: readonly JudgedCriterion[], steps: StepValues) {
  return criteria.flatMap((criterion) => {
    const level = levelOf(criterion, steps)
    return level !== undefined && isLow(criterion, levelCode(criterion, steps)) ? [{ criterion, level }] : []
  })
}

// Enough to mend an answer by, and no essay.
const LONGEST_REASON = 600

/** Why the judge gave the levels that are too low, in its own words: for the model that is asked again, and for nobody else. */
export function reasonsAgainst({ criteria }: JudgeRule, steps: StepValues): string {
  const reasons = lowIn(criteria, steps).flatMap(({ criterion: { id, step, swapped } }) =>
    [step, ...(swapped === undefined ? [] : [swapped])].map((name) => `${id}: ${reasonIn(givenBy(id, steps[name]))}`),
  )
  return [...new Set(reasons)].join('\n')
}

function reasonIn(given: JsonObject | undefined): string {
  const reason = String(given?.['reasoning'] ?? '').trim()
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON).toWellFormed()}…` : reason
}

/** Every judge's scores by check and criterion; undefined for a row that no judge saw. */
export function scoresOf(
  checks: readonly CheckSpec[],
  steps: StepValues,
): { readonly [check: string]: { readonly [criterion: string]: Score } } | undefined {
  const scores = judgesOf(checks).flatMap(({ id, rule }) => {
    const given = rule.criteria.flatMap((criterion) => {
      const level = levelOf(criterion, steps)
      if (level === undefined) return []
      return [[criterion.id, { level, score: Math.round(scoreOf(criterion, levelCode(criterion, steps)) * 1000) / 1000 }] as const]
    })
    return given.length === 0 ? [] : [[id, Object.fromEntries(given)] as const]
  })
  return scores.length === 0 ? undefined : Object.fromEntries(scores)
}
