/** What coverage is measured along: dimensions of several values, and the branches of a recipe, which count like dimensions. */
import type { DimensionSpec } from '../config/dataset.ts'

/** A choice that a recipe makes from a cell alone. */
export interface Branch {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly weight: number }[]
  /** The id of the value that a row has. */
  readonly of: (row: number) => string
}

export interface Axis {
  readonly name: string
  readonly ids: readonly string[]
  /** Place among `ids` of the value that a row has. */
  readonly digit: (row: number) => number
}

/** By name, so that what is computed along them does not depend on the order in a config. */
export function axesOf(dimensions: readonly DimensionSpec[], branches: readonly Branch[] = []): Axis[] {
  let place = 1
  const placed = [...dimensions].reverse().map(({ name, values }): Axis => {
    const [at, size] = [place, values.length]
    place *= size
    return { name, ids: values.map(({ id }) => id), digit: (row) => Math.floor(row / at) % size }
  })
  const chosen = branches.map(({ name, values, of }): Axis => {
    const ids = values.map(({ id }) => id)
    const digits = new Map(ids.map((id, digit) => [id, digit]))
    // Asked for in every group of axes, and dear: one more than the digit by row, 0 where nobody asked yet.
    const known = new Uint16Array(place)
    const ask = (row: number): number => {
      const digit = digits.get(of(row))
      if (digit === undefined) throw new Error(`datagen bug: branch "${name}" has no value "${of(row)}"`)
      known[row] = digit + 1
      return digit
    }
    return { name, ids, digit: (row) => (known[row] ? known[row] - 1 : ask(row)) }
  })
  return [...placed, ...chosen].filter(({ ids }) => ids.length > 1).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every choice of `count` axes. */
export function groupsOf(axes: readonly Axis[], count: number, from = 0): (readonly Axis[])[] {
  if (count === 0) return [[]]
  return axes.slice(from).flatMap((axis, i) => groupsOf(axes, count - 1, from + i + 1).map((rest) => [axis, ...rest]))
}

export function combinationsOf(group: readonly Axis[]): number {
  return group.reduce((n, { ids }) => n * ids.length, 1)
}

/** The number of the combination of values that a row has in a group. */
export function combinationAt(group: readonly Axis[], row: number): number {
  let combination = 0
  for (const { ids, digit } of group) combination = combination * ids.length + digit(row)
  return combination
}

export function valuesAt(group: readonly Axis[], combination: number): { [name: string]: string } {
  const values: [string, string][] = []
  let rest = combination
  for (const { name, ids } of group.toReversed()) {
    values.push([name, ids[rest % ids.length] as string])
    rest = Math.floor(rest / ids.length)
  }
  return Object.fromEntries(values.reverse())
}
