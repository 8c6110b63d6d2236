/** Which cells batches that cover combinations had before: the store remembers, so that a further value only adds cells. */
import { createHash } from 'node:crypto'
import type { BatchSpec, Dataset, DimensionSpec } from '../config/dataset.ts'
import { cellId, rowNamed } from '../plan/cells.ts'
import type { HeldRows } from '../plan/own-rows.ts'
import type { Plan } from '../plan/plan.ts'
import type { Store } from '../store/store.ts'
import { type Decision, decidedBefore, decidedLast, type Question } from './decisions.ts'

export class HeldCells {
  readonly #dimensions: readonly DimensionSpec[]
  readonly #store: Store
  /** What was asked and not decided before, by batch. */
  readonly #open = new Map<string, Question>()

  constructor({ dimensions }: Dataset, store: Store) {
    this.#dimensions = dimensions
    this.#store = store
  }

  /** Those that were chosen from the same rows; else those that were chosen last. */
  readonly rows: HeldRows = (spec, rows) => {
    const question = questionOf(this.#dimensions, spec, rows)
    const known = decidedBefore(this.#store, question)
    if (!known) this.#open.set(spec.name, question)
    const cells = (known ?? decidedLast(this.#store, question)) as readonly string[] | undefined
    return cells && Uint32Array.from(cells.flatMap((cell) => rowNamed(this.#dimensions, cell) ?? [])).sort()
  }

  /** What a plan has decided anew. */
  decisions({ batches }: Plan): Decision[] {
    return batches.flatMap(({ spec, round, rows }) => {
      const question = round === 0 ? this.#open.get(spec.name) : undefined
      return question ? [{ question, answer: Array.from(rows, (row) => cellId(this.#dimensions, row)) }] : []
    })
  }
}

function questionOf(dimensions: readonly DimensionSpec[], { name, strength, size }: BatchSpec, rows: Uint32Array): Question {
  const hash = createHash('sha256')
  hash.update(JSON.stringify(dimensions.map((dimension) => [dimension.name, dimension.values.map(({ id, weight }) => [id, weight])])))
  hash.update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength))
  return { what: 'cells', batch: name, about: { strength: strength ?? 0, size: size ?? null, from: hash.digest('hex') } }
}
