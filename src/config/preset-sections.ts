/** A preset as headed lists, whatever its kind: what the terminal and the reference page both show. */
import { createRequire } from 'node:module'
import type { Turn, TurnAlternative, ValueDetail } from '../../schema/config.ts'
import type { BatchShape, BroughtDimension, Guide, Preset } from './presets.ts'

const require = createRequire(import.meta.url)

export interface Section {
  /** Empty for the only list of a preset. */
  readonly heading: string
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly id: string
  readonly text: string
  readonly example?: string
  /** Levels of a criterion and the like. */
  readonly parts?: readonly Entry[]
}

const HEADINGS: { readonly [field: string]: string } = {
  values: '',
  criteria: '',
  scenarios: 'scenarios to start with',
  checks: 'checks',
  batches: 'in this order',
  rubric: 'rubric',
}

/** In the order of the file. A field that is no list of guides is shown as YAML. */
export function sectionsOf(preset: Preset): Section[] {
  const { name: _name, title: _title, ...fields } = preset as Preset & { readonly [field: string]: unknown }
  return Object.entries(fields)
    .flatMap(([field, value]) => sections(field, value))
    .filter(({ entries }) => entries.length > 0)
}

function sections(field: string, value: unknown): Section[] {
  if (field === 'guides' && isSides(value))
    return [
      { heading: "told to whoever writes the user's side", entries: value.user.map(entry) },
      { heading: 'told to whoever answers', entries: value.assistant.map(entry) },
    ]
  if (field === 'dimensions' && isDimensions(value))
    return Object.entries(value).map(([name, { title, answer, values }]) => ({
      heading: `dimension ${name}: ${title}${answer ? ' (also told to whoever answers)' : ''}`,
      entries: values.map(entry),
    }))
  if (field === 'turns') return [{ heading: '', entries: (value as readonly Turn[]).map(turnEntry) }]
  const heading = HEADINGS[field] ?? field
  if (field === 'batches') return [{ heading, entries: (value as readonly BatchShape[]).map(batchEntry) }]
  if (isList(value)) return [{ heading, entries: value.map(entry) }]
  const { stringify } = require('yaml') as typeof import('yaml')
  const text = typeof value === 'string' ? value : stringify(value).trimEnd()
  return [{ heading: '', entries: [{ id: heading, text }] }]
}

/** Who speaks and what they do, or the ways it can go. */
function turnEntry({ id, by, intent, example, alternatives = [] }: Turn): Entry {
  return {
    id,
    text: intent === undefined ? `(${by}) One of these:` : `(${by}) ${intent}`,
    ...(example === undefined ? {} : { example }),
    ...(alternatives.length === 0
      ? {}
      : {
          parts: alternatives.map((one) => ({
            id: one.id,
            text: [one.intent, ...conditions(one)].join(' '),
            ...(one.example === undefined ? {} : { example: one.example }),
          })),
        }),
  }
}

function conditions({ weight, when }: TurnAlternative): string[] {
  const after = Object.entries(when ?? {}).map(([turn, ids]) => `only after ${turn} ${[ids].flat().join(' or ')}`)
  const all = [...(weight === undefined ? [] : [`weight ${weight}`]), ...after]
  return all.length === 0 ? [] : [`(${all.join('; ')})`]
}

type Listed = ValueDetail & {
  readonly check?: string
  readonly why?: string
  readonly pass?: string
  readonly levels?: readonly Guide[]
}

function entry(item: Listed): Entry {
  const { id, guide, example, weight, check, pass, levels } = item
  return {
    id,
    text: check === undefined ? `${guide ?? id}${weight === undefined ? '' : ` (weight ${weight})`}` : checkText(item),
    ...(example === undefined ? {} : { example }),
    ...(levels === undefined
      ? {}
      : { parts: levels.map((level) => ({ id: level.id, text: `${level.guide}${level.id === pass ? ' (passes from here)' : ''}` })) }),
  }
}

/** What a batch takes, in words. */
function batchEntry({ id, guide, share, where, per, gaps, avoid, remarks }: BatchShape): Entry {
  const cells = (where ?? []).map((match) =>
    Object.entries(match)
      .map(([dimension, ids]) => `${dimension} ${ids.join('/')}`)
      .join(' and '),
  )
  const rules = [
    ...(share === undefined ? [] : [`${Math.round(share * 100)} % of the size`]),
    ...(per ? [`one cell for each ${per.join(' × ')}`] : []),
    ...(cells.length > 0 ? [`cells with ${cells.join(', or ')}`] : []),
    ...(gaps ? ['cells that fill measured gaps'] : []),
    ...(avoid ? ['prompts see how earlier rows begin'] : []),
    ...(remarks ? ["prompts see reviewers' reasons"] : []),
  ]
  return { id, text: `${guide} (${rules.join('; ')})` }
}

/** `why` in words, then the rule as the config would have it. */
function checkText({ id: _id, why, guide: _guide, example: _example, ...rule }: Listed): string {
  const { check, severity = 'reject', ...rest } = rule as { readonly [key: string]: unknown }
  const bounds = Object.entries(rest).map(([key, value]) => `${key} ${[value].flat().join(', ')}`)
  return `${severity === 'warn' ? 'Warns of' : 'Rejects'} ${why}. (${[check, ...bounds].join('; ')})`
}

function isList(value: unknown): value is readonly Listed[] {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'object' && item !== null && 'id' in item && ('guide' in item || 'check' in item))
  )
}

function isSides(value: unknown): value is { readonly user: readonly Guide[]; readonly assistant: readonly Guide[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    isList((value as { user?: unknown }).user) &&
    isList((value as { assistant?: unknown }).assistant)
  )
}

function isDimensions(value: unknown): value is { readonly [name: string]: BroughtDimension } {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((one) => isList((one as BroughtDimension | null)?.values))
  )
}
