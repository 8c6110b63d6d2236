/** A plan's outline: what decides which items there are and what each of them means, in a form that outlives the process. */
import type { Dataset } from '../config/dataset.ts'
import { digestOf } from '../key/key.ts'

export interface Outline {
  /** Digest of everything the config's functions and its other data depend on. */
  readonly definition: string
  readonly dimensions: readonly OutlineDimension[]
}

export interface OutlineDimension {
  readonly name: string
  readonly values: readonly OutlineValue[]
}

interface OutlineValue {
  readonly id: string
  readonly weight: number
  /** Short digest of the guide. */
  readonly guide: string
}

/** The rows an earlier plan had, as its outline alone cannot tell them. */
export interface PlannedRows {
  readonly batches: readonly PlannedBatchRows[]
}

export interface PlannedBatchRows {
  readonly name: string
  readonly first: number
  readonly samples: number
  readonly rows: Uint32Array
  /** As of a `PlanBatch`. */
  readonly draws?: Uint16Array
  /** Digest of what its prompts saw of the batches before it; left out, nothing. */
  readonly lessons?: string
}

const GUIDE_DIGITS = 16

export function outlineOf({ dimensions }: Dataset, definition: string): Outline {
  return {
    definition,
    dimensions: dimensions.map(({ name, values }) => ({
      name,
      values: values.map(({ id, guide, weight }) => ({ id, weight, guide: digestOf(guide).slice(0, GUIDE_DIGITS) })),
    })),
  }
}

/**
 * Whether two outlines lead to the same items in the same places, those of batches that wait for others aside: then at most their
 * guides differ.
 */
export function haveSameItems(one: Outline, two: Outline): boolean {
  return (
    one.definition === two.definition &&
    one.dimensions.length === two.dimensions.length &&
    one.dimensions.every(({ name, values }, d) => {
      const other = two.dimensions[d] as OutlineDimension
      return (
        name === other.name &&
        values.length === other.values.length &&
        values.every(({ id, weight }, v) => id === other.values[v]?.id && weight === other.values[v]?.weight)
      )
    })
  )
}
