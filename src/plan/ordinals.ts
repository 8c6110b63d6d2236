/**
 * Which draw of a request each item holds. Items whose first asked request is unique draw by their sample;
 * items that render the same request share its draws out, each keeping the ordinal it already holds.
 */
import type { AskSpec, RecipeSpec } from '../config/dataset.ts'
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
      const { digest } = firstRequest(plan, item, step)
      const leader = table.add(digest, item.index)
      if (displaced.has(digest)) sticky.set(leader, digest)
      if (leader === item.index) continue
      const group = groups.get(leader)
      if (group) group.push(item.index)
      else groups.set(leader, [leader, item.index])
      sticky.set(leader, digest)
    }
  }
  for (const [leader, digest] of sticky) {
    const group = groups.get(leader) ?? [leader]
    const items = group.map((index) => itemAt(plan, index))
    const alone = items.every((item) => item.row === items[0]?.row)
    if (!alone) equal.push(group)
    if (!alone || displaced.has(digest)) assign(plan, items, held.draws(digest), of)
  }
  return { of, equal }
}

/** Derived values before the first asked step are computed here; they see no answers. */
function firstRequest(plan: Plan, item: Item, step: AskSpec): Identified {
  const values = Object.create(null)
  const context = contextOf(plan.dimensions, item.row, item.sample, values)
  for (const earlier of plan.dataset.recipe.steps) {
    if (earlier === step) break
    if (earlier.kind !== 'derive') continue
    try {
      values[earlier.name] = earlier.derive(context)
    } catch {
      values[earlier.name] = null // The item will be rejected for it when it is resolved.
    }
  }
  return identify(askRequest(step, context))
}

function assign(plan: Plan, items: readonly Item[], draws: readonly HeldDraw[], of: Uint32Array): void {
  const holders = new Map<string, number>()
  for (const draw of draws) {
    const holder = `${draw.cell}#${draw.sample}`
    holders.set(holder, Math.min(draw.ordinal, holders.get(holder) ?? draw.ordinal))
  }
  const taken = new Set<number>()
  const waiting: Item[] = []
  for (const item of items) {
    const ordinal = holders.get(`${cellName(plan.dimensions, item.row)}#${item.sample}`)
    if (ordinal === undefined || taken.has(ordinal)) waiting.push(item)
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
