/** What planning from gaps looks at and what a gate demands, with defaults. */
import type { Check, Gaps, Gate } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { DimensionSpec, GapsSpec, GateSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { isMeasuring } from './set-checks.ts'

const DEFAULT_STRENGTH = 2
/** Rows outside the ordinary case: fewer leave a model brittle, more make the exception its rule. */
const EDGE_SHARE = [0.2, 0.3] as const
const EDGE = 'edge'

export function gapsSpec(given: true | Gaps, dimensions: readonly DimensionSpec[], path: ConfigPath, complaints: Complaints): GapsSpec {
  const { strength = DEFAULT_STRENGTH, shares, fill = false } = given === true ? {} : given
  const known = dimensions.map(({ name }) => name)
  for (const [name, [least, most]] of Object.entries(shares ?? {})) {
    const at = [...path, 'shares', name]
    if (!known.includes(name))
      complaints.unknown('unknown-dimension', at, `there is no dimension "${name}"`, name, known, 'dimensions', 'key')
    if (!(least >= 0 && least <= most && most <= 1))
      complaints.add('bad-value', at, `the bounds [${least}, ${most}] are no shares`, {
        hint: 'two numbers from 0 to 1, the smaller first',
      })
  }
  const bounds: [string, readonly [number, number]][] = shares ? Object.entries(shares) : known.includes(EDGE) ? [[EDGE, EDGE_SHARE]] : []
  return { strength: strength as GapsSpec['strength'], shares: new Map(bounds), fill }
}

export function gateSpec(gate: Gate, checks: readonly Check[], path: ConfigPath, complaints: Complaints): GateSpec {
  const { accepted, rejectedBy = {}, measures = [], approval = false } = gate
  if (accepted === undefined && Object.keys(rejectedBy).length === 0 && measures !== true && measures.length === 0 && !approval)
    complaints.add('empty', path, 'the gate demands nothing', { hint: 'give it `accepted`, `rejectedBy`, `measures` or `approval: true`' })
  // Findings carry the id of a check, which is its name, or its kind with a number when it is not the first of its kind.
  const known = checks.map((check) => ('name' in check && check.name !== undefined ? check.name : check.check))
  for (const [name, share] of Object.entries(rejectedBy)) {
    const at = [...path, 'rejectedBy', name]
    if (!known.includes(name.replace(/-\d+$/, '')) && !known.includes(name))
      complaints.unknown('unknown-check', at, `there is no check "${name}"`, name, known, 'checks', 'key')
    if (!(share >= 0 && share <= 1)) complaints.add('bad-value', at, `${share} is no share`, { hint: 'a number from 0 to 1' })
  }
  // A judge is measured, too: by its controls, its drift and its position bias.
  const measuring = checks.flatMap(({ check }) => (isMeasuring(check) || check === 'judge' ? [check] : []))
  for (const [i, name] of (measures === true ? [] : measures).entries())
    if (!measuring.some((check) => check === name.replace(/-\d+$/, '')))
      complaints.unknown('unknown-check', [...path, 'measures', i], `no check that measures is called "${name}"`, name, measuring, 'checks')
  if (measures === true && measuring.length === 0)
    complaints.add('empty', [...path, 'measures'], 'the gate waits for measures, and no check measures', {
      hint: "add one: { check: 'templates' }",
    })
  return {
    ...(accepted === undefined ? {} : { accepted }),
    rejectedBy: new Map(Object.entries(rejectedBy)),
    measures: measures === true ? 'all' : measures,
    approval,
  }
}
