/** t-way coverage of a lattice: of all combinations of values of any t dimensions, how many occur (NISTIR 7878). */

/** One choice of t dimensions. */
export interface Combination {
  readonly dimensions: readonly number[]
  readonly configurations: number
  readonly covered: number
  /** Rows of the rarest and of the most frequent configuration. */
  readonly least: number
  readonly most: number
  /** Configurations that do not occur, as value indices, the first ones. */
  readonly missing: readonly (readonly number[])[]
}

export interface TwayCoverage {
  readonly t: number
  readonly combinations: number
  readonly configurations: number
  readonly covered: number
  readonly totalCoverage: number
  readonly fullyCovered: number
  readonly simpleCoverage: number
  /** Coverage of the worst combination of dimensions. */
  readonly minCombination: number
  readonly each: readonly Combination[]
}

const MOST_MISSING = 20

/** `rows` hold a value's index for each dimension; one outside its domain (such as -1) covers nothing. */
export function twayCoverage(rows: Iterable<ArrayLike<number>>, sizes: readonly number[], t: number): TwayCoverage {
  const tables = choices(sizes.length, t).map((dimensions) => ({
    dimensions,
    counts: new Uint32Array(dimensions.reduce((product, d) => product * (sizes[d] as number), 1)),
  }))
  for (const row of rows) {
    for (const { dimensions, counts } of tables) {
      const at = place(row, dimensions, sizes)
      if (at >= 0) counts[at] = (counts[at] as number) + 1
    }
  }
  const each = tables.map(({ dimensions, counts }): Combination => {
    const missing: number[][] = []
    let covered = 0
    for (const [at, count] of counts.entries()) {
      if (count > 0) covered++
      else if (missing.length < MOST_MISSING) missing.push(valuesAt(at, dimensions, sizes))
    }
    const bound = (pick: (a: number, b: number) => number) => counts.reduce((a, b) => pick(a, b), counts[0] ?? 0)
    return { dimensions, configurations: counts.length, covered, least: bound(Math.min), most: bound(Math.max), missing }
  })
  const sum = (of: (combination: Combination) => number) => each.reduce((whole, combination) => whole + of(combination), 0)
  const configurations = sum((c) => c.configurations)
  const covered = sum((c) => c.covered)
  const fully = sum((c) => (c.covered === c.configurations ? 1 : 0))
  return {
    t,
    combinations: each.length,
    configurations,
    covered,
    totalCoverage: configurations === 0 ? 1 : covered / configurations,
    fullyCovered: fully,
    simpleCoverage: each.length === 0 ? 1 : fully / each.length,
    minCombination: each.reduce((least, c) => Math.min(least, c.covered / c.configurations), 1),
    each,
  }
}

function place(row: ArrayLike<number>, dimensions: readonly number[], sizes: readonly number[]): number {
  let at = 0
  for (const d of dimensions) {
    const value = row[d] ?? -1
    if (value < 0 || value >= (sizes[d] as number)) return -1
    at = at * (sizes[d] as number) + value
  }
  return at
}

function valuesAt(at: number, dimensions: readonly number[], sizes: readonly number[]): number[] {
  const values: number[] = []
  let rest = at
  for (const d of dimensions.toReversed()) {
    values.unshift(rest % (sizes[d] as number))
    rest = Math.floor(rest / (sizes[d] as number))
  }
  return values
}

function choices(n: number, t: number, from = 0): number[][] {
  if (t === 0) return [[]]
  return Array.from({ length: Math.max(0, n - from) }, (_, i) => from + i).flatMap((first) =>
    choices(n, t - 1, first + 1).map((rest) => [first, ...rest]),
  )
}
