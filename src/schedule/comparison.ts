/** Checks that compare rows with those accepted before them, behind one seam: equal rows by marks in columns, rows that are nearly equal by their words. */
import type { Example } from '../../schema/config.ts'
import { NearRows } from '../check/near-duplicates.ts'
import { textOf } from '../check/rules.ts'
import type { UniqueRule } from '../check/unique.ts'
import type { CheckSpec } from '../config/dataset.ts'
import { DigestTable } from '../plan/digest-table.ts'
import { examplesIn } from './rows.ts'
import type { Work } from './work.ts'

export interface Comparison {
  readonly check: CheckSpec
  readonly message: string
  /** A row was judged in this build: its example is at hand. */
  readonly note?: (item: number, example: Example) => void
  /** Called with items before they are compared or kept. */
  readonly prepare?: (items: readonly number[]) => void
  /** Whether a row that was kept is too much like this one. */
  readonly isHeld: (item: number) => boolean
  readonly keep: (item: number) => void
}

/** Whether a check compares rows with each other. */
export function isComparison({ rule }: CheckSpec): boolean {
  return rule.check === 'unique' || rule.check === 'near-duplicates'
}

/** One `unique` check with a mark per item. */
export interface UniqueColumn {
  readonly check: CheckSpec
  readonly rule: UniqueRule
  readonly high: Uint32Array
  readonly low: Uint32Array
}

export function equalRows({ check, rule, high, low }: UniqueColumn, items: number): Comparison {
  let table: DigestTable | undefined
  const kept = () => {
    table ??= new DigestTable(items)
    return table
  }
  return {
    check,
    message: `the same ${rule.of} text as a row before it`,
    isHeld: (item) => kept().find(high[item] as number, low[item] as number) !== undefined,
    keep: (item) => void kept().addWords(high[item] as number, low[item] as number, item),
  }
}

type NearRule = Extract<CheckSpec['rule'], { check: 'near-duplicates' }>

/**
 * Nothing of it is remembered between builds: rows of builds before are read again, in bulk, where something was judged anew; otherwise nothing is
 * compared at all. Throws `AnswerGone` when the store has lost a row.
 */
export function alikeRows(work: Work, check: CheckSpec, { of, similarity }: NearRule): Comparison {
  let made: NearRows | undefined
  const rows = () => {
    made ??= new NearRows(work.plan.items, similarity, (item) => {
      const [row] = examplesIn(work, [item])
      return row ? textOf(row.example, of) : ''
    })
    return made
  }
  return {
    check,
    message: `nearly the same ${of} text as a row before it`,
    note: (item, example) => rows().sign(item, textOf(example, of)),
    prepare: (items) => {
      const unknown = items.filter((item) => !rows().isSigned(item))
      for (const { item, example } of examplesIn(work, unknown)) rows().sign(item.index, textOf(example, of))
    },
    isHeld: (item) => rows().isHeld(item),
    keep: (item) => rows().accept(item),
  }
}
