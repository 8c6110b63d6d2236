/** The rubric of a judge check: found, and resolved to the questions that are put to the judge. */
import type { Criterion, JudgeCheck, Rubric } from '../../schema/config.ts'
import { DatagenError } from '../util/diagnostic.ts'
import type { Complaints } from './complaints.ts'
import type { DimensionSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { readPreset } from './presets.ts'

/** A criterion as it is put to the judge. */
export interface Question extends Criterion {
  /** The dimension it is about, for a rubric that looks at each. */
  readonly dimension?: string
}

interface RubricTools {
  readonly complaints: Complaints
  readonly dimensions: readonly DimensionSpec[]
  /** Names of questions that the judge itself has use for, and what for. */
  readonly reserved: readonly (readonly [name: string, use: string])[]
}

/** Undefined when there is no such rubric. */
export function rubricOf({ rubric }: JudgeCheck, otherwise: string, path: ConfigPath, complaints: Complaints): Rubric | undefined {
  if (typeof rubric === 'object') return rubric
  try {
    return readPreset('rubrics', rubric ?? otherwise)
  } catch (error) {
    if (!(error instanceof DatagenError)) throw error
    for (const { headline, facts, hint } of error.diagnostics)
      complaints.add('unknown-preset', [...path, 'rubric'], headline, { facts, hint })
    return undefined
  }
}

export function questionsOf(
  rubric: Rubric,
  check: JudgeCheck,
  path: ConfigPath,
  { dimensions, complaints, reserved }: RubricTools,
): Question[] {
  const at = [...path, 'rubric']
  const names = dimensions.map(({ name }) => name)
  rubric.criteria.forEach((criterion, i) => {
    const levels = criterion.levels.map((level) => level.id)
    const twin = rubric.criteria.findIndex(({ id }) => id === criterion.id)
    if (twin < i) complaints.add('duplicate-name', [...at, 'criteria', i, 'id'], `the rubric has the criterion "${criterion.id}" twice`)
    if (new Set(levels).size < levels.length)
      complaints.add('duplicate-name', [...at, 'criteria', i, 'levels'], `the criterion "${criterion.id}" has a level twice`)
    if (!levels.includes(criterion.pass)) unknownLevel(criterion.id, criterion.pass, levels, [...at, 'criteria', i, 'pass'], complaints)
  })
  check.dimensions?.forEach((name, i) => {
    if (!names.includes(name))
      complaints.unknown('unknown-dimension', [...path, 'dimensions', i], `there is no dimension "${name}"`, name, names, 'dimensions')
  })
  const taken = [...rubric.criteria.map(({ id }) => id), ...(rubric.each === undefined ? [] : names)]
  for (const [name, use] of reserved)
    if (taken.includes(name)) complaints.add('bad-name', at, `"${name}" is ${use}, so no criterion can be called so`)
  if (rubric.each === undefined) {
    if (check.dimensions !== undefined)
      complaints.add('exclusive', [...path, 'dimensions'], 'the rubric does not look at each dimension, so none can be chosen', {
        at: 'key',
      })
    return rubric.criteria
  }
  // In order of name, so that reordering the dimensions of a config asks nothing.
  const chosen = names.filter((name) => check.dimensions?.includes(name) ?? true).sort()
  const alone = rubric.criteria.length === 1
  return chosen.flatMap((dimension) =>
    rubric.criteria.map((criterion) => ({ ...criterion, id: alone ? dimension : `${dimension}:${criterion.id}`, dimension })),
  )
}

export function unknownLevel(criterion: string, level: string, levels: readonly string[], path: ConfigPath, complaints: Complaints): void {
  complaints.unknown('unknown-level', path, `the criterion "${criterion}" has no level "${level}"`, level, levels, 'levels')
}
