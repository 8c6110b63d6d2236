/** Looking things up in ascending numbers. */

/** Position of a number in ascending ones, or -1. */
export function indexIn(ascending: Uint32Array, wanted: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const held = ascending[middle] as number
    if (held === wanted) return middle
    if (held < wanted) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Position of the first number that is not below `bound`, in ascending numbers. */
export function firstFrom(ascending: Uint32Array, bound: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] as number) < bound) low = middle + 1
    else high = middle
  }
  return low
}
