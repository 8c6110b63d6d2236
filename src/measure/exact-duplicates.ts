/** Rows that are the same, letter for letter or word for word. */

export interface ExactDuplicates {
  readonly rows: number
  readonly unique: number
  readonly duplicateRows: number
  readonly duplicateGroups: number
  readonly largestGroup: number
}

/** Counts rows by identities that the caller chose: equal marks, equal rows. */
export function exactDuplicates(marks: Iterable<string>): ExactDuplicates {
  const counts = new Map<string, number>()
  let rows = 0
  for (const mark of marks) {
    counts.set(mark, (counts.get(mark) ?? 0) + 1)
    rows++
  }
  let groups = 0
  let largest = 0
  for (const count of counts.values()) {
    if (count > 1) groups++
    if (count > largest) largest = count
  }
  return { rows, unique: counts.size, duplicateRows: rows - counts.size, duplicateGroups: groups, largestGroup: largest }
}
