/** Dimensions: presets expanded, values unique, weights usable, the product within bounds. */
import type { Config, Dimension, DimensionPreset, DocumentsDimension } from '../../schema/config.ts'
import { DatagenError } from '../util/diagnostic.ts'
import type { Complaints } from './complaints.ts'
import type { DimensionSpec } from './dataset.ts'
import { passageValues } from './documents/passages.ts'
import type { ConfigPath } from './locate.ts'
import { checkName, foldName } from './names.ts'
import { FORBIDDEN_NAMES } from './plain.ts'
import { presetDimension } from './presets.ts'

/**
 * The config's own first, then those brought by presets, so that bringing some leaves the order of rows as it was. `root`: where documents
 * are looked for.
 */
export function dimensionSpecs(config: Config, brought: readonly DimensionSpec[], complaints: Complaints, root: string): DimensionSpec[] {
  const own = Object.entries(config.dimensions ?? {}).map(([name, dimension]) => {
    const path = ['dimensions', name]
    checkName('dimension', name, path, complaints)
    return { name, values: valuesOf(name, written(dimension, path, complaints, root), path, complaints) }
  })
  const specs = [...own, ...brought.filter(({ name }) => own.every((one) => one.name !== name))]
  if (specs.length === 0)
    complaints.add('empty', ['dimensions'], 'there is no dimension', {
      hint: 'give at least one, with at least one value, or a `domain` that brings some',
    })
  return specs
}

function written(
  dimension: Dimension | DimensionPreset | DocumentsDimension,
  path: ConfigPath,
  complaints: Complaints,
  root: string,
): Dimension {
  if (Array.isArray(dimension)) return dimension
  if ('documents' in dimension) return passageValues(dimension.documents, [...path, 'documents'], root, complaints)
  return expand(dimension, path, complaints)
}

function valuesOf(name: string, values: Dimension, path: ConfigPath, complaints: Complaints): DimensionSpec['values'] {
  const seen = new Map<string, string>()
  const specs = values.map((value, i) => {
    const { id, guide = id, weight = 1 } = typeof value === 'string' ? { id: value } : value
    const at = [...path, i, ...(typeof value === 'string' ? [] : ['id'])]
    const folded = foldName(id)
    const twin = seen.get(folded)
    if (FORBIDDEN_NAMES.has(id)) complaints.add('forbidden-name', at, `the name "${id}" is not allowed`)
    if (id !== id.trim() || id === '' || /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(id))
      complaints.add('bad-name', at, `${JSON.stringify(id.slice(0, 80))} cannot be the id of a value`, {
        hint: 'an id has no control characters and no blanks at its ends',
      })
    if (twin !== undefined)
      complaints.add(
        'duplicate-value',
        at,
        `dimension "${name}" has the value "${id}" twice`,
        twin === id ? {} : { facts: [['first', twin]] },
      )
    seen.set(folded, id)
    return { id, guide, weight }
  })
  if (specs.length > 0 && specs.every(({ weight }) => weight === 0))
    complaints.add('zero-weights', path, `every weight in dimension "${name}" is 0`, {
      at: 'key',
      hint: 'give at least one value a weight above 0',
    })
  return specs
}

function expand({ preset, pick }: DimensionPreset, path: ConfigPath, complaints: Complaints): Dimension {
  try {
    return presetDimension(preset, pick)
  } catch (error) {
    if (!(error instanceof DatagenError)) throw error
    for (const { code, headline, facts, hint } of error.diagnostics)
      complaints.add(code.replace('config/', ''), [...path, code === 'config/unknown-preset' ? 'preset' : 'pick'], headline, {
        facts,
        hint,
      })
    return []
  }
}

export function grouped(n: bigint | number): string {
  return n.toLocaleString('en-US')
}
