/** One row, one line. */
import type { Json } from '../../schema/json.ts'

// Legal inside JSON strings, but some readers split lines at them.
const LINE_SEPARATORS = /[\u2028\u2029]/g

/** The row as JSON with exactly one line feed, at the end; equal rows give equal bytes. */
export function jsonLine(row: Json): string {
  return `${JSON.stringify(row).replace(LINE_SEPARATORS, (separator) => (separator === '\u2028' ? '\\u2028' : '\\u2029'))}\n`
}
