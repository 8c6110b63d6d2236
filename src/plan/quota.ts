/** A batch in exact shares: so many rows of each value, as nearly as whole numbers allow. */
import type { DimensionSpec, QuotaSpec } from '../config/dataset.ts'
import { apportion, type Share } from './apportion.ts'
import { ranked } from './select.ts'

/**
 * `size` rows, ascending, in the shares of `quota`. Rows that agree in every dimension with a quota are a stratum; a stratum gives its
 * best rows by the order of `select`. With one dimension each value is within one row of its share and a larger size keeps all
 * earlier rows; with several that holds as far as shares in all of them can be met at once. Where a value has too few rows, the others
 * make up for it.
 */
export function quotaRows(dimensions: readonly DimensionSpec[], rows: Uint32Array, quota: readonly QuotaSpec[], size: number): Uint32Array {
  const order = ranked(weighedBy(dimensions, quota), rows)
  if (order.length <= size) return order.sort()
  const strata = strataOf(dimensions, order, quota)
  const shares = quota.map(({ parts }) => new Map([...parts].map(([id, part]) => [id, part / sumOf(parts)])))
  const counts = apportion(
    strata.map(({ ids, rows }): Share => ({ ids, most: rows.length })),
    shares,
    size,
  )
  return Uint32Array.from(strata.flatMap((stratum, s) => stratum.rows.slice(0, counts[s]))).sort()
}

/** Dimensions whose weights are the parts of a quota, where there is one. */
export function weighedBy(dimensions: readonly DimensionSpec[], quota: readonly QuotaSpec[]): readonly DimensionSpec[] {
  const parts = new Map(quota.map((one) => [one.dimension, one.parts]))
  return dimensions.map((dimension) => ({
    ...dimension,
    values: dimension.values.map((value) => ({ ...value, weight: parts.get(dimension.name)?.get(value.id) ?? value.weight })),
  }))
}

interface Stratum {
  /** Value ids, in the order of the quotas. */
  readonly ids: readonly string[]
  /** Best first. */
  readonly rows: number[]
}

/** In the order of their ids, which is the same however dimensions and values are declared. */
function strataOf(dimensions: readonly DimensionSpec[], order: Uint32Array, quota: readonly QuotaSpec[]): Stratum[] {
  const places = dimensions.map((_, d) => dimensions.slice(d + 1).reduce((n, { values }) => n * values.length, 1))
  const axes = quota.map(({ dimension }) => dimensions.findIndex(({ name }) => name === dimension))
  const strata = new Map<string, Stratum>()
  for (const row of order) {
    const ids = axes.map((d) => {
      const values = (dimensions[d] as DimensionSpec).values
      return (values[Math.floor(row / (places[d] as number)) % values.length] as { id: string }).id
    })
    const key = JSON.stringify(ids)
    const stratum = strata.get(key)
    if (stratum) stratum.rows.push(row)
    else strata.set(key, { ids, rows: [row] })
  }
  return [...strata].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stratum]) => stratum)
}

function sumOf(parts: ReadonlyMap<string, number>): number {
  return [...parts.values()].reduce((sum, part) => sum + part, 0)
}
