/** All combinations of values in any `strength` columns, numbered, and which of them some allowed row has. */
import type { Space } from './space.ts'

/**
 * A group is a choice of columns; the combinations of values in it have consecutive numbers. `columns` and `steps` are
 * flat, `strength` entries for each group: which columns, and by how much the number grows with the digit there.
 */
export interface Tuples {
  readonly strength: number
  readonly groups: number
  readonly columns: Int32Array
  readonly steps: Int32Array
  /** The first number of each group; one more entry for the end of the last. */
  readonly starts: Int32Array
  readonly total: number
  /** By column, the groups it belongs to. */
  readonly touching: readonly Int32Array[]
  /** By number: 1 if an allowed row has it. */
  readonly possible: Uint8Array
}

/** Groups with the most combinations first: they decide how many rows it takes. */
export function tuplesOf(space: Space, strength: number): Tuples {
  const { sizes } = space
  const choices = choose(sizes.length, strength)
  const weight = (choice: readonly number[]) => choice.reduce((n, c) => n * (sizes[c] as number), 1)
  choices.sort((a, b) => weight(b) - weight(a))
  const groups = choices.length
  const columns = Int32Array.from(choices.flat())
  const steps = new Int32Array(groups * strength)
  const starts = new Int32Array(groups + 1)
  choices.forEach((choice, g) => {
    let step = 1
    for (let p = strength - 1; p >= 0; p--) {
      steps[g * strength + p] = step
      step *= sizes[choice[p] as number] as number
    }
    starts[g + 1] = (starts[g] as number) + step
  })
  const total = starts[groups] as number
  const touching = Array.from(sizes, (_, c) => Int32Array.from(choices.flatMap((choice, g) => (choice.includes(c) ? [g] : []))))
  const tuples = { strength, groups, columns, steps, starts, total, touching, possible: new Uint8Array(total) }
  markPossible(space, tuples)
  return tuples
}

/** The number of the combination that `digits` has in a group. */
export function tupleAt({ strength, columns, steps, starts }: Tuples, group: number, digits: Int32Array): number {
  let tuple = starts[group] as number
  for (let p = group * strength; p < (group + 1) * strength; p++) tuple += (digits[columns[p] as number] as number) * (steps[p] as number)
  return tuple
}

/** The group that a number belongs to. */
export function groupOf({ starts, groups }: Tuples, tuple: number): number {
  let [low, high] = [0, groups - 1]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((starts[middle] as number) <= tuple) low = middle
    else high = middle - 1
  }
  return low
}

/** Writes the values of a combination into `digits`. */
export function putTuple(tuples: Tuples, sizes: Int32Array, tuple: number, digits: Int32Array): void {
  const { strength, columns, steps, starts } = tuples
  const group = groupOf(tuples, tuple)
  const within = tuple - (starts[group] as number)
  for (let p = group * strength; p < (group + 1) * strength; p++) {
    const column = columns[p] as number
    digits[column] = Math.floor(within / (steps[p] as number)) % (sizes[column] as number)
  }
}

/** Group by group, over rows far apart from each other, so that most groups are found complete after a few rows. */
function markPossible({ sizes, places, codes, free }: Space, { strength, groups, columns, steps, starts, possible }: Tuples): void {
  if (free) return void possible.fill(1)
  const stride = coprimeTo(codes.length)
  for (let g = 0; g < groups; g++) {
    const start = starts[g] as number
    let missing = (starts[g + 1] as number) - start
    for (let i = 0, at = 0; i < codes.length && missing > 0; i++, at = (at + stride) % codes.length) {
      const code = codes[at] as number
      let tuple = start
      for (let p = g * strength; p < (g + 1) * strength; p++) {
        const column = columns[p] as number
        tuple += (Math.floor(code / (places[column] as number)) % (sizes[column] as number)) * (steps[p] as number)
      }
      if (possible[tuple] === 0) {
        possible[tuple] = 1
        missing--
      }
    }
  }
}

/** A stride that visits each of `n` places once, neighbours far apart. */
export function coprimeTo(n: number): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b))
  let stride = Math.max(1, Math.round(n * 0.6180339887) % Math.max(n, 1))
  while (common(stride, n) > 1) stride++
  return stride
}

function choose(n: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]]
  const out: number[][] = []
  for (let first = from; first <= n - k; first++) for (const rest of choose(n, k - 1, first + 1)) out.push([first, ...rest])
  return out
}
