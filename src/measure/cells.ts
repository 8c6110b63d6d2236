/** Cells of rows as columns of small numbers: which value each row has in each dimension. */
import type { MeasuredCoverage } from '../events/measures.ts'
import { balanceOf } from './balance.ts'
import { GrowingU32 } from './growing.ts'
import { twayCoverage } from './tway.ts'

/** What a dimension should have. */
export interface TargetDimension {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly weight?: number }[]
}

// A column that has more different values than rows have in common is no dimension (an identifier, a text).
const MOST_VALUES = 200
const MOST_DIMENSIONS = 12
const MOST_MISSING = 10

interface Column {
  readonly name: string
  readonly ids: Map<string, number>
  /** One more than the value's index; 0 where the row has none. */
  readonly values: GrowingU32
}

export class CellColumns {
  private readonly columns = new Map<string, Column>()
  private readonly declared: readonly TargetDimension[] | undefined
  private rows = 0
  private given = 0

  /** With `dimensions`, those are measured and no others; without, whatever occurs. */
  constructor(dimensions?: readonly TargetDimension[]) {
    this.declared = dimensions
    for (const { name, values } of dimensions ?? []) {
      this.columns.set(name, { name, ids: new Map(values.map(({ id }, index) => [id, index])), values: new GrowingU32() })
    }
  }

  push(cell: { readonly [dimension: string]: string } | undefined): void {
    if (cell) this.given++
    for (const [name, id] of Object.entries(cell ?? {})) {
      let column = this.columns.get(name)
      if (!column) {
        if (this.declared || this.columns.size >= MOST_DIMENSIONS) continue
        column = { name, ids: new Map(), values: new GrowingU32() }
        this.columns.set(name, column)
      }
      let index = column.ids.get(id)
      if (index === undefined) {
        if (this.declared || column.ids.size > MOST_VALUES) continue
        index = column.ids.size
        column.ids.set(id, index)
      }
      while (column.values.length < this.rows) column.values.push(0)
      column.values.push(index + 1)
    }
    this.rows++
  }

  /** Undefined where no row has a cell. */
  measure(): MeasuredCoverage | undefined {
    const columns = [...this.columns.values()].filter(({ ids }) => ids.size > 0 && ids.size <= MOST_VALUES)
    if (this.given === 0 || columns.length === 0) return undefined
    for (const { values } of columns) while (values.length < this.rows) values.push(0)
    const sizes = columns.map(({ ids }) => ids.size)
    const names = columns.map(({ ids }) => [...ids.keys()])
    const { rows } = this
    const cells = function* () {
      const cell = new Int32Array(columns.length)
      for (let row = 0; row < rows; row++) {
        for (const [d, { values }] of columns.entries()) cell[d] = values.at(row) - 1
        yield cell
      }
    }
    const tway = [1, 2, 3]
      .filter((t) => t <= columns.length)
      .map((t) => {
        const found = twayCoverage(cells(), sizes, t)
        const missing = found.each.flatMap(({ dimensions, missing: tuples }) =>
          tuples.map((tuple) =>
            tuple.map((value, i) => {
              const d = dimensions[i] as number
              return [(columns[d] as Column).name, (names[d] as string[])[value] as string] as const
            }),
          ),
        )
        return {
          t,
          covered: found.covered,
          of: found.configurations,
          total: found.totalCoverage,
          simple: found.simpleCoverage,
          missing: missing.slice(0, MOST_MISSING),
        }
      })
    return { cells: this.given, dimensions: columns.map((column) => this.dimension(column)), tway, inferred: this.declared === undefined }
  }

  private dimension({ name, ids, values }: Column): MeasuredCoverage['dimensions'][number] {
    const counts = new Array<number>(ids.size).fill(0)
    for (const value of values.values) if (value > 0) counts[value - 1] = (counts[value - 1] as number) + 1
    const target = this.declared?.find((dimension) => dimension.name === name)
    const weights = [...ids.keys()].map((id) => target?.values.find((value) => value.id === id)?.weight ?? 1)
    const whole = weights.reduce((sum, weight) => sum + weight, 0)
    const { tv, p } = balanceOf(counts, weights)
    return {
      name,
      values: [...ids.keys()].map((id, i) => ({ id, rows: counts[i] as number, target: (weights[i] as number) / whole })),
      tv,
      p,
    }
  }
}
