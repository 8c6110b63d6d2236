/** Where a reviewer is among the rows: which are shown, which one is looked at, and what is known of the others. */
import type { Filter, Wish } from '../../report/review/view.ts'
import { disputesOf, pinConflicts } from '../../schedule/review-conflicts.ts'
import { type ReviewRow, reviewRow, type Standing, standing } from '../../schedule/review-rows.ts'
import type { Work } from '../../schedule/work.ts'

export class Tour {
  readonly #work: Work
  /** In order of review. */
  readonly #items: readonly number[]
  readonly #standings: Map<number, Standing>
  filter: Filter
  row: ReviewRow | undefined
  conflicts: ReadonlyMap<number, string> = new Map()
  /** Rows of the filter, as they were when it was chosen: what one reviews does not vanish under one's hands. */
  #shown: readonly number[] = []
  #at = 0

  constructor(work: Work, items: readonly number[], filter: Filter) {
    this.#work = work
    this.#items = items
    this.#standings = new Map(items.map((item) => [item, standing(work, item)]))
    this.filter = filter
    this.refresh()
    this.choose(filter)
  }

  get shown(): number {
    return this.#shown.length
  }

  /** From 1; 0 when nothing is shown. */
  get position(): number {
    return this.#shown.length === 0 ? 0 : this.#at + 1
  }

  /** Rows that nobody has reviewed. */
  get left(): number {
    return [...this.#standings.values()].filter((state) => state === 'unreviewed').length
  }

  get isAnyAhead(): boolean {
    return this.#shown.some((item, at) => at > this.#at && this.#standings.get(item) === 'unreviewed')
  }

  get hasNext(): boolean {
    return this.#at + 1 < this.#shown.length
  }

  choose(filter: Filter): void {
    const fits = (item: number) => {
      if (filter === 'all') return true
      if (filter === 'conflicts') return this.conflicts.has(item)
      if (filter === 'unreviewed') return this.#standings.get(item) === 'unreviewed'
      const state = this.#standings.get(item)
      return state === 'rejected' || (state !== 'accepted' && this.#work.board.problem(item) !== undefined)
    }
    this.filter = filter
    this.#shown = this.#items.filter(fits)
    this.#at = 0
    this.#look()
  }

  /** Why it does not go there; undefined when it went. */
  go(to: Extract<Wish, { wish: 'go' }>['to']): string | undefined {
    const last = this.#shown.length - 1
    const unreviewed = () => {
      const isFresh = (item: number) => this.#standings.get(item) === 'unreviewed'
      const ahead = this.#shown.findIndex((item, at) => at > this.#at && isFresh(item))
      return ahead >= 0 ? ahead : this.#shown.findIndex(isFresh)
    }
    const target = {
      next: this.#at + 1,
      previous: this.#at - 1,
      first: 0,
      last,
      'next-unreviewed': to === 'next-unreviewed' ? unreviewed() : 0,
    }[to]
    if (target < 0 && to === 'next-unreviewed') return 'every row here is reviewed'
    const at = Math.max(0, Math.min(last, target))
    if (at === this.#at && (to === 'next' || to === 'previous')) return to === 'next' ? 'this is the last one' : 'this is the first one'
    this.#at = at
    this.#look()
    return undefined
  }

  /** Goes to an item where it is among those shown, and looks at it in any case. */
  goTo(item: number): void {
    const at = this.#shown.indexOf(item)
    if (at >= 0) this.#at = at
    this.#lookAt(item)
  }

  /** What people said has changed. */
  refresh(): void {
    const found = new Map<number, string>()
    for (const { item, why } of pinConflicts(this.#work)) if (item !== undefined) found.set(item, why)
    for (const { item, by, against } of disputesOf(this.#work))
      found.set(item, `${against.join(', ')} accepted it, ${by.join(', ')} did not`)
    this.conflicts = found
    if (this.row) this.#lookAt(this.row.item.index)
  }

  #look(): void {
    const item = this.#shown[this.#at]
    if (item === undefined) this.row = undefined
    else this.#lookAt(item)
  }

  #lookAt(item: number): void {
    this.row = reviewRow(this.#work, item)
    if (this.row) this.#standings.set(item, standingOf(this.row))
  }
}

function standingOf({ ruling, pin }: ReviewRow): Standing {
  if (ruling) return ruling.kind === 'accept' ? 'accepted' : 'rejected'
  return pin ? 'edited' : 'unreviewed'
}
