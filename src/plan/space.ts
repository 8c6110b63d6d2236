/** The product of dimensions in an order of its own, so that nothing computed in it depends on the order in a config. */
import type { DimensionSpec } from '../config/dataset.ts'
import { cellFraction } from '../key/key.ts'
import { cellId } from './cells.ts'

/**
 * Columns are the dimensions with more than one value, the longest first; a digit is the place of a value among its
 * siblings by hash. A code is a row's number in this order, the last column turning fastest.
 */
export interface Space {
  /** Values by column. */
  readonly sizes: Int32Array
  /** By how much a code grows when the digit of a column does. */
  readonly places: Int32Array
  /** Number of codes. */
  readonly product: number
  /** The codes of the rows that are allowed, ascending; of candidates, where there are more. */
  readonly codes: Uint32Array
  /** Whether every code is allowed. */
  readonly free: boolean
  readonly allows: (code: number) => boolean
  readonly codeOf: (row: number) => number
  readonly rowOf: (code: number) => number
}

interface Column {
  readonly size: number
  /** Place of the dimension in a row number. */
  readonly place: number
  readonly digitAt: Int32Array
  readonly valueAt: Int32Array
}

/** Which rows may be taken of a product that is too large to be gone through. */
export type Open = 'all' | ((row: number) => boolean)

const MOST_BITS = 2 ** 28 // 32 MiB of them

export function spaceOf(dimensions: readonly DimensionSpec[], allowed: Uint32Array, open?: Open): Space {
  const columns = columnsOf(dimensions)
  const sizes = Int32Array.from(columns, ({ size }) => size)
  const places = new Int32Array(sizes.length)
  let product = 1
  for (let c = sizes.length - 1; c >= 0; c--) {
    places[c] = product
    product *= sizes[c] as number
  }
  const codeOf = (row: number): number => {
    let code = 0
    for (let c = 0; c < columns.length; c++) {
      const { size, place, digitAt } = columns[c] as Column
      code += (digitAt[Math.floor(row / place) % size] as number) * (places[c] as number)
    }
    return code
  }
  const rowOf = (code: number): number => {
    let row = 0
    for (let c = 0; c < columns.length; c++) {
      const { size, place, valueAt } = columns[c] as Column
      row += (valueAt[Math.floor(code / (places[c] as number)) % size] as number) * place
    }
    return row
  }
  const codes = allowed.map(codeOf).sort()
  const free = open === undefined ? codes.length === product : open === 'all'
  const allows = free ? () => true : open === undefined || open === 'all' ? memberOf(codes, product) : (code: number) => open(rowOf(code))
  return { sizes, places, product, codes, free, allows, codeOf, rowOf }
}

function memberOf(codes: Uint32Array, product: number): (code: number) => boolean {
  if (product > MOST_BITS) {
    const members = new Set(codes)
    return (code) => members.has(code)
  }
  const bits = new Uint32Array(Math.ceil(product / 32))
  for (const code of codes) bits[code >>> 5] = (bits[code >>> 5] as number) | (1 << (code & 31))
  return (code) => (((bits[code >>> 5] as number) >>> (code & 31)) & 1) === 1
}

function columnsOf(dimensions: readonly DimensionSpec[]): Column[] {
  let place = 1
  const placed = [...dimensions].reverse().map((dimension) => {
    const size = dimension.values.length
    const one = { dimension, size, place }
    place *= size
    return one
  })
  return placed
    .filter(({ size }) => size > 1)
    .sort((a, b) => b.size - a.size || (a.dimension.name < b.dimension.name ? -1 : 1))
    .map(({ dimension, size, place }) => {
      const hashes = dimension.values.map((_, value) => cellFraction(cellId([dimension], value), 'cover'))
      const valueAt = Int32Array.from(hashes, (_, value) => value).sort((a, b) => (hashes[a] as number) - (hashes[b] as number))
      const digitAt = new Int32Array(size)
      valueAt.forEach((value, digit) => {
        digitAt[value] = digit
      })
      return { size, place, digitAt, valueAt }
    })
}

export function digitsOf({ sizes, places }: Space, code: number, digits = new Int32Array(sizes.length)): Int32Array<ArrayBuffer> {
  for (let c = 0; c < sizes.length; c++) digits[c] = Math.floor(code / (places[c] as number)) % (sizes[c] as number)
  return digits
}

export function codeOfDigits({ places }: Space, digits: Int32Array): number {
  let code = 0
  for (let c = 0; c < places.length; c++) code += (digits[c] as number) * (places[c] as number)
  return code
}

/** A well mixed 32-bit number from others: what stands where a die would, so that equal inputs are equal outcomes. */
export function mixed(a: number, b: number, c = 0): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35) ^ Math.imul(c + 0x165667b1, 0x27d4eb2f)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return (h ^ (h >>> 15)) >>> 0
}
