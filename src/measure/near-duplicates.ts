/** Rows that are nearly the same: pairs whose shingles agree to at least `threshold`, and the clusters they form. */
import { Components } from './components.ts'
import type { Documents } from './documents.ts'
import { candidatesByMinHash } from './minhash.ts'
import { candidatesByPrefix } from './prefix-join.ts'
import { firstWithSameWords, groupsOf } from './same-words.ts'
import { Likeness } from './shingles.ts'

export interface NearPair {
  readonly a: number
  readonly b: number
  readonly jaccard: number
}

export interface NearDuplicates {
  /** `exact` looks at every pair that can reach the threshold; `minhash` finds one at 0.8 with a probability of 0.998. */
  readonly method: 'exact' | 'minhash'
  readonly threshold: number
  /** Pairs of rows; with `minhash`, pairs inside a cluster that is known already are not looked at, so this is the least there are. */
  readonly pairs: number
  readonly docsInPairs: number
  readonly clusters: number
  /** Rows that would go if one of each cluster stayed. */
  readonly removable: number
  readonly largestCluster: number
  /** The first pairs found. */
  readonly examples: readonly NearPair[]
  /** For each row the lowest row of its cluster: the row itself where it has no near duplicate. */
  readonly leaders: Uint32Array
}

export interface NearOptions {
  readonly threshold?: number
  readonly method?: 'exact' | 'minhash'
  /** Pairs to hand out. */
  readonly examples?: number
}

// Up to here the exact way costs no more than the other.
const EXACT_ROWS = 5000

export function nearDuplicatesOf(documents: Documents, options: NearOptions = {}): NearDuplicates {
  const { threshold = 0.8, method = documents.length <= EXACT_ROWS ? 'exact' : 'minhash', examples: wanted = 1000 } = options
  const first = firstWithSameWords(documents)
  const components = new Components(documents.length)
  const likeness = new Likeness(documents)
  const copies = groupsOf(first)
  const examples: NearPair[] = []
  let pairs = 0
  const keep = (a: number, b: number, jaccard: number) => {
    if (examples.length < wanted) examples.push({ a: Math.min(a, b), b: Math.max(a, b), jaccard })
  }
  for (const [leader, group] of copies) {
    // Empty rows are equal but never a pair: they are missing, not repeated.
    if (documents.at(leader).length === 0) continue
    pairs += (group.length * (group.length - 1)) / 2
    for (const [i, row] of group.entries()) {
      components.join(leader, row)
      for (let j = 0; j < i && examples.length < wanted; j++) keep(group[j] as number, row, 1)
    }
  }
  const compare = (row: number, other: number) => {
    const jaccard = likeness.jaccard(row, other)
    if (jaccard < threshold) return false
    components.join(row, other)
    const rows = copies.get(row) ?? [row]
    const others = copies.get(other) ?? [other]
    pairs += rows.length * others.length
    for (const a of rows) for (const b of others) if (examples.length < wanted) keep(a, b, jaccard)
    return true
  }
  const unlike = (row: number) => first[row] === row && documents.at(row).length > 0
  if (method === 'exact') candidatesByPrefix(documents, threshold, unlike, compare)
  else candidatesByMinHash(documents, unlike, compare, (a, b) => components.find(a) === components.find(b))
  return { method, threshold, pairs, ...clustersOf(components, documents.length), examples }
}

function clustersOf(
  components: Components,
  rows: number,
): Pick<NearDuplicates, 'docsInPairs' | 'clusters' | 'removable' | 'largestCluster' | 'leaders'> {
  const leaders = Uint32Array.from({ length: rows }, (_, row) => components.find(row))
  const sizes = new Map<number, number>()
  for (let row = 0; row < rows; row++) {
    const leader = leaders[row] as number
    if (leader !== row) sizes.set(leader, (sizes.get(leader) ?? 1) + 1)
  }
  const counts = [...sizes.values()]
  const docs = counts.reduce((sum, size) => sum + size, 0)
  return {
    docsInPairs: docs,
    clusters: counts.length,
    removable: docs - counts.length,
    largestCluster: counts.reduce((most, size) => Math.max(most, size), 0),
    leaders,
  }
}
