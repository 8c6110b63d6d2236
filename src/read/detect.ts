/** Which format a file is in, from the shapes of its first rows. */
import type { Json } from '../../schema/json.ts'
import { FORMATS, type RowFormat } from './formats.ts'
import { isObject } from './json-shape.ts'

export interface Detection {
  readonly format: RowFormat
  /** Share of the rows looked at that fit the format, from 0 to 1. */
  readonly confidence: number
  /** Rows looked at. */
  readonly rows: number
  /** Formats that rows fit which this one does not. */
  readonly others: readonly { readonly format: RowFormat; readonly rows: number }[]
}

/** The format that fits one row best; the earlier one of equals. */
export function formatOf(row: Json): { readonly format: RowFormat; readonly fit: number } | undefined {
  if (!isObject(row)) return undefined
  let best: { format: RowFormat; fit: number } | undefined
  for (const format of FORMATS) {
    const fit = format.fit(row)
    if (fit > (best?.fit ?? 0)) best = { format, fit }
  }
  return best
}

/** Undefined where no row is in any format. */
export function detect(rows: readonly Json[]): Detection | undefined {
  const objects = rows.filter(isObject)
  const sums = FORMATS.map((format) => ({ format, sum: objects.reduce((sum, row) => sum + format.fit(row), 0) }))
  const best = sums.reduce((a, b) => (b.sum > a.sum ? b : a))
  if (best.sum === 0) return undefined
  const others = new Map<RowFormat, number>()
  for (const row of objects) {
    if (best.format.fit(row) > 0) continue
    const other = formatOf(row)?.format
    if (other) others.set(other, (others.get(other) ?? 0) + 1)
  }
  return {
    format: best.format,
    confidence: objects.filter((row) => best.format.fit(row) > 0).length / rows.length,
    rows: rows.length,
    others: [...others].map(([format, count]) => ({ format, rows: count })),
  }
}
