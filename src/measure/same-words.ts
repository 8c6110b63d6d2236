/** Which rows have the same words as an earlier one: a column, exact, without a string per row. */
import type { Documents } from './documents.ts'

/** For each row the first row with the same words; a row is its own first where it is new. */
export function firstWithSameWords(documents: Documents): Uint32Array {
  const first = new Uint32Array(documents.length)
  const mask = 2 ** Math.ceil(Math.log2(Math.max(16, documents.length * 2))) - 1
  const slots = new Int32Array(mask + 1)
  for (let row = 0; row < documents.length; row++) {
    const words = documents.at(row)
    let slot = hashOf(words) & mask
    for (;;) {
      const other = (slots[slot] as number) - 1
      if (other < 0) {
        slots[slot] = row + 1
        first[row] = row
        break
      }
      if (equal(words, documents.at(other))) {
        first[row] = other
        break
      }
      slot = (slot + 1) & mask
    }
  }
  return first
}

/** Groups of more than one row, by their first row, in file order. */
export function groupsOf(first: Uint32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (let row = 0; row < first.length; row++) {
    const leader = first[row] as number
    if (leader === row) continue
    const group = groups.get(leader)
    if (group) group.push(row)
    else groups.set(leader, [leader, row])
  }
  return groups
}

function hashOf(words: Uint32Array): number {
  let hash = words.length
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
