/**
 * Which draw of a request each item holds. Items whose first request of their own is unique draw by their sample;
 * items that render the same request share its draws out, each keeping the ordinal it already holds.
 */
import type { Digest } from '../util/brand.ts'
import { cellName } from './cells.ts'
import { DigestTable } from './digest-table.ts'
import { type Fingerprints, firstRequest, hasFirstAsk, highWord, lowWord } from './fingerprints.ts'
import { type Item, itemAt, type Plan } from './plan.ts'

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

/**
 * Later steps need no ordinals of their own: they inherit the item's. Two items that reach one later request by
 * different ways then share its answer, whoever comes first, so completion order never shows in an output.
 */
export function ordinalsOf(plan: Plan, held: HeldDraws, fingerprints: Fingerprints): Ordinals {
  const of = samplesAsOrdinals(plan)
  if (!hasFirstAsk(plan.dataset.recipe)) return { of, equal: [] }

  const { high, low } = fingerprints
  const table = new DigestTable(plan.items)
  const groups = new Map<number, number[]>()
  const displaced = new Set(held.displaced().map(({ request }) => words(highWord(request), lowWord(request))))
  const isDisplaced = (item: number) => displaced.size > 0 && displaced.has(words(high[item] as number, low[item] as number))
  const sticky = new Set<number>()
  for (const batch of plan.batches) {
    for (let index = batch.first; index < batch.first + batch.items; index++) {
      if (high[index] === 0 && low[index] === 0) continue
      const leader = table.addWords(high[index] as number, low[index] as number, index)
      if (isDisplaced(index)) sticky.add(leader)
      if (leader === index) continue
      // Samples of one cell are told apart by their ordinals; only another cell makes a group of it.
      const sameCell = leader >= batch.first && itemAt(plan, leader).row === itemAt(plan, index).row
      if (sameCell && !groups.has(leader) && !isDisplaced(index)) continue
      const group = groups.get(leader) ?? samplesOf(plan, leader, fingerprints)
      // Indexes ascend, so what is not behind the last is in already.
      if (index > (group.at(-1) as number)) group.push(index)
      groups.set(leader, group)
      sticky.add(leader)
    }
  }
  const equal: number[][] = []
  for (const leader of sticky) {
    const group = groups.get(leader) ?? samplesOf(plan, leader, fingerprints)
    const items = group.map((index) => itemAt(plan, index))
    const alone = items.every((item) => item.row === items[0]?.row)
    if (!alone) equal.push(group)
    if (!alone || isDisplaced(leader)) assign(plan, items, drawsOf(plan, held, items[0] as Item), of)
  }
  return { of, equal }
}

/**
 * The same with less work, for a plan whose items had the ordinals of their samples before and of which only `changed` have
 * another request now. Undefined when any of those meets another item's request: then everything must be looked at.
 */
export function unmovedOrdinals(plan: Plan, held: HeldDraws, { high, low }: Fingerprints, changed: Uint32Array): Ordinals | undefined {
  if (!hasFirstAsk(plan.dataset.recipe)) return { of: samplesAsOrdinals(plan), equal: [] }
  if (held.displaced().length > 0) return undefined
  const table = new DigestTable(changed.length)
  // Most requests meet none of the changed ones, and a byte in a small table says so.
  const near = new Uint8Array(NEAR + 1)
  const isChanged = new Uint8Array(plan.items)
  for (const index of changed) {
    isChanged[index] = 1
    if (high[index] === 0 && low[index] === 0) continue
    near[(low[index] as number) & NEAR] = 1
    const twin = table.addWords(high[index] as number, low[index] as number, index)
    if (twin !== index && itemAt(plan, twin).row !== itemAt(plan, index).row) return undefined
  }
  if (changed.length > 0) {
    for (let index = 0; index < plan.items; index++) {
      if (
        near[(low[index] as number) & NEAR] === 1 &&
        isChanged[index] === 0 &&
        table.find(high[index] as number, low[index] as number) !== undefined
      )
        return undefined
    }
  }
  return { of: samplesAsOrdinals(plan), equal: [] }
}

const NEAR = 0xfffff

function samplesAsOrdinals(plan: Plan): Uint32Array {
  const of = new Uint32Array(plan.items)
  for (const { first, items, spec, draws } of plan.batches) {
    if (draws) of.set(draws, first)
    else if (spec.samples > 1) for (let within = 0; within < items; within++) of[first + within] = within % spec.samples
  }
  return of
}

function words(high: number, low: number): string {
  return `${high} ${low}`
}

/** An item and the later draws of its cell, in its batch, that render the same request. */
function samplesOf(plan: Plan, leader: number, { high, low }: Fingerprints): number[] {
  const { batch, row } = itemAt(plan, leader)
  const all: number[] = []
  for (let index = leader; index < batch.first + batch.items && itemAt(plan, index).row === row; index++)
    if (high[index] === high[leader] && low[index] === low[leader]) all.push(index)
  return all
}

/** The store knows requests by their whole digest. */
function drawsOf(plan: Plan, held: HeldDraws, item: Item): readonly HeldDraw[] {
  const request = firstRequest(plan, item)
  return request ? held.draws(request.digest) : []
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
