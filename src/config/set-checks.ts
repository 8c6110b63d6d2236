/** Checks that measure all rows together, with the thresholds of `src/measure` where the config gives no other. */
import type { BalanceCheck, Check, CoverageCheck, DiversityCheck, DriftCheck, ShareCheck, TemplatesCheck } from '../../schema/config.ts'
import { THRESHOLDS } from '../measure/thresholds.ts'
import type { LimitsSpec, MeasureRule, ShareRule } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import type { RuleTools } from './row-rules.ts'

export type SetCheck = TemplatesCheck | DiversityCheck | DriftCheck | CoverageCheck | BalanceCheck | ShareCheck

/** The measures of each check. */
export const MEASURES = {
  templates: ['boilerplate', 'boilerplate-rows', 'opening', 'openings'],
  diversity: ['compression', 'variety'],
  drift: ['drift-length', 'drift-variety'],
  coverage: ['coverage-1', 'coverage-2', 'coverage-3'],
  balance: ['balance'],
} as const satisfies { readonly [C in MeasureRule['check']]: readonly string[] }

/** Triples grow faster than datasets do: as for pairs, only a warning. */
export const COVERAGE_3: LimitsSpec = { warn: 1, fail: null }
const DEFAULT_STRENGTH = 2

export function isMeasuring(check: Check['check']): check is SetCheck['check'] | 'spread' {
  return check === 'share' || check === 'spread' || Object.hasOwn(MEASURES, check)
}

export function setRule(check: SetCheck, path: ConfigPath, { dimensions, complaints }: RuleTools): MeasureRule | ShareRule {
  const fails = check.severity === 'fail'
  if (check.check === 'share') {
    const known = dimensions.map(({ name }) => name)
    if (Object.keys(check.shares).length === 0)
      complaints.add('empty', [...path, 'shares'], 'the check "share" names no dimension', { hint: 'for example { edge: [0.2, 0.3] }' })
    for (const [name, [least, most]] of Object.entries(check.shares)) {
      const at = [...path, 'shares', name]
      if (!known.includes(name))
        complaints.unknown('unknown-dimension', at, `there is no dimension "${name}"`, name, known, 'dimensions', 'key')
      if (!(least >= 0 && least <= most && most <= 1))
        complaints.add('bad-value', at, `the bounds [${least}, ${most}] are no shares`, {
          hint: 'two numbers from 0 to 1, the smaller first',
        })
    }
    return { check: 'share', shares: new Map(Object.entries(check.shares)), fails }
  }
  const all: readonly string[] = MEASURES[check.check]
  const wanted = check.check === 'coverage' ? all.slice(0, check.strength ?? DEFAULT_STRENGTH) : all
  const { limits = {} } = check
  for (const [measure, { warn, fail }] of Object.entries(limits)) {
    const at = [...path, 'limits', measure]
    if (!wanted.includes(measure))
      complaints.unknown(
        'unknown-measure',
        at,
        `the check "${check.check}" has no measure "${measure}"`,
        measure,
        wanted,
        'measures',
        'key',
      )
    if (warn === undefined && fail === undefined)
      complaints.add('empty', at, `no limit is given for "${measure}"`, { hint: 'give it `warn`, `fail` or both' })
  }
  return { check: check.check, measures: new Map(wanted.map((measure) => [measure, limitsOf(measure, limits[measure])])), fails }
}

function limitsOf(measure: string, given: Partial<LimitsSpec> = {}): LimitsSpec {
  const { warn, fail } = THRESHOLDS.find(({ id }) => id === measure) ?? COVERAGE_3
  return { warn: given.warn === undefined ? warn : given.warn, fail: given.fail === undefined ? fail : given.fail }
}
