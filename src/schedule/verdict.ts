/** Conclusions about rows: row checks when an example exists, duplicates at the batch barrier in cell order. */
import { hash } from 'node:crypto'
import type { Example } from '../../schema/config.ts'
import { judgeRow } from '../check/rules.ts'
import { type UniqueRule, uniqueMark } from '../check/unique.ts'
import type { CheckSpec } from '../config/dataset.ts'
import { guardedValues } from '../plan/cells.ts'
import { DigestTable } from '../plan/digest-table.ts'
import { type Item, itemsOf, type PlanBatch } from '../plan/plan.ts'
import type { Used } from '../plan/resolve.ts'
import { STATE } from './board.ts'
import type { Work } from './work.ts'

/** The models of the answers behind a row: of each step, the one whose answer counted. */
function modelsOf(used: readonly Used[]): string[] {
  return used.filter(({ step }, i) => used[i + 1]?.step !== step).map(({ kept }) => kept.model)
}

/** Two examples have one mark exactly when they make the same row. */
function exampleMark({ messages }: Example): string {
  return hash('sha256', JSON.stringify(messages.map(({ role, content }) => [role, content])))
}

/** One `unique` check: a mark per item, and the marks of the rows accepted so far. */
interface UniqueColumn {
  readonly check: CheckSpec
  readonly rule: UniqueRule
  readonly high: Uint32Array
  readonly low: Uint32Array
  readonly accepted: DigestTable
}

export class Judge {
  readonly #work: Work
  readonly #columns: readonly UniqueColumn[]
  /** Findings of severity `warn`, by check and message. */
  readonly warnings = new Map<string, number>()

  constructor(work: Work) {
    this.#work = work
    this.#columns = work.dataset.checks.flatMap((check) => {
      if (check.rule.check !== 'unique') return []
      const items = work.plan.items
      return [{ check, rule: check.rule, high: new Uint32Array(items), low: new Uint32Array(items), accepted: new DigestTable(items) }]
    })
  }

  /** Moves an item with an example to ready, or to rejected by the first row check that says so. */
  row(item: Item, example: Example, used: readonly Used[]): void {
    const { board, dataset, plan } = this.#work
    board.ready(item.index, exampleMark(example), modelsOf(used))
    for (const finding of judgeRow(dataset.checks, example, guardedValues(plan.dimensions, item.row))) {
      if (finding.severity === 'reject') return board.fail(item.index, STATE.rejected, { code: finding.check, message: finding.message })
      this.#warn(finding.check, finding.message)
    }
    for (const column of this.#columns) {
      const mark = uniqueMark(column.rule, example)
      column.high[item.index] = Number.parseInt(mark.slice(0, 8), 16)
      column.low[item.index] = Number.parseInt(mark.slice(8, 16), 16)
    }
  }

  /** When nothing more of a batch will run: of equal rows the first in cell order stays. */
  barrier(batch: PlanBatch): void {
    const { board } = this.#work
    for (const item of itemsOf(batch)) {
      if (board.state[item.index] !== STATE.ready) continue
      const twin = this.#columns.find((column) => this.#twin(column, item) !== undefined && column.check.severity === 'reject')
      if (twin) {
        board.fail(item.index, STATE.rejected, { code: twin.check.id, message: `the same ${twin.rule.of} text as a row before it` })
        continue
      }
      for (const column of this.#columns) {
        if (this.#twin(column, item) === undefined)
          column.accepted.addWords(column.high[item.index] as number, column.low[item.index] as number, item.index)
        else this.#warn(column.check.id, `the same ${column.rule.of} text as a row before it`)
      }
      board.state[item.index] = STATE.accepted
    }
  }

  #twin(column: UniqueColumn, item: Item): number | undefined {
    return column.accepted.find(column.high[item.index] as number, column.low[item.index] as number)
  }

  #warn(check: string, message: string): void {
    const name = `${check}: ${message}`
    this.warnings.set(name, (this.warnings.get(name) ?? 0) + 1)
  }
}
