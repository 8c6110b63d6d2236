/**
 * Which draw of a request each item holds. Items whose first asked request is unique draw by their sample;
 * items that render the same request share its draws out, each keeping the ordinal it already holds.
 */
import type { AskSpec, RecipeSpec } from '../config/dataset.ts'
import { isConfigProblem } from '../config/guard.ts'
import { type Identified, identify } from '../key/key.ts'
import type { Digest } from '../util/brand.ts'
import { cellName } from './cells.ts'
import { contextOf } from './context.ts'
import { DigestTable } from './digest-table.ts'
import { type Item, itemAt, itemsOf, type Plan } from './plan.ts'
import { askRequest } from './render.ts'

/** A draw that was bought, and by whom. */
export interface HeldDraw {
  readonly ordinal: number
  /** `cellName` of the buyer. */
  readonly cell: string
  readonly sample: number
}

/** What the store remembers of draws. */
export interface HeldDraws {
  draws(request: Digest): readonly HeldDraw[]
  /** Draws whose ordinal is not their buyer's sample: usually none. */
  displaced(): readonly (HeldDraw & { readonly request: Digest })[]
}

export interface Ordinals {
  /** By item index. */
  readonly of: Uint32Array
  /** Groups of different cells that render one request, for a warning. */
  readonly equal: readonly (readonly number[])[]
}

/** The recipe's first step that needs an answer, if a model gives it; later steps inherit its ordinal. */
export function firstAsk(recipe: RecipeSpec): AskSpec | undefined {
  const first = recipe.steps.find((step) => step.kind !== 'derive')
  return first?.kind === 'ask' ? first : undefined
}

/**
 * Later steps need no ordinals of their own: they inherit the item's. Two items that reach one later request by
 * different ways then share its answer, whoever comes first, so completion order never shows in an output.
 */
export function ordinalsOf(plan: Plan, held: HeldDraws): Ordinals {
  const of = new Uint32Array(plan.items)
  for (const batch of plan.batches) for (const item of itemsOf(batch)) of[item.index] = item.sample
  const step = firstAsk(plan.dataset.recipe)
  if (!step) return { of, equal: [] }

  const table = new DigestTable(plan.items)
  const groups = new Map<number, number[]>()
  const displaced = new Set(held.displaced().map((draw) => draw.request))
  const equal: number[][] = []
  const sticky = new Map<number, Digest>()
  for (const batch of plan.batches) {
    for (const item of itemsOf(batch)) {
      const digest = firstRequest(plan, item, step)?.digest
      if (digest === undefined) continue
      const leader = table.add(digest, item.index)
      if (displaced.has(digest)) sticky.set(leader, digest)
      if (leader === item.index) continue
      // Samples of one cell are told apart by their ordinals; only another cell makes a group of it.
      if (!groups.has(leader) && !displaced.has(digest) && rowOf(plan, leader) === item.row) continue
      const group = groups.get(leader) ?? samplesOf(plan, leader, step, digest)
      // Indexes ascend, so what is not behind the last is in already.
      if (item.index > (group.at(-1) as number)) group.push(item.index)
      groups.set(leader, group)
      sticky.set(leader, digest)
    }
  }
  for (const [leader, digest] of sticky) {
    const group = groups.get(leader) ?? samplesOf(plan, leader, step, digest)
    const items = group.map((index) => itemAt(plan, index))
    const alone = items.every((item) => item.row === items[0]?.row)
    if (!alone) equal.push(group)
    if (!alone || displaced.has(digest)) assign(plan, items, held.draws(digest), of)
  }
  return { of, equal }
}

/**
 * Derived values before the first asked step are computed here; they see no answers. Undefined for an item that
 * cannot be asked for: it will be rejected when it is resolved.
 */
function firstRequest(plan: Plan, item: Item, step: AskSpec): Identified | undefined {
  const values = Object.create(null)
  const context = contextOf(plan.dimensions, item.row, item.sample, values)
  for (const earlier of plan.dataset.recipe.steps) {
    if (earlier === step) break
    if (earlier.kind !== 'derive') continue
    try {
      values[earlier.name] = earlier.derive(context)
    } catch (error) {
      if (isConfigProblem(error)) throw error
      return undefined
    }
  }
  // Without earlier values, whatever goes wrong is the config's fault and is said at once.
  const depends = plan.dataset.recipe.steps[0] !== step
  try {
    return identify(askRequest(step, context))
  } catch (error) {
    if (!depends || isConfigProblem(error)) throw error
    return undefined
  }
}

function rowOf(plan: Plan, index: number): number {
  return itemAt(plan, index).row
}

/** An item and the later samples of its cell that render the same request. */
function samplesOf(plan: Plan, leader: number, step: AskSpec, digest: Digest): number[] {
  const { batch, sample } = itemAt(plan, leader)
  const all = Array.from({ length: batch.spec.samples - sample }, (_, i) => leader + i)
  return all.filter((index) => firstRequest(plan, itemAt(plan, index), step)?.digest === digest)
}

function assign(plan: Plan, items: readonly Item[], draws: readonly HeldDraw[], of: Uint32Array): void {
  // A cell may hold several: it keeps the first that no item before it holds.
  const holders = new Map<string, number[]>()
  for (const { cell, sample, ordinal } of draws) {
    const held = holders.get(`${cell}#${sample}`) ?? []
    holders.set(
      `${cell}#${sample}`,
      [...held, ordinal].sort((a, b) => a - b),
    )
  }
  const taken = new Set<number>()
  const waiting: Item[] = []
  for (const item of items) {
    const held = holders.get(`${cellName(plan.dimensions, item.row)}#${item.sample}`)
    const ordinal = held?.find((draw) => !taken.has(draw))
    if (ordinal === undefined) waiting.push(item)
    else {
      of[item.index] = ordinal
      taken.add(ordinal)
    }
  }
  let next = 0
  for (const item of waiting) {
    while (taken.has(next)) next++
    of[item.index] = next
    taken.add(next)
  }
}
