/** Conclusions about rows: row checks when an example exists, duplicates at the batch barrier in cell order. */
import { hash } from 'node:crypto'
import type { Example, Message } from '../../schema/config.ts'
import { FORMATS } from '../assemble/formats.ts'
import { levelCode } from '../check/judged.ts'
import { judgeRow, matches } from '../check/rules.ts'
import { type UniqueRule, uniqueMark } from '../check/unique.ts'
import type { CheckSpec } from '../config/dataset.ts'
import { guardedValues } from '../plan/cells.ts'
import type { Item, PlanBatch } from '../plan/plan.ts'
import type { Resolution } from '../plan/resolve.ts'
import { STATE, type State } from './board.ts'
import { alikeInMeaning, alikeRows, type Comparison, equalRows, type UniqueColumn } from './comparison.ts'
import type { Work } from './work.ts'

// Items made fit to be compared at a time.
const CHUNK = 256

/** What a row is rejected by when an output cannot hold it; the format follows. */
export const MISFIT = 'format-'
/** What a row is rejected by when a person did. */
export const REVIEW = 'review'

/** An example with what led to it. */
type Judged = Pick<Extract<Resolution, { kind: 'example' }>, 'example' | 'used' | 'values'>

export class Judge {
  readonly #work: Work
  readonly uniques: readonly UniqueColumn[]
  /** Everything that compares rows, in the order of the config. */
  readonly #comparisons: readonly Comparison[]
  /** Batches whose rows are accepted but in no table yet. */
  #deferred: PlanBatch[] = []
  /** Batches with rows that are judged anew, or against anew judged ones. */
  readonly #fresh = new Set<PlanBatch>()
  /** Findings of severity `warn`, by check and message. */
  readonly warnings = new Map<string, number>()

