/** A judge check as data: a rubric resolved to criteria, the steps that ask about them, and the rule that reads the answers. */
import type { Example, JudgeCheck, StepContext } from '../../schema/config.ts'
import { BadExample } from './bad-example.ts'
import type { Complaints } from './complaints.ts'
import type { AskSpec, DimensionSpec, JudgedCriterion, JudgeRule, Makes, ModelSpec } from './dataset.ts'
import { controlsOf } from './judge-controls.ts'
import { levelStep, WEAKEST } from './judge-levels.ts'
import { DECISIVE, type Order, OVERALL, PAIR_LEVELS, pairSteps } from './judge-pairs.ts'
import { type Question, questionsOf, rubricOf, unknownLevel } from './judge-rubric.ts'
import type { ConfigPath } from './locate.ts'
import { checkMatch, matcher } from './match.ts'
import { modelFor } from './steps.ts'

const DEFAULT_RUBRIC = 'conversation'
const DEFAULT_COMPARISON = 'preference'

/** What judges are made from. */
export interface JudgeTools {
  readonly complaints: Complaints
  readonly models: ReadonlyMap<string, ModelSpec>
  readonly dimensions: readonly DimensionSpec[]
  readonly root: string
  /** The rubric of the dataset's format. */
  readonly rubric: string | undefined
  readonly example: (context: StepContext) => Example
  readonly makes: Makes | undefined
}

export interface JudgeSpec {
  readonly rule: JudgeRule
  readonly steps: readonly AskSpec[]
}

const RESERVED = {
  levels: [[WEAKEST, 'what the judge says of the whole rubric']],
  pairs: [OVERALL, DECISIVE].map((name) => [name, 'what the judge says of the whole pair'] as const),
} as const

/** Undefined when something was complained about. */
export function judgeSpec(id: string, check: JudgeCheck, path: ConfigPath, tools: JudgeTools): JudgeSpec | undefined {
  const { complaints, dimensions, root } = tools
  const before = complaints.list.length
  const model = modelFor(check.by, [...path, 'by'], tools)
  const rubric = rubricOf(check, tools.rubric ?? (check.compare ? DEFAULT_COMPARISON : DEFAULT_RUBRIC), path, complaints)
  if (check.where) checkMatch(check.where, dimensions, [...path, 'where'], complaints)
  if (check.compare) checkComparison(check, path, tools)
  const reserved = check.compare ? RESERVED.pairs : RESERVED.levels
  const questions = rubric === undefined ? [] : questionsOf(rubric, check, path, { dimensions, complaints, reserved })
  const asked = questions.flatMap(({ dimension }) => dimension ?? [])
  const controls = controlsOf(check, path, { complaints, dimensions, root, asked })
  const criteria = check.compare ? pairCriteria(id, questions) : levelCriteria(id, questions, check.separate ?? false)
  const pairs = check.compare ? criteria.at(-1)?.id : undefined
  const judged = withThresholds(criteria, check, pairs, path, complaints)
  if (complaints.list.length > before || model === undefined) return undefined
  const when = whenOf(check, tools)
  const common = { check: id, model, example: tools.example, ...(when ? { when } : {}) }
  const groups = check.separate ? questions.map((question) => [question]) : [questions]
  const steps = check.compare
    ? pairSteps(common, pairNames(id), questions)
    : groups.map((group, i) => levelStep(common, criteria[i]?.step ?? '', group))
  return {
    rule: {
      check: 'judge',
      criteria: judged,
      ...(pairs === undefined ? {} : { pairs }),
      ...(check.where ? { where: check.where } : {}),
      ...(controls ? { controls } : {}),
    },
    steps,
  }
}

