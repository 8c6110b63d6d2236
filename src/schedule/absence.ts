/** Why a plan has no row for a cell's sample that another plan has: the first difference that excludes it. */
import type { DimensionSpec } from '../config/dataset.ts'
import { coordinates, guardedValues } from '../plan/cells.ts'
import { type Item, itemAt, itemsOf, type Plan } from '../plan/plan.ts'
import { weightOf } from '../plan/select.ts'

/** Finds the items of one plan in another, by coordinates and sample. */
export class Counterparts {
  readonly #from: Plan
  readonly #to: Plan
  /** Of each dimension of `to`: where it stands in `from`, and the places of its values by id. */
  readonly #dimensions: readonly { readonly at: number; readonly values: ReadonlyMap<string, number> }[]
  /** First item of each row of `to`, plus 1; 0 where it has none. */
  readonly #items: Uint32Array
  /** Further draws that batches which wait for others have of a row. */
  readonly #draws = new Map<string, Item>()

  constructor(from: Plan, to: Plan) {
    this.#from = from
    this.#to = to
    this.#dimensions = to.dimensions.map(({ name, values }) => ({
      at: from.dimensions.findIndex((dimension) => dimension.name === name),
      values: new Map(values.map(({ id }, i) => [id, i])),
    }))
    this.#items = new Uint32Array(to.dimensions.reduce((n, { values }) => n * values.length, 1))
    for (const batch of to.batches) {
      for (const item of itemsOf(batch)) {
        if (this.#items[item.row] === 0) this.#items[item.row] = item.index + 1
        else if (batch.draws) this.#draws.set(`${item.row}#${item.sample}`, item)
      }
    }
  }

  find(item: Item): Item | undefined {
    const row = this.rowOf(item)
    const first = row === undefined ? 0 : (this.#items[row] as number)
    if (first === 0) return undefined
    const found = itemAt(this.#to, first - 1)
    const { draws, spec } = found.batch
    if (!draws && item.sample < spec.samples) return itemAt(this.#to, first - 1 + item.sample)
    return found.sample === item.sample ? found : this.#draws.get(`${row}#${item.sample}`)
  }

  /** Number of the item's row in the full product of `to`, planned or not. */
  rowOf({ row }: Item): number | undefined {
    if (this.#from.dimensions.length !== this.#dimensions.length) return undefined
    const values = coordinates(this.#from.dimensions, row)
    let number = 0
    for (const { at, values: places } of this.#dimensions) {
      const place = places.get(values[at]?.id ?? '')
      if (at < 0 || place === undefined) return undefined
      number = number * places.size + place
    }
    return number
  }

  /** `added`: `from` is the later plan, so the words tell why the row is there now; `dropped`: why it no longer is. */
  whyAbsent(item: Item, change: 'added' | 'dropped'): string {
    const added = change === 'added'
    const { dataset, dimensions, batches } = this.#to
    const names = (all: readonly DimensionSpec[], others: readonly DimensionSpec[]) =>
      all.filter(({ name }) => !others.some((other) => other.name === name)).map(({ name }) => `"${name}"`)
    const [own, other] = [names(this.#from.dimensions, dimensions), names(dimensions, this.#from.dimensions)]
    const [fresh, gone] = added ? [own, other] : [other, own]
    if (fresh.length > 0) return `new dimension ${fresh.join(', ')}`
    if (gone.length > 0) return `dimension ${gone.join(', ')} is gone`
    const row = this.rowOf(item)
    if (row === undefined) return this.#strangeValues(item, added)
    const values = guardedValues(dimensions, row)
    if (!dataset.constraints.every((allows) => allows(values))) return added ? 'no longer excluded by where' : 'excluded by where'
    if ((this.#items[row] as number) > 0) return added ? 'further sample' : 'fewer samples'
    const wanting = batches.filter(({ spec }) => !spec.where || spec.where(values))
    if (wanting.length === 0) return added ? 'a batch takes it now' : 'no batch takes it any more'
    if (weightOf(dimensions, row) === 0) return added ? 'its weight is no longer 0' : 'its weight is 0 now'
    return added ? 'selected now (size)' : 'no longer selected (size)'
  }

  #strangeValues({ row }: Item, added: boolean): string {
    const strange = coordinates(this.#from.dimensions, row).filter(({ name, id }) => {
      const dimension = this.#to.dimensions.find((candidate) => candidate.name === name)
      return !dimension?.values.some((value) => value.id === id)
    })
    return strange
      .map(({ name, id }) => (added ? `new value "${id}" of dimension ${name}` : `value "${id}" of dimension ${name} is gone`))
      .join(', ')
  }
}
