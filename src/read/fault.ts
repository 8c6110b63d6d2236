/** What is wrong with the bytes of a dataset, as a value: reading never throws for what a file holds. */

export type FaultCode =
  /** Not one JSON value. */
  | 'E_JSON'
  /** Bytes that are not UTF-8. */
  | 'E_UTF8'
  /** Longer than a row may be. */
  | 'E_LONG'
  /** Nested too deeply to be looked at. */
  | 'E_DEPTH'
  /** The file is not there, or may not be opened. */
  | 'E_OPEN'
  /** The file cannot be unpacked or read on. */
  | 'E_FILE'

export interface Fault {
  readonly code: FaultCode
  /** One sentence without a full stop. */
  readonly message: string
  readonly hint?: string
  /** In the line, from 1, in UTF-16 units: where it was noticed. */
  readonly column?: number
}

/** Where a record lies. Rows and lines count from 1; `offset` counts bytes of the unpacked text from 0. Parquet has rows only. */
export interface RecordPlace {
  readonly row: number
  readonly line?: number
  readonly offset?: number
}
