/** A row as one line of JSON Lines, byte for byte the same wherever it is read. */
import type { Json } from '../../schema/json.ts'

/** Line breaks to some readers although not to JSON: a row must stay one line for `wc -l` and for Python's splitlines. */
const FOREIGN_BREAK = /[\u0085\u2028\u2029]/
const FOREIGN_BREAKS = /[\u0085\u2028\u2029]/g

/** Exactly one `\n`, at its end. Throws for lone surrogates, which UTF-8 cannot say. */
export function jsonLine(row: Json): string {
  let text = JSON.stringify(row)
  // Half of a surrogate pair is what JSON escapes so; a text may also speak of one.
  if (text.includes('\\ud')) text = JSON.stringify(row, wellFormed)
  if (!FOREIGN_BREAK.test(text)) return `${text}\n`
  return `${text.replaceAll(FOREIGN_BREAKS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}

function wellFormed(key: string, value: unknown): unknown {
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
    throw new Error('datagen bug: a row holds half of a surrogate pair')
  }
  return value
}