  constructor(work: Work) {
    this.#work = work
    const { items } = work.plan
    this.uniques = uniqueChecks(work.dataset.checks).map(({ check, rule }, i) => {
      const { high, low } = work.recall?.uniques[i] ?? { high: new Uint32Array(items), low: new Uint32Array(items) }
      return { check, rule, high, low }
    })
    let unique = 0
    this.#comparisons = work.dataset.checks.flatMap((check): Comparison[] => {
      if (check.rule.check === 'unique') return [equalRows(this.uniques[unique++] as UniqueColumn, items)]
      if (check.rule.check === 'near-duplicates') return [alikeRows(work, check, check.rule)]
      if (check.rule.check === 'semantic-duplicates') return [alikeInMeaning(work, check, check.rule)]
      return []
    })
  }

  /** Moves an item with an example to ready, or to rejected by the first row check that says so. */
  row(item: Item, { example, used, values }: Judged): void {
    const { board, dataset, plan, failing } = this.#work
    const mark = exampleMark(example)
    board.ready(item.index, mark, used)
    if (board.twin[item.index] !== 0) board.twin[item.index] = 0
    if (board.warned[item.index] !== 0) board.warned[item.index] = 0
    this.#levels(item.index, values)
    this.#fresh.add(item.batch)
    const ruling = this.#work.reviews.ruling(mark)
    if (ruling?.kind === 'reject') return board.fail(item.index, STATE.rejected, { code: REVIEW, message: ruling.reason })
    const misfit = this.#misfit(item, example)
    if (misfit) return board.fail(item.index, STATE.rejected, misfit)
    for (const finding of judgeRow(dataset.checks, example, guardedValues(plan.dimensions, item.row), values)) {
      // Who accepted the row saw what these checks had against it.
      if (ruling && (finding.severity === 'warn' || ruling.over.has(finding.check))) continue
      const counts = !failing.has(finding.check)
      if (counts && finding.severity === 'reject')
        return board.fail(item.index, STATE.rejected, { code: finding.check, message: finding.message })
      board.warned[item.index] = 1
      this.#warn(finding.check, counts ? finding.message : `${finding.message}; the row stays, for this judge fails its controls`)
    }
    for (const { rule, high, low } of this.uniques) {
      const mark = uniqueMark(rule, example)
      high[item.index] = Number.parseInt(mark.slice(0, 8), 16)
      low[item.index] = Number.parseInt(mark.slice(8, 16), 16)
    }
    for (const { note } of this.#comparisons) note?.(item.index, example, values)
  }

  /** Of a row that a person wrote there are none. */
  #levels(item: number, values: Judged['values']): void {
    const { board, judged } = this.#work
    for (const [i, { criterion }] of judged.entries()) {
      const column = board.levels[i] as Uint8Array
      const code = levelCode(criterion, values)
      // Memory that was never written to takes no room.
      if (column[item] !== code) column[item] = code
    }
  }

  /** A row that an output's format cannot hold, such as a pair that is none. */
  #misfit(item: Item, example: Example): { code: string; message: string } | undefined {
    const { dataset, plan } = this.#work
    for (const { name, format, batches, where } of dataset.outputs) {
      const problem = FORMATS[format].problem(example)
      if (problem === undefined || !batches.includes(item.batch.spec.name)) continue
      if (!matches(where, guardedValues(plan.dimensions, item.row))) continue
      return { code: `${MISFIT}${format}`, message: `the output "${name}" is "${format}", and ${problem}` }
    }
    return undefined
  }

  /** When nothing more of a batch will run: of equal rows the first in cell order stays. */
  barrier(batch: PlanBatch): void {
    const comparisons = this.#comparisons
    if (comparisons.length === 0) return this.#accept(batch)
    if (this.#isAsRecalled(batch)) {
      this.#accept(batch)
      this.#deferred.push(batch)
      return
    }
    this.#catchUp()
    const { board } = this.#work
    for (const item of this.#compared(batch, STATE.ready)) {
      board.twin[item] = 0
      board.problemOf[item] = 0
      const met = comparisons.map(({ isHeld }) => isHeld(item))
      const over = met.includes(true) ? overruled(this.#work, item) : undefined
      const turnedDown = comparisons.find(({ check }, i) => met[i] && check.severity === 'reject' && !over?.has(check.id))
      if (turnedDown) {
        board.fail(item, STATE.rejected, { code: turnedDown.check.id, message: turnedDown.message })
        board.twin[item] = 1
        continue
      }
      for (const [i, { check, message, keep }] of comparisons.entries()) {
        if (!met[i]) keep(item)
        else if (!over) this.#warn(check.id, message)
      }
      board.state[item] = STATE.accepted
    }
  }

  /**
   * Nothing of the batch was judged anew, and none of its rows was a twin: whatever happened to rows before it, these stay
   * accepted, because what they did not equal then they do not equal now.
   */
  #isAsRecalled(batch: PlanBatch): boolean {
    if (this.#fresh.size > 0 || this.#comparisons.some(({ check }) => check.severity === 'warn')) return false
    return !this.#work.board.twin.subarray(batch.first, batch.first + batch.items).includes(1)
  }

  #accept(batch: PlanBatch): void {
    const { state } = this.#work.board
    for (let item = batch.first; item < batch.first + batch.items; item++) if (state[item] === STATE.ready) state[item] = STATE.accepted
  }

  /** Makes what was accepted without comparing known to those who compare. */
  #catchUp(): void {
    for (const batch of this.#deferred)
      for (const item of this.#compared(batch, STATE.accepted)) for (const { keep } of this.#comparisons) keep(item)
    this.#deferred = []
  }

  /** A batch's items in one state, in order, each fit to be compared. */
  *#compared({ first, items }: PlanBatch, wanted: State): Generator<number> {
    const { state } = this.#work.board
    for (let from = first; from < first + items; from += CHUNK) {
      const some: number[] = []
      for (let item = from; item < Math.min(from + CHUNK, first + items); item++) if (state[item] === wanted) some.push(item)
      for (const { prepare } of this.#comparisons) prepare?.(some)
      yield* some
    }
  }

  #warn(check: string, message: string): void {
    const name = `${check}: ${message}`
    this.warnings.set(name, (this.warnings.get(name) ?? 0) + 1)
  }
}

export function uniqueChecks(checks: readonly CheckSpec[]): { check: CheckSpec; rule: UniqueRule }[] {
  return checks.flatMap((check) => (check.rule.check === 'unique' ? [{ check, rule: check.rule }] : []))
}

/** The checks that do not count against a row because a person accepted it; undefined when nobody did. */
function overruled({ board, reviews }: Work, item: number): ReadonlySet<string> | undefined {
  const ruling = reviews.rulingOfMark(board.markHigh[item] as number, board.markLow[item] as number)
  return ruling?.kind === 'accept' ? ruling.over : undefined
}

/** Two examples have one mark exactly when they make the same row. What plain conversations lack stays out of theirs. */
export function exampleMark({ messages, rejected, tools }: Example): string {
  const parts = ({ role, content, tool_calls: calls, tool_call_id: id }: Message) =>
    calls === undefined && id === undefined ? [role, content] : [role, content, calls ?? null, id ?? null]
  const told = messages.map(parts)
  const all = rejected === undefined && tools === undefined ? told : [told, rejected?.map(parts) ?? null, tools ?? null]
  return hash('sha256', JSON.stringify(all))
}