function checkComparison({ separate }: JudgeCheck, path: ConfigPath, { complaints, makes }: JudgeTools): void {
  if (separate)
    complaints.add(
      'exclusive',
      [...path, 'separate'],
      'a judge that compares weighs the criteria against each other, so it asks about all at once',
      {
        at: 'key',
        hint: 'leave `separate` out, or give each criterion a check of its own',
      },
    )
  if (makes && !makes.rejected)
    complaints.add('bad-value', [...path, 'compare'], 'the recipe makes no rejected answer, so there is nothing to compare', {
      hint: '`recipes.preference` makes pairs, and so does any example with `rejected`',
    })
}

function levelCriteria(check: string, questions: readonly Question[], separate: boolean): JudgedCriterion[] {
  return questions.map(({ id, guide, dimension, levels, pass }) => ({
    id,
    step: separate ? `judge:${check}:${id}` : `judge:${check}`,
    levels: levels.map((level) => level.id),
    min: pass,
    asks: { guide, ...(dimension === undefined ? {} : { dimension }), levels: levels.map((level) => level.guide) },
  }))
}

function pairNames(check: string): { readonly [O in Order]: string } {
  return { 'chosen-first': `judge:${check}:chosen-first`, 'rejected-first': `judge:${check}:rejected-first` }
}

/** The last one says what the pair comes to: over all criteria, or by the only one. */
function pairCriteria(check: string, questions: readonly Question[]): JudgedCriterion[] {
  const names = pairNames(check)
  const whole = { id: OVERALL, guide: 'Which answer is better on the whole?' }
  const all: readonly Pick<Question, 'id' | 'guide' | 'dimension'>[] = questions.length > 1 ? [...questions, whole] : questions
  return all.map(({ id, guide, dimension }, i) => ({
    id,
    step: names['chosen-first'],
    swapped: names['rejected-first'],
    levels: PAIR_LEVELS.map((level) => level.id),
    min: i === all.length - 1 ? 'wins' : 'loses',
    asks: { guide, ...(dimension === undefined ? {} : { dimension }), levels: PAIR_LEVELS.map((level) => level.guide) },
  }))
}

/** A function may make an example without a rejected answer: then there is nothing to compare. */
function whenOf({ where, compare }: JudgeCheck, { makes, example }: JudgeTools): ((context: StepContext) => boolean) | undefined {
  const matches = where && matcher(where)
  if (!compare || makes) return matches && (({ cell }) => matches(cell))
  return (context) => (matches?.(context.cell) ?? true) && isPair(() => example(context))
}

/** What cannot become a row is found to be so before it is asked about. */
function isPair(example: () => Example): boolean {
  try {
    return example().rejected !== undefined
  } catch (error) {
    if (error instanceof BadExample) return true
    throw error
  }
}

/** Thresholds stand in the check alone: no request knows them. `pairs`: the one criterion that a text is about, where pairs are compared. */
function withThresholds(
  criteria: readonly JudgedCriterion[],
  { min }: JudgeCheck,
  pairs: string | undefined,
  path: ConfigPath,
  complaints: Complaints,
): JudgedCriterion[] {
  const at = [...path, 'min']
  if (min === undefined) return [...criteria]
  if (typeof min === 'string') {
    const levels = [...new Set(criteria.flatMap((criterion) => criterion.levels))]
    if (!levels.includes(min))
      complaints.unknown('unknown-level', at, `no criterion of the rubric has the level "${min}"`, min, levels, 'levels')
    const isMeant = ({ id, levels }: JudgedCriterion) => levels.includes(min) && (pairs === undefined || id === pairs)
    return criteria.map((criterion) => (isMeant(criterion) ? { ...criterion, min } : criterion))
  }
  const ids = criteria.map(({ id }) => id)
  for (const [id, level] of Object.entries(min)) {
    const criterion = criteria.find((one) => one.id === id)
    if (criterion === undefined)
      complaints.unknown('unknown-criterion', [...at, id], `the rubric has no criterion "${id}"`, id, ids, 'criteria', 'key')
    else if (!criterion.levels.includes(level)) unknownLevel(id, level, criterion.levels, [...at, id], complaints)
  }
  return criteria.map((criterion) => ({ ...criterion, min: min[criterion.id] ?? criterion.min }))
}
