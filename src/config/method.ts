/** What `domain` and `format` add to a config: dimensions, checks, guides and a rubric, with the config's changes applied. */
import type { Config, DomainPreset, FormatPreset } from '../../schema/config.ts'
import { DatagenError } from '../util/diagnostic.ts'
import type { Complaints } from './complaints.ts'
import type { DimensionSpec } from './dataset.ts'
import { type BroughtCheck, type BroughtDimension, type DomainFile, type FormatFile, type Guide, readPreset } from './presets.ts'
import type { RecipeMethod } from './steps.ts'

/** The dimension that a domain's starter list fills. */
const SCENARIO = 'scenario'

/** Everything brought, the domain's before the format's. */
export interface Method extends RecipeMethod {
  readonly dimensions: readonly DimensionSpec[]
  readonly checks: readonly BroughtCheck[]
  /** The format's rubric. */
  readonly rubric?: string
}

/** Undefined for a config with neither. */
export function methodOf({ domain, format }: Config, complaints: Complaints): Method | undefined {
  if (domain === undefined && format === undefined) return undefined
  const parts = [
    ...(domain === undefined ? [] : [part('domain', asChanges(domain), complaints)]),
    ...(format === undefined ? [] : [part('format', asChanges(format), complaints)]),
  ].filter((one) => one !== undefined)
  const rubric = parts.find((one) => one.rubric !== undefined)?.rubric
  return {
    user: parts.flatMap((one) => one.user),
    assistant: parts.flatMap((one) => one.assistant),
    answer: parts.flatMap((one) => one.answer),
    dimensions: parts.flatMap((one) => one.dimensions),
    checks: parts.flatMap((one) => one.checks),
    ...(rubric === undefined ? {} : { rubric }),
  }
}

type Changes = DomainPreset & FormatPreset

function asChanges(given: string | Changes): Changes {
  return typeof given === 'string' ? { preset: given } : given
}

function part(key: 'domain' | 'format', changes: Changes, complaints: Complaints): Method | undefined {
  const file = fileOf(key, changes, complaints)
  if (file === undefined) return undefined
  const scenarios = 'scenarios' in file ? file.scenarios : []
  const { guides } = file
  checkIds(key, changes, file, complaints)

  const out = new Set(changes.without)
  const keep = <T extends { readonly id: string }>(list: readonly T[]) => list.filter(({ id }) => !out.has(id))
  const told = (own: readonly string[] | undefined, list: readonly Guide[]) => own ?? keep(list).map(({ guide }) => guide)
  const dimensions = Object.entries(file.dimensions).filter(([name]) => !out.has(name) && (changes.dimensions?.includes(name) ?? true))
  const picked = changes.scenarios?.flatMap((id) => scenarios.find((one) => one.id === id) ?? []) ?? scenarios
  const starters = out.has(SCENARIO) ? [] : keep(picked)
  return {
    user: told(changes.user, guides.user),
    assistant: told(changes.assistant, guides.assistant),
    answer: dimensions.flatMap(([name, { answer }]) => (answer ? [name] : [])),
    dimensions: [...(starters.length > 0 ? [spec(SCENARIO, starters)] : []), ...dimensions.map(([name, { values }]) => spec(name, values))],
    checks: keep(file.checks),
    ...('rubric' in file ? { rubric: file.rubric } : {}),
  }
}

function spec(name: string, values: BroughtDimension['values']): DimensionSpec {
  return { name, values: values.map(({ id, guide = id, weight = 1 }) => ({ id, guide, weight })) }
}

function fileOf(key: 'domain' | 'format', { preset }: Changes, complaints: Complaints): DomainFile | FormatFile | undefined {
  try {
    return key === 'domain' ? readPreset('domains', preset) : readPreset('formats', preset)
  } catch (error) {
    if (!(error instanceof DatagenError)) throw error
    for (const { headline, facts, hint } of error.diagnostics) complaints.add('unknown-preset', [key], headline, { facts, hint })
    return undefined
  }
}

/** A name that is to be kept or left out must be there. */
function checkIds(key: 'domain' | 'format', changes: Changes, file: DomainFile | FormatFile, complaints: Complaints): void {
  const dimensions = Object.keys(file.dimensions)
  const scenarios = 'scenarios' in file ? file.scenarios.map(({ id }) => id) : []
  const everything = [
    ...dimensions,
    ...(scenarios.length > 0 ? [SCENARIO] : []),
    ...scenarios,
    ...[...file.guides.user, ...file.guides.assistant, ...file.checks].map(({ id }) => id),
  ]
  const check = (field: 'without' | 'dimensions' | 'scenarios', known: readonly string[], what: string) =>
    changes[field]?.forEach((id, i) => {
      if (!known.includes(id))
        complaints.unknown(
          'unknown-id',
          [key, field, i],
          `the ${key} "${file.name}" has no ${what} ${JSON.stringify(id)}`,
          id,
          known,
          'known',
        )
    })
  check('without', everything, 'part')
  check('dimensions', dimensions, 'dimension')
  check('scenarios', scenarios, 'scenario')
}
