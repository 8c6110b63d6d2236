/** "Did you mean": the known name nearest to one that a person typed. */

/** The nearest name when it is near enough to be a slip of the finger; case and separators count little. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const typed = fold(name)
  const allowed = Math.max(1, Math.floor(Math.max(typed.length, 3) / 3))
  let best: string | undefined
  let bestDistance = allowed + 1
  for (const candidate of known) {
    const folded = fold(candidate)
    if (Math.abs(folded.length - typed.length) >= bestDistance) continue
    const distance = editDistance(typed, folded)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Long names are cut: nobody mistypes the 100th character only, and the distance is quadratic. */
function fold(name: string): string {
  return name
    .slice(0, 100)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[-_\s]/g, '')
}

/** Damerau-Levenshtein (optimal string alignment): insert, delete, replace, or swap two neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1)
      row.push(distance)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
