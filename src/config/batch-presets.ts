/** Ready-made batches: data in `presets/batches`, fitted to a dataset's dimensions and to the size that is wanted. */
import type { Batch, Batches, BatchesPreset, CellMatch } from '../../schema/config.ts'
import type { DimensionSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { type BatchShape, readPreset } from './presets.ts'

const DEFAULT_SIZE = 100

export interface ExpandedBatches {
  readonly batches: Batches
  /** Where a batch stands in the config. */
  readonly pathOf: (name: string) => ConfigPath
}

export function expandBatches(given: Batches | BatchesPreset, dimensions: readonly DimensionSpec[]): ExpandedBatches {
  if (!isPreset(given)) return { batches: given, pathOf: (name) => ['batches', name] }
  const { size = DEFAULT_SIZE, override = {} } = given
  const made = readPreset('batches', given.preset).batches.map((batch): [string, Batch] => [batch.id, fitted(batch, size, dimensions)])
  const batches: Record<string, Batch> = Object.fromEntries(made)
  for (const [name, change] of Object.entries(override)) batches[name] = { ...batches[name], ...change }
  return { batches, pathOf: (name) => (Object.hasOwn(override, name) ? ['batches', 'override', name] : ['batches']) }
}

function isPreset(given: Batches | BatchesPreset): given is BatchesPreset {
  return typeof given['preset'] === 'string'
}

function fitted({ id: _, guide: __, share, where, per, ...rest }: BatchShape, size: number, dimensions: readonly DimensionSpec[]): Batch {
  const matches = (where ?? []).flatMap((match) => known(match, dimensions))
  const combined = per?.filter((name) => dimensions.some((dimension) => dimension.name === name))
  return {
    ...(share === undefined ? {} : { size: Math.max(1, Math.round(share * size)) }),
    ...(matches.length > 0 ? { where: matches } : {}),
    ...(combined && combined.length > 0 ? { per: combined } : {}),
    ...(rest.gaps ? { gaps: true as const } : {}),
    ...(rest.avoid ? { avoid: true as const } : {}),
    ...(rest.remarks ? { remarks: true } : {}),
  }
}

/** What of a match the dataset can answer; nothing when that is nothing, for a match without conditions would mean every cell. */
function known(match: { readonly [dimension: string]: readonly string[] }, dimensions: readonly DimensionSpec[]): CellMatch[] {
  const conditions = Object.entries(match).flatMap(([name, wanted]) => {
    const dimension = dimensions.find((one) => one.name === name)
    const ids = wanted.filter((id) => dimension?.values.some((value) => value.id === id))
    return ids.length > 0 ? [[name, ids] as const] : []
  })
  return conditions.length > 0 ? [Object.fromEntries(conditions)] : []
}
