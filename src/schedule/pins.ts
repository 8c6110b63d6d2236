/** Edits as the plan's items: where a person's words take the place of what a recipe makes. */
import { placeOf } from '../plan/place.ts'
import type { Plan } from '../plan/plan.ts'
import type { Pin, Reviews } from '../review/reviews.ts'
import type { Coordinates } from '../review/verdict.ts'

/** In order of items; edits of cells that are not planned are missing. */
export function pinsOf(plan: Plan, reviews: Reviews): ReadonlyMap<number, Pin> {
  const found = [...reviews.pins.values()].flatMap((pin): [number, Pin][] => {
    const item = itemOf(plan, pin.edit.cell, pin.edit.sample)
    return item === undefined ? [] : [[item, pin]]
  })
  return new Map(found.sort(([a], [b]) => a - b))
}

/** Index of a cell's sample, if it is planned: found by arithmetic, not by looking through the plan. */
export function itemOf({ dimensions, batches }: Plan, cell: Coordinates, sample: number): number | undefined {
  if (Object.keys(cell).length !== dimensions.length) return undefined
  let row = 0
  for (const { name, values } of dimensions) {
    const at = Object.hasOwn(cell, name) ? values.findIndex(({ id }) => id === cell[name]) : -1
    if (at < 0) return undefined
    row = row * values.length + at
  }
  for (const batch of batches) {
    const item = placeOf(batch, batch.spec.samples, row, sample)
    if (item >= 0) return item
  }
  return undefined
}
