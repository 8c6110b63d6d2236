/** What a platform takes: shapes of rows, and limits of files, as data with the place they were read. */
import type { JsonObject } from '../../schema/json.ts'
import type { Findings } from './findings.ts'

export interface Platform {
  /** What `--for` takes. */
  readonly id: string
  readonly title: string
  /** Where the rules come from, and the month they were read. */
  readonly source: string
  readonly seen: string
  /** Limits that are widely told but were not found in that source. */
  readonly unconfirmed?: string
  readonly shapes: readonly RowShape[]
  readonly file: FileRules
}

/** One kind of row. */
export interface RowShape {
  readonly id: string
  /** The keys, for people. */
  readonly title: string
  /** Whether a row means to be this kind, however badly. */
  fits(row: JsonObject): boolean
  check(row: JsonObject, findings: Findings): void
  /** Its rules in words, for `--list`. */
  readonly rules: readonly string[]
}

export type Layout = 'lines' | 'array' | 'sequence' | 'parquet'
export type Packing = 'none' | 'gzip' | 'zstd'

export interface FileRules {
  readonly layouts: readonly Layout[]
  readonly packings?: readonly Packing[]
  readonly minRows: number
  readonly maxRows?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  /** From here on the platform itself says that training is worth it. */
  readonly goodRows?: number
  /** Longest row in tokens; what is beyond is cut off. */
  readonly maxTokens?: number
}
