/** How a batch chooses its cells: by covering combinations of values, or by quota. */
import type { Batch, Parts } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { BatchSpec, DimensionSpec, QuotaSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'

export function selection(
  { select = 'full', quota, size }: Batch,
  dimensions: readonly DimensionSpec[],
  path: ConfigPath,
  complaints: Complaints,
): Pick<BatchSpec, 'strength' | 'quota'> {
  const strength = select === 'full' ? undefined : select === 'pairwise' ? 2 : select.tWay
  if (quota === undefined) return strength === undefined ? {} : { strength }
  const at = [...path, 'quota']
  if (strength !== undefined)
    complaints.add('select-and-quota', at, 'a batch chooses its cells by "quota" or by "select", not by both', {
      at: 'key',
      hint: 'make two batches: one that covers, and one that fills the quota',
    })
  if (size === undefined)
    complaints.add('quota-without-size', at, '"quota" says in which shares, but no "size" says how many', {
      at: 'key',
      hint: 'give the batch a size, such as `size: 100`',
    })
  if (Object.keys(quota).length === 0) complaints.add('empty', at, '"quota" names no dimension')
  return { quota: Object.entries(quota).flatMap(([name, parts]) => quotaOf(name, parts, dimensions, [...at, name], complaints) ?? []) }
}

function quotaOf(
  name: string,
  parts: Parts,
  dimensions: readonly DimensionSpec[],
  path: ConfigPath,
  complaints: Complaints,
): QuotaSpec | undefined {
  const dimension = dimensions.find((one) => one.name === name)
  if (dimension === undefined) {
    const known = dimensions.map((one) => one.name)
    return complaints.unknown('unknown-dimension', path, `there is no dimension "${name}"`, name, known, 'dimensions', 'key')
  }
  const ids = dimension.values.map(({ id }) => id)
  const strangers = Object.keys(parts).filter((id) => !ids.includes(id))
  for (const id of strangers)
    complaints.unknown('unknown-value', [...path, id], `dimension "${name}" has no value "${id}"`, id, ids, 'values', 'key')
  for (const [id, part] of Object.entries(parts))
    if (!(part >= 0 && part < Number.POSITIVE_INFINITY))
      complaints.add('bad-part', [...path, id], `the part of "${id}" is ${part}`, { hint: 'a part is 0 or more' })
  const forgotten = ids.filter((id) => !Object.hasOwn(parts, id))
  // A stranger is most likely the forgotten value, misspelled.
  if (forgotten.length > 0 && strangers.length === 0)
    complaints.add('quota-leaves-out', path, `the quota for "${name}" does not say how much "${forgotten[0]}" gets`, {
      at: 'key',
      ...(forgotten.length > 1 ? { facts: [['missing', forgotten.join(', ')]] } : {}),
      hint: 'give every value its part; 0 leaves a value out',
    })
  else if (strangers.length === 0 && ids.every((id) => parts[id] === 0))
    complaints.add('zero-weights', path, `every part in the quota for "${name}" is 0`, {
      at: 'key',
      hint: 'give at least one value a part above 0',
    })
  return { dimension: name, parts: new Map(ids.map((id) => [id, parts[id] ?? 0])) }
}
