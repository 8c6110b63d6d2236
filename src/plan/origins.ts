/** Which items of a plan an earlier plan had already, with nothing about them changed: found by comparing columns, not by asking. */
import type { Outline, OutlineDimension, PlannedBatchRows, PlannedRows } from './outline.ts'
import { haveSameItems } from './outline.ts'
import { placeOf } from './place.ts'
import type { Plan, PlanBatch } from './plan.ts'

export interface Origins {
  /** By item: the index it had before, or -1 for one that is new or changed. Undefined: the same index for all. */
  readonly of: Int32Array | undefined
  /** Items that are new or changed, ascending. */
  readonly changed: Uint32Array
  /** Where only guides changed: for each of `changed`, the dimensions in which its own did, one bit each. */
  readonly edits?: Uint32Array
}

/**
 * Undefined when nothing can be said: another definition, or other dimensions. An item is the same when its cell has the
 * same values with the same guides and it is the same sample; batches do not matter.
 */
export function originsOf(plan: Plan, now: Outline, before: Outline, held: PlannedRows): Origins | undefined {
  if (now.definition !== before.definition) return undefined
  if (!now.dimensions.every(({ name }, d) => before.dimensions[d]?.name === name)) return undefined
  if (now.dimensions.length !== before.dimensions.length) return undefined
  const inPlace = haveSameItems(now, before) && haveSameRows(plan, held)
  return inPlace ? samePlaces(plan, now, before, held) : otherPlaces(plan, now, before, held)
}

/** Which items batches that wait for others have is not in the outline. */
function haveSameRows({ batches }: Plan, held: PlannedRows): boolean {
  return (
    batches.length === held.batches.length &&
    batches.every(({ spec, rows, draws, first }, b) => {
      const other = held.batches[b] as PlannedBatchRows
      return (
        spec.name === other.name &&
        spec.samples === other.samples &&
        first === other.first &&
        areEqual(rows, other.rows) &&
        areEqual(draws, other.draws)
      )
    })
  )
}

function areEqual(one: Uint32Array | Uint16Array | undefined, two: Uint32Array | Uint16Array | undefined): boolean {
  if (one === two) return true
  if (one?.length !== two?.length) return false
  for (let at = 0; at < (one?.length ?? 0); at++) if (one?.[at] !== two?.[at]) return false
  return true
}

function samePlaces(plan: Plan, now: Outline, before: Outline, held: PlannedRows): Origins {
  const dimensions = changedValues(now, before)
  const changed: number[] = []
  const edits: number[] = []
  for (const [b, batch] of plan.batches.entries()) {
    const taught = !haveSameLessons(batch, held.batches[b])
    if (dimensions.length === 0 && !taught) continue
    const draws = drawsOf(batch)
    for (let cell = 0; cell < batch.rows.length; cell++) {
      const edit = editOf(dimensions, batch.rows[cell] as number)
      if (edit === 0 && !taught) continue
      for (let draw = 0; draw < draws; draw++) {
        changed.push(batch.first + cell * draws + draw)
        edits.push(edit)
      }
    }
  }
  return { of: undefined, changed: Uint32Array.from(changed), edits: Uint32Array.from(edits) }
}

/** Items to each of a batch's rows. */
function drawsOf({ draws, spec }: PlanBatch): number {
  return draws ? 1 : spec.samples
}

function haveSameLessons({ lessons }: PlanBatch, held: PlannedBatchRows | undefined): boolean {
  return (lessons?.digest ?? '') === (held?.lessons ?? '')
}

function editOf(dimensions: readonly ChangedDimension[], row: number): number {
  let edit = 0
  for (let d = 0; d < dimensions.length; d++) {
    const { stride, changed, bit } = dimensions[d] as ChangedDimension
    if (changed[Math.floor(row / stride) % changed.length] === 1) edit |= bit
  }
  return edit
}

interface ChangedDimension {
  readonly stride: number
  /** 1 for each value whose guide is another. */
  readonly changed: Uint8Array
  /** Dimensions beyond the 31st share theirs: a bit tells edits apart, and nothing depends on it. */
  readonly bit: number
}

/** Dimensions with an edited guide: which of their values, and how rows step through them. */
function changedValues(now: Outline, before: Outline): ChangedDimension[] {
  const found: ChangedDimension[] = []
  let stride = 1
  for (let d = now.dimensions.length - 1; d >= 0; d--) {
    const { values } = now.dimensions[d] as OutlineDimension
    const old = (before.dimensions[d] as OutlineDimension).values
    const changed = Uint8Array.from(values, ({ guide }, v) => (guide === old[v]?.guide ? 0 : 1))
    if (changed.includes(1)) found.push({ stride, changed, bit: 1 << Math.min(d, 30) })
    stride *= values.length
  }
  return found
}

/** Values came, went or changed places: each cell is looked for by its coordinates. */
function otherPlaces(plan: Plan, now: Outline, before: Outline, held: PlannedRows): Origins {
  const of = new Int32Array(plan.items).fill(-1)
  const translate = translator(now, before)
  const changed: number[] = []
  for (const batch of plan.batches) {
    const likely = held.batches.filter((other) => haveSameLessons(batch, other))
    const draws = drawsOf(batch)
    for (let cell = 0; cell < batch.rows.length; cell++) {
      const row = translate(batch.rows[cell] as number)
      for (let draw = 0; draw < draws; draw++) {
        const item = batch.first + cell * draws + draw
        const before = findItem(likely, row, batch.draws ? (batch.draws[cell] as number) : draw)
        if (before >= 0) of[item] = before
        else changed.push(item)
      }
    }
  }
  return { of, changed: Uint32Array.from(changed) }
}

/** From a row of the new product to that of the old one, or -1. */
function translator(now: Outline, before: Outline): (row: number) => number {
  let stride = 1
  const steps: { readonly size: number; readonly stride: number; readonly to: Int32Array }[] = []
  for (let d = now.dimensions.length - 1; d >= 0; d--) {
    const { values } = now.dimensions[d] as OutlineDimension
    const old = (before.dimensions[d] as OutlineDimension).values
    const places = new Map(old.map(({ id, guide }, v) => [`${guide} ${id}`, v]))
    steps.push({ size: values.length, stride, to: Int32Array.from(values, ({ id, guide }) => places.get(`${guide} ${id}`) ?? -1) })
    stride *= old.length
  }
  return (row) => {
    let rest = row
    let old = 0
    for (const step of steps) {
      const value = step.to[rest % step.size] as number
      if (value < 0) return -1
      old += value * step.stride
      rest = Math.floor(rest / step.size)
    }
    return old
  }
}

/** The item of a row's draw, or -1. */
function findItem(batches: readonly PlannedBatchRows[], row: number, draw: number): number {
  if (row < 0) return -1
  for (const batch of batches) {
    const item = placeOf(batch, batch.samples, row, draw)
    if (item >= 0) return item
  }
  return -1
}
