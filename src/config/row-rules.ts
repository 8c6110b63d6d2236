/** Rules about the text of one row, with their defaults: refusals, repetition, language, JSON, code, contamination. */
import type {
  CodeCheck,
  ContaminationCheck,
  JsonCheck,
  LanguageCheck,
  LengthCheck,
  RefusalCheck,
  RepetitionCheck,
} from '../../schema/config.ts'
import { THRESHOLDS } from '../measure/thresholds.ts'
import { checkSchema } from '../util/json-schema.ts'
import type { Complaints } from './complaints.ts'
import type { BoundsSpec, CheckSpec, DimensionSpec } from './dataset.ts'
import { evaluationItems } from './evaluation-items.ts'
import type { ConfigPath } from './locate.ts'
import { checkMatch } from './match.ts'

export type RowCheck = RefusalCheck | RepetitionCheck | LanguageCheck | JsonCheck | CodeCheck | ContaminationCheck

/** Where measuring a set of rows would call an answer repetitive beyond doubt. */
export const MOST_REPETITION = THRESHOLDS.find(({ id }) => id === 'repetition')?.fail ?? 10
export const CODE_LANGUAGES = ['javascript', 'typescript', 'json', 'yaml'] as const
/** Words in a row that may not be shared (GPT-3), and those that may not cover more than half of a prompt (Tulu 3). */
export const CONTAMINATION = { any: 13, half: 8 } as const

export interface RuleTools {
  readonly dimensions: readonly DimensionSpec[]
  readonly complaints: Complaints
  readonly root: string
}

export function rowRule(check: RowCheck, path: ConfigPath, tools: RuleTools): CheckSpec['rule'] {
  const { complaints, dimensions } = tools
  if (check.where) checkMatch(check.where, dimensions, [...path, 'where'], complaints)
  const where = check.where ? { where: check.where } : {}
  switch (check.check) {
    case 'refusal':
      return { check: 'refusal', disclaimers: check.disclaimers ?? true, ...where }
    case 'repetition':
      return { check: 'repetition', of: check.of ?? 'assistant', max: check.max ?? MOST_REPETITION, ...where }
    case 'language':
      return { check: 'language', is: check.is, of: check.of ?? 'assistant', ...where }
    case 'json': {
      const wrong = check.schema && checkSchema(check.schema)
      if (wrong !== undefined) complaints.add('bad-schema', [...path, 'schema'], `the schema of the check "json" is none: ${wrong}`)
      return {
        check: 'json',
        ...(check.schema && wrong === undefined ? { schema: check.schema } : {}),
        fenced: check.fenced ?? false,
        ...where,
      }
    }
    case 'code':
      return { check: 'code', languages: new Set(check.languages ?? CODE_LANGUAGES), required: check.required ?? false, ...where }
    case 'contamination': {
      const { files, fields, any = CONTAMINATION.any, half = CONTAMINATION.half } = check
      return { check: 'contamination', items: evaluationItems(files, fields, path, tools), any, half, ...where }
    }
  }
}

/** Bounds on length: those of the check, and those of a dimension's values. */
export function lengthRule(check: LengthCheck, path: ConfigPath, { dimensions, complaints }: RuleTools): CheckSpec['rule'] {
  const { of, where, by, bounds } = check
  if (check.min === undefined && check.max === undefined && bounds === undefined)
    complaints.add('missing-key', path, 'the check "length" has no bound', { hint: 'give it `min`, `max` or both' })
  if (where) checkMatch(where, dimensions, [...path, 'where'], complaints)
  if (by === undefined && bounds !== undefined)
    complaints.add('missing-key', path, 'the check "length" has bounds for values, but not of which dimension', {
      hint: "name it in `by`: by: 'complexity'",
    })
  if (by !== undefined && bounds === undefined)
    complaints.add('missing-key', path, `the check "length" goes by "${by}", but has no bounds for its values`, {
      hint: 'give it `bounds: { <value>: { min, max } }`',
    })
  const own = boundsOf(check, path, complaints)
  if (by === undefined || bounds === undefined) return { check: 'length', of, ...own, ...(where ? { where } : {}) }
  const ids = dimensions.find(({ name }) => name === by)?.values.map(({ id }) => id)
  if (ids === undefined) {
    const known = dimensions.map(({ name }) => name)
    complaints.unknown('unknown-dimension', [...path, 'by'], `there is no dimension "${by}"`, by, known, 'dimensions')
  }
  for (const value of Object.keys(bounds))
    if (ids && !ids.includes(value))
      complaints.unknown(
        'unknown-value',
        [...path, 'bounds', value],
        `dimension "${by}" has no value "${value}"`,
        value,
        ids,
        'values',
        'key',
      )
  const each = new Map(
    Object.entries(bounds).map(([value, given]) => [value, boundsOf({ ...check, ...given }, [...path, 'bounds', value], complaints)]),
  )
  return { check: 'length', of, ...own, by: { dimension: by, each }, ...(where ? { where } : {}) }
}

function boundsOf(given: { readonly min?: number; readonly max?: number }, path: ConfigPath, complaints: Complaints): BoundsSpec {
  const { min = 0, max = Number.POSITIVE_INFINITY } = given
  if (min > max) complaints.add('bad-value', [...path, 'min'], `"min" is ${min} and "max" is ${max}, so no text passes`)
  return { min, max }
}
