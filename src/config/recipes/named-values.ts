/** A recipe's list of named ways to do something: names of a preset's values, values of one's own, or all of the preset. */
import type { ValueDetail } from '../../../schema/config.ts'
import type { Complaints } from '../complaints.ts'
import type { ConfigPath } from '../locate.ts'

/** A bare name must be one of the preset's; a value with a guide may be anything. Complains about what is neither. */
export function namedValues(
  given: readonly (string | ValueDetail)[] | undefined,
  path: ConfigPath,
  preset: readonly ValueDetail[],
  what: string,
  complaints: Complaints,
): readonly ValueDetail[] {
  if (given === undefined) return preset
  const seen = new Set<string>()
  return given.flatMap((value, i) => {
    const id = typeof value === 'string' ? value : value.id
    if (seen.has(id)) complaints.add('duplicate-value', [...path, i], `the ${what} "${id}" is there twice`)
    seen.add(id)
    const known = preset.find((one) => one.id === id)
    if (typeof value !== 'string') return [{ ...(known ?? {}), ...value }]
    if (known) return [known]
    const ids = preset.map((one) => one.id)
    complaints.unknown('unknown-value', [...path, i], `there is no ready-made ${what} "${id}"`, id, ids, 'known')
    return []
  })
}
