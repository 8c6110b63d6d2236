/** From a gap report to the items that fill it best: the next cells, or further draws of cells where no other will do. */
import { indexIn } from './ascending.ts'
import { type Axis, axesOf, combinationAt, combinationsOf } from './axes.ts'
import { rowNamed } from './cells.ts'
import type { Field, GapReport } from './gaps.ts'
import { byLot, cellLots, type Lots } from './lots.ts'
import { MAX_DRAWS, type NextItems, Picks } from './picks.ts'
import { ranked } from './select.ts'

export interface Expansion {
  readonly field: Field
  readonly report: GapReport
  /** How many draws of a row were asked for so far, whatever became of them. */
  readonly drawsOf: (row: number) => number
  /** The most items. */
  readonly size: number
  /** What the lots are for, such as the name of the batch: other purposes break ties otherwise. */
  readonly purpose: string
  /** Whether places that no gap needs are filled by weight. */
  readonly fill?: boolean
  /** Rows that were chosen the last time: those that any gap still has use for go first, for they may be paid for. */
  readonly held?: ReadonlySet<number>
}

/** A cell whose only draw was lost gets another; after that, a neighbour goes in its place. */
const SECOND_CHANCES = 1

/**
 * First what was lost, and what was chosen before and is of use; then always the item next that most open gaps have use for. Cells not taken yet come before further draws
 * of others, and among equals the lot decides. Equal arguments give equal items.
 */
export function expandGaps({ field, report, drawsOf, size, purpose, fill = false, held }: Expansion): NextItems {
  const { dimensions, branches, allowed } = field
  const lots = cellLots(dimensions, purpose)
  const open = new OpenGaps(axesOf(dimensions, branches), report)
  const picks = new Picks(drawsOf, size)
  const pick = (row: number) => {
    picks.add(row)
    open.fill(row)
  }
  for (const row of replacements(field, report, picks, open, lots)) if (!picks.full) pick(row)
  for (const row of byLot([...(held ?? [])], lots))
    if (!picks.full && indexIn(allowed, row) >= 0 && picks.drawsOf(row) === 0 && open.worth(row) > 0) pick(row)
  const mayHelp = (row: number) => !open.closed && open.worth(row) > 0 && picks.drawsOf(row) < MAX_DRAWS
  let useful = allowed.filter(mayHelp)
  while (!picks.full && useful.length > 0) {
    let fewest = Number.POSITIVE_INFINITY
    for (const row of useful) fewest = Math.min(fewest, picks.drawsOf(row))
    const fresh = useful.filter((row) => picks.drawsOf(row) === fewest)
    for (const row of greedily(fresh, open, lots)) {
      if (picks.full) break
      pick(row)
    }
    useful = useful.filter(mayHelp)
  }
  if (fill) for (const row of ranked(dimensions, allowed)) if (!picks.full && picks.drawsOf(row) === 0) picks.add(row)
  return picks.items()
}

/** The combinations of one group of axes: how many rows each still needs, and whether it has none yet. */
interface Needs {
  readonly group: readonly Axis[]
  readonly left: Int32Array
  readonly none: Uint8Array
}

/** What is still missing. Filling only ever lowers what a row is worth. */
class OpenGaps {
  private readonly needs: readonly Needs[]
  private readonly shares: { readonly axis: Axis; readonly wanted: readonly boolean[]; left: number }[]
  /** Gaps that are not filled. */
  private count = 0

  constructor(axes: readonly Axis[], { gaps, shares }: GapReport) {
    const needs = new Map<string, Needs>()
    for (const { values, has, wants } of gaps) {
      const names = Object.keys(values)
      const group = names.flatMap((name) => axes.find((axis) => axis.name === name) ?? [])
      const digits = group.map(({ name, ids }) => ids.indexOf(values[name] as string))
      // A report may be older than the dimensions.
      if (group.length < names.length || digits.includes(-1)) continue
      const key = JSON.stringify(names)
      const size = combinationsOf(group)
      const known = needs.get(key) ?? { group, left: new Int32Array(size), none: new Uint8Array(size) }
      needs.set(key, known)
      const combination = digits.reduce((sum, digit, i) => sum * (group[i] as Axis).ids.length + digit, 0)
      known.left[combination] = wants - has
      known.none[combination] = has === 0 ? 1 : 0
      this.count++
    }
    this.needs = [...needs.values()]
    this.shares = shares.flatMap(({ name, values, missing }) => {
      const axis = axes.find((one) => one.name === name)
      return axis ? [{ axis, wanted: axis.ids.map((id) => values.includes(id)), left: missing }] : []
    })
    this.count += this.shares.length
  }

  get closed(): boolean {
    return this.count === 0
  }

  /** How many gaps have use for a row; those without any row yet count twice. */
  worth(row: number): number {
    let worth = 0
    for (const { group, left, none } of this.needs) {
      const combination = combinationAt(group, row)
      if ((left[combination] as number) > 0) worth += 1 + (none[combination] as number)
    }
    for (const { axis, wanted, left } of this.shares) if (left > 0 && wanted[axis.digit(row)]) worth++
    return worth
  }

  fill(row: number): void {
    for (const { group, left, none } of this.needs) {
      const combination = combinationAt(group, row)
      left[combination] = (left[combination] as number) - 1
      none[combination] = 0
      if (left[combination] === 0) this.count--
    }
    for (const share of this.shares) if (share.wanted[share.axis.digit(row)] && --share.left === 0) this.count--
  }
}

/** Each row at most once, always one that is worth most at that moment; the caller fills gaps between one and the next. */
function* greedily(rows: Uint32Array, open: OpenGaps, lots: Lots): Generator<number> {
  const levels: number[][] = []
  const put = (row: number, worth: number) => {
    levels[worth] ??= []
    levels[worth].push(row)
  }
  for (const row of rows) put(row, open.worth(row))
  for (let level = levels.length - 1; level > 0; level--)
    for (const row of byLot(levels[level] ?? [], lots)) {
      if (open.closed) return
      const worth = open.worth(row)
      if (worth === level) yield row
      else put(row, worth)
    }
}

/** For each lost cell another draw of it, or, when it had its second chance, the untaken cell that differs in one value and is worth most. */
function* replacements({ dimensions, allowed }: Field, { lost }: GapReport, picks: Picks, open: OpenGaps, lots: Lots): Generator<number> {
  const rows = lost.flatMap(({ cell }) => rowNamed(dimensions, cell) ?? []).filter((row) => indexIn(allowed, row) >= 0)
  for (const lostRow of byLot(rows, lots)) {
    if (picks.drawsOf(lostRow) <= SECOND_CHANCES) {
      yield lostRow
      continue
    }
    const [best] = neighboursOf(dimensions, lostRow)
      .filter((other) => indexIn(allowed, other) >= 0 && picks.drawsOf(other) === 0)
      .map((other) => ({ other, worth: open.worth(other) }))
      .sort((a, b) => b.worth - a.worth || lots(a.other) - lots(b.other))
    if (best) yield best.other
  }
}

function neighboursOf(dimensions: Field['dimensions'], row: number): number[] {
  const rows: number[] = []
  let place = 1
  for (const { values } of dimensions.toReversed()) {
    const digit = Math.floor(row / place) % values.length
    for (let other = 0; other < values.length; other++) if (other !== digit) rows.push(row + (other - digit) * place)
    place *= values.length
  }
  return rows
}
