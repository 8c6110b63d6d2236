/** Texts as numbered words: what every measure over a set of rows reads. */
import { Vocabulary } from './vocabulary.ts'
import { wordsOf } from './words.ts'

/** Rows of one view (prompts, answers, or both) in file order; a row without words stays in its place. */
export interface Documents {
  readonly length: number
  /** The words of a row; valid until the next call, never to be changed. */
  at(row: number): Uint32Array
}

/** Documents of a list of texts, for sets that fit in memory. */
export function documentsOf(texts: readonly string[], vocabulary = new Vocabulary()): Documents {
  const rows = texts.map((text) => vocabulary.encode(wordsOf(text)))
  return { length: rows.length, at: (row) => rows[row] as Uint32Array }
}

/** The first rows, or chosen ones. */
export function someOf(documents: Documents, rows: ArrayLike<number>): Documents {
  return { length: rows.length, at: (row) => documents.at(rows[row] as number) }
}

export function sumOfWords(documents: Documents): number {
  let sum = 0
  for (let row = 0; row < documents.length; row++) sum += documents.at(row).length
  return sum
}
