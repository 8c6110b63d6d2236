/** What the last build knew of reviews, and which items must be looked at because people have said something else since. */
import type { Plan } from '../plan/plan.ts'
import type { Pin, Reviews } from '../review/reviews.ts'
import type { Coordinates } from '../review/verdict.ts'
import { itemOf } from './pins.ts'

/** Stands beside the columns. */
export interface Reviewed {
  /** Mark and fingerprint of each ruling, 16 hex digits each. */
  readonly rulings: readonly string[]
  readonly pins: readonly { readonly cell: Coordinates; readonly sample: number; readonly fingerprint: string }[]
}

const NOTHING: Reviewed = { rulings: [], pins: [] }
const MARK_DIGITS = 16

/** Undefined where nobody has said anything, which is the usual case. */
export function reviewedOf(reviews: Reviews, pins: ReadonlyMap<number, Pin>): Reviewed | undefined {
  if (reviews.fingerprints.size + pins.size === 0) return undefined
  return {
    rulings: [...reviews.fingerprints].map(([mark, fingerprint]) => mark + fingerprint),
    pins: [...pins.values()].map(({ edit: { cell, sample }, fingerprint }) => ({ cell, sample, fingerprint })),
  }
}

/** `marks`: the columns of the examples' marks; what is not there was zero throughout. Items may come twice. */
export function judgedAnew(
  plan: Plan,
  before: Reviewed = NOTHING,
  reviews: Reviews,
  pins: ReadonlyMap<number, Pin>,
  marks: { readonly high?: Uint32Array | undefined; readonly low?: Uint32Array | undefined },
): number[] {
  return [...pinnedAnew(plan, before, pins), ...ruledAnew(before, reviews, marks)]
}

function pinnedAnew(plan: Plan, before: Reviewed, pins: ReadonlyMap<number, Pin>): number[] {
  const then = new Map<number, string>()
  for (const { cell, sample, fingerprint } of before.pins) {
    const item = itemOf(plan, cell, sample)
    if (item !== undefined) then.set(item, fingerprint)
  }
  const now = [...pins].filter(([item, { fingerprint }]) => then.get(item) !== fingerprint).map(([item]) => item)
  return [...now, ...[...then.keys()].filter((item) => !pins.has(item))]
}

// Most marks differ from every changed one in these bits, and a byte in a small table says so.
const NEAR = 0xffff

/** One walk along two columns: nothing is rendered, and the store is not asked. */
function ruledAnew(
  before: Reviewed,
  { fingerprints }: Reviews,
  { high, low }: { readonly high?: Uint32Array | undefined; readonly low?: Uint32Array | undefined },
): number[] {
  const then = new Map(before.rulings.map((text) => [text.slice(0, MARK_DIGITS), text.slice(MARK_DIGITS)]))
  const changed = [
    ...[...fingerprints].filter(([mark, fingerprint]) => then.get(mark) !== fingerprint).map(([mark]) => mark),
    ...[...then.keys()].filter((mark) => !fingerprints.has(mark)),
  ]
  if (changed.length === 0 || !high || !low) return []
  const wanted = new Map<number, Set<number>>()
  const near = new Uint8Array(NEAR + 1)
  for (const mark of changed) {
    const word = Number.parseInt(mark.slice(8), 16)
    near[word & NEAR] = 1
    const highs = wanted.get(word) ?? new Set()
    wanted.set(word, highs.add(Number.parseInt(mark.slice(0, 8), 16)))
  }
  const items: number[] = []
  for (let item = 0; item < low.length; item++) {
    const word = low[item] as number
    if (near[word & NEAR] === 1 && wanted.get(word)?.has(high[item] as number)) items.push(item)
  }
  return items
}
