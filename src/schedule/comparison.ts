/** Checks that compare rows with those accepted before them, behind one seam: equal rows by marks in columns, rows that are nearly equal by their words. */
import type { Example } from '../../schema/config.ts'
import { NearRows } from '../check/near-duplicates.ts'
import { SemanticRows } from '../check/semantic-duplicates.ts'
import type { UniqueRule } from '../check/unique.ts'
import type { CheckSpec } from '../config/dataset.ts'
import { vectorFrom } from '../measure/vector.ts'
import { DigestTable } from '../plan/digest-table.ts'
import type { StepValues } from '../plan/resolve.ts'
import { textOf } from '../util/example-text.ts'
import { readResponse } from './answers.ts'
import { AnswerGone, examplesIn } from './rows.ts'
import type { Work } from './work.ts'

export interface Comparison {
  readonly check: CheckSpec
  readonly message: string
  /** A row was judged in this build: its example is at hand. */
  readonly note?: (item: number, example: Example, values: StepValues) => void
  /** Called with items before they are compared or kept. */
  readonly prepare?: (items: readonly number[]) => void
  /** Whether a row that was kept is too much like this one. */
  readonly isHeld: (item: number) => boolean
  readonly keep: (item: number) => void
}

/** Whether a check compares rows with each other. */
export function isComparison({ rule }: CheckSpec): boolean {
  return rule.check === 'unique' || rule.check === 'near-duplicates' || rule.check === 'semantic-duplicates'
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

type SemanticRule = Extract<CheckSpec['rule'], { check: 'semantic-duplicates' }>

/** As `alikeRows`, by vectors that are kept like answers; a row that a person has written has none, and is compared with none. */
export function alikeInMeaning(work: Work, check: CheckSpec, { of, similarity, step }: SemanticRule): Comparison {
  let made: SemanticRows | undefined
  const rows = () => {
    made ??= new SemanticRows(work.plan.items, similarity, (item) => vectorsOf(work, step, [item])[0])
    return made
  }
  return {
    check,
    message: `nearly the same meaning of the ${of} text as in a row before it`,
    note: (item, _, values) => {
      const vector = values[step] === undefined ? undefined : vectorFrom(String(values[step]))
      if (vector) rows().sign(item, vector)
    },
    prepare: (items) => {
      const unknown = items.filter((item) => !rows().isSigned(item) && !work.pins.has(item))
      for (const [i, vector] of vectorsOf(work, step, unknown).entries()) if (vector) rows().sign(unknown[i] as number, vector)
    },
    isHeld: (item) => rows().isHeld(item),
    keep: (item) => rows().accept(item),
  }
}

/** Kept vectors, read in bulk. Throws `AnswerGone` when the store has lost one. */
export function vectorsOf(work: Work, name: string, items: readonly number[]): (Float32Array | undefined)[] {
  const asked = work.dataset.recipe.steps.filter((step) => step.kind !== 'derive')
  const at = asked.findIndex((step) => step.name === name)
  const [step, column] = [asked[at], work.board.answers[at]]
  if (!step || !column) throw new Error(`datagen bug: there is no step "${name}"`)
  const kept = work.store.readAll(Uint32Array.from(items, (item) => column[item] as number))
  return kept.map((trace) => {
    const reading = trace && readResponse(step, trace.raw)
    if (reading?.kind !== 'value') throw new AnswerGone()
    return vectorFrom(String(reading.value))
  })
}
