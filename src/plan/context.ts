/** What prompts and functions of the config see for one item: guarded, so that a misspelled name is an error. */
import type { StepContext } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import type { DimensionSpec } from '../config/dataset.ts'
import { guard } from '../config/guard.ts'
import { valuesAt } from './cells.ts'
import type { Lessons } from './expansion.ts'

const NOTHING: readonly string[] = []

/** `values` is shared, not copied: results of later steps appear in it as they become known. */
export function contextOf(
  dimensions: readonly DimensionSpec[],
  row: number,
  sample: number,
  values: Record<string, Json>,
  lessons?: Lessons,
): StepContext {
  // As in `guardedValues`: no tables.
  const cell = { __proto__: null } as unknown as Record<string, string>
  const guide = { __proto__: null } as unknown as Record<string, string>
  const at = valuesAt(dimensions, row)
  for (let d = 0; d < dimensions.length; d++) {
    const { name } = dimensions[d] as DimensionSpec
    const value = at[d] as DimensionSpec['values'][number]
    cell[name] = value.id
    guide[name] = value.guide
  }
  return {
    cell: guard(cell, 'dimension'),
    guide: guard(guide, 'dimension'),
    steps: guard(values, 'step'),
    sample,
    covered: lessons?.covered(row) ?? NOTHING,
    remarks: lessons?.remarks ?? NOTHING,
  }
}
