/** MATTR: the share of different words in a sliding window, averaged (Covington and McFall 2010). A value to report, not to judge by. */
import { type Documents, sumOfWords } from './documents.ts'

/** Mean over windows of `w` words; a row that is no longer than a window has one, its own length. */
export function mattr(words: ArrayLike<number>, w: number): number {
  const counts = new Map<number, number>()
  const { length } = words
  const sum = { types: 0 }
  for (let i = 0; i < length; i++) {
    const word = words[i] as number
    counts.set(word, (counts.get(word) ?? 0) + 1)
    if (i >= w) {
      const gone = words[i - w] as number
      const left = (counts.get(gone) as number) - 1
      if (left === 0) counts.delete(gone)
      else counts.set(gone, left)
    }
    if (i >= w - 1) sum.types += counts.size
  }
  return length === 0 ? 0 : length <= w ? counts.size / length : sum.types / w / (length - w + 1)
}

/** Unweighted mean over the rows that have words. */
export function mattrOfRows(documents: Documents, w = 50): number {
  let sum = 0
  let rows = 0
  for (let row = 0; row < documents.length; row++) {
    const words = documents.at(row)
    if (words.length === 0) continue
    sum += mattr(words, w)
    rows++
  }
  return rows === 0 ? 0 : sum / rows
}

/** Of all rows as one stream. */
export function mattrOfStream(documents: Documents, w = 500): number {
  const stream = new Uint32Array(sumOfWords(documents))
  let at = 0
  for (let row = 0; row < documents.length; row++) {
    stream.set(documents.at(row), at)
    at += documents.at(row).length
  }
  return mattr(stream, w)
}
