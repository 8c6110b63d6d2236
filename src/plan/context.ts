/** What prompts and functions of the config see for one item: guarded, so that a misspelled name is an error. */
import type { StepContext } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import type { DimensionSpec } from '../config/dataset.ts'
import { guard } from '../config/guard.ts'
import { coordinates } from './cells.ts'

/** `values` is shared, not copied: results of later steps appear in it as they become known. */
export function contextOf(dimensions: readonly DimensionSpec[], row: number, sample: number, values: Record<string, Json>): StepContext {
  const cell: Record<string, string> = Object.create(null)
  const guide: Record<string, string> = Object.create(null)
  for (const value of coordinates(dimensions, row)) {
    cell[value.name] = value.id
    guide[value.name] = value.guide
  }
  return { cell: guard(cell, 'dimension'), guide: guard(guide, 'dimension'), steps: guard(values, 'step'), sample }
}
