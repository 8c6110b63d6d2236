/** A covering array made smaller: a row is taken out, and the others are changed until they cover what it did. */
import { codeOfDigits, digitsOf, mixed, type Space } from './space.ts'
import { putTuple, type Tuples, tupleAt } from './tuples.ts'

/** Changes without a complete array, for each row left, after which the smaller array is given up. */
const PATIENCE = 400

/**
 * Tabu search after Nurmela (2004): of all rows that could be changed to have a missing combination, the one that loses
 * least is, and then rests a while. The first `fixed` rows never change. `budget`: combinations it may look at.
 */
export function shrink(space: Space, tuples: Tuples, codes: readonly number[], fixed: number, budget: number): readonly number[] {
  const least = Math.max(fixed, bound(tuples))
  let best = codes
  let left = budget
  // The counts and one pass over all rows must fit as well.
  while (best.length > least && left > tuples.total + best.length * tuples.groups * 4) {
    const search = new Search(space, tuples, best, fixed)
    const smaller = search.run(left)
    left -= search.work
    if (!smaller) break
    best = smaller
  }
  return best
}

/** No array has fewer rows than a group has combinations. */
function bound({ groups, starts, possible }: Tuples): number {
  let most = 0
  for (let g = 0; g < groups; g++) {
    let count = 0
    for (let tuple = starts[g] as number; tuple < (starts[g + 1] as number); tuple++) count += possible[tuple] as number
    most = Math.max(most, count)
  }
  return most
}

class Search {
  work = 0
  private readonly rows: Int32Array[]
  private readonly counts: Int32Array
  /** Combinations that no row has, in any order, and where each stands among them. */
  private readonly missing: number[] = []
  private readonly where = new Map<number, number>()
  private readonly stamp: Int32Array
  private stamped = 0
  private readonly space: Space
  private readonly tuples: Tuples
  private readonly fixed: number

  constructor(space: Space, tuples: Tuples, codes: readonly number[], fixed: number) {
    this.space = space
    this.tuples = tuples
    this.fixed = fixed
    this.rows = codes.map((code) => digitsOf(space, code))
    this.counts = new Int32Array(tuples.total)
    this.stamp = new Int32Array(tuples.groups)
    for (const row of this.rows) for (let g = 0; g < tuples.groups; g++) this.count(tupleAt(tuples, g, row), 1)
    this.work += this.rows.length * tuples.groups
  }

  /** The codes of an array with one row less, or undefined. */
  run(budget: number): number[] | undefined {
    this.dropLeastNeeded()
    const { rows, missing, space, fixed } = this
    const resting = new Int32Array(rows.length)
    const changed = new Int32Array(space.sizes.length)
    const limit = PATIENCE * (rows.length - fixed)
    for (let step = 1; missing.length > 0; step++) {
      if (step > limit || this.work > budget) return undefined
      const wanted = missing[mixed(step, rows.length) % missing.length] as number
      let best = -1
      let least = Number.POSITIVE_INFINITY
      let tie = 0
      for (let r = fixed; r < rows.length; r++) {
        if ((resting[r] as number) > step) continue
        changed.set(rows[r] as Int32Array)
        putTuple(this.tuples, space.sizes, wanted, changed)
        if (!space.free && !space.allows(codeOfDigits(space, changed))) continue
        const loss = this.loss(rows[r] as Int32Array, changed)
        const lot = mixed(step, r)
        if (loss > least || (loss === least && lot >= tie)) continue
        best = r
        least = loss
        tie = lot
      }
      if (best < 0) continue
      changed.set(rows[best] as Int32Array)
      putTuple(this.tuples, space.sizes, wanted, changed)
      this.replace(best, changed)
      resting[best] = step + 1 + (mixed(step, best, 1) % Math.max(1, Math.min(8, (rows.length - fixed) >> 1)))
    }
    return rows.map((row) => codeOfDigits(space, row))
  }

  private dropLeastNeeded(): void {
    let best = this.fixed
    let least = Number.POSITIVE_INFINITY
    for (let r = this.fixed; r < this.rows.length; r++) {
      let alone = 0
      for (let g = 0; g < this.tuples.groups; g++) if (this.counts[tupleAt(this.tuples, g, this.rows[r] as Int32Array)] === 1) alone++
      if (alone < least) {
        least = alone
        best = r
      }
    }
    this.work += this.rows.length * this.tuples.groups
    const [row] = this.rows.splice(best, 1)
    for (let g = 0; g < this.tuples.groups; g++) this.count(tupleAt(this.tuples, g, row as Int32Array), -1)
  }

  /** How many more combinations would be missing if `before` became `after`. */
  private loss(before: Int32Array, after: Int32Array): number {
    let loss = 0
    this.touched(before, after, (group) => {
      if (this.counts[tupleAt(this.tuples, group, before)] === 1) loss++
      if (this.counts[tupleAt(this.tuples, group, after)] === 0) loss--
    })
    return loss
  }

  private replace(index: number, after: Int32Array): void {
    const before = (this.rows[index] as Int32Array).slice()
    this.touched(before, after, (group) => {
      this.count(tupleAt(this.tuples, group, before), -1)
      this.count(tupleAt(this.tuples, group, after), 1)
    })
    this.rows[index]?.set(after)
  }

  /** Each group in which two rows differ, once. */
  private touched(before: Int32Array, after: Int32Array, visit: (group: number) => void): void {
    const stamp = ++this.stamped
    for (let c = 0; c < before.length; c++) {
      if (before[c] === after[c]) continue
      for (const group of this.tuples.touching[c] as Int32Array) {
        if (this.stamp[group] === stamp) continue
        this.stamp[group] = stamp
        this.work++
        visit(group)
      }
    }
  }

  private count(tuple: number, by: 1 | -1): void {
    const count = (this.counts[tuple] as number) + by
    this.counts[tuple] = count
    if (by === 1 && count === 1) {
      const at = this.where.get(tuple)
      if (at === undefined) return
      const last = this.missing.pop() as number
      this.where.delete(tuple)
      if (last === tuple) return
      this.missing[at] = last
      this.where.set(last, at)
    } else if (by === -1 && count === 0) {
      this.where.set(tuple, this.missing.length)
      this.missing.push(tuple)
    }
  }
}
