/** The cells that a report is about, one at a time in plan order, each with what became of it and its row; may be walked several times. */
import type { Example, Message } from '../../../schema/config.ts'
import type { Json } from '../../../schema/json.ts'
import type { Source } from '../../assemble/provenance.ts'
import { matches } from '../../check/rules.ts'
import type { ReportItem, ReportMessage, ReportRow } from '../../events/dataset-report.ts'
import type { CellEnd } from '../../events/event.ts'
import { guardedValues } from '../../plan/cells.ts'
import { type Item, itemsOf } from '../../plan/plan.ts'
import { STATE } from '../../schedule/board.ts'
import { reasonFor, reasonText } from '../../schedule/reasons.ts'
import { hasExample, JUDGE } from '../../schedule/review-rows.ts'
import { AnswerGone, examplesIn } from '../../schedule/rows.ts'
import type { Work } from '../../schedule/work.ts'
import { targetsOf } from '../narrow.ts'

/** An item as the report shows it, with what only sums are made of. */
export interface Seen {
  readonly item: ReportItem
  /** Its number in the plan. */
  readonly index: number
  /** The answers behind its row. */
  readonly sources: readonly Source[]
}

/** A dimension, or a choice that the recipe makes. */
export interface ReportAxis {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly weight: number }[]
  readonly branch?: true
  readonly placeOf: (row: number) => number
}

const CHUNK = 256
// A reason costs a look-up and a diff; whoever has more to ask than this does not read them one by one.
const MOST_REASONS = 20_000

/** After a survey with its barriers. */
export class ReportItems {
  readonly axes: readonly ReportAxis[]
  readonly #work: Work
  readonly #wanted: (item: Item) => boolean
  /** Of the newest run, by batch and label: what was given up is to ask again, and nothing else remembers it. */
  readonly #failures: ReadonlyMap<string, CellEnd>
  readonly #reasons = new Map<number, string>()

  constructor(work: Work, names: readonly string[], failures: readonly CellEnd[]) {
    this.#work = work
    this.#wanted = wantedBy(work, names)
    this.#failures = new Map(failures.map((end) => [`${end.batch}\n${end.cell}`, end]))
    this.axes = axesOf(work)
  }

  *[Symbol.iterator](): Generator<Seen> {
    for (const [place, batch] of this.#work.plan.batches.entries()) {
      let chunk: Item[] = []
      for (const item of itemsOf(batch)) {
        if (!this.#wanted(item) || chunk.push(item) < CHUNK) continue
        yield* this.#chunk(chunk, place)
        chunk = []
      }
      yield* this.#chunk(chunk, place)
    }
  }

  *#chunk(items: readonly Item[], batch: number): Generator<Seen> {
    const made = this.#made(items.filter(({ index }) => hasExample(this.#work, index)).map(({ index }) => index))
    for (const item of items) {
      const row = made.get(item.index)
      yield { item: { ...this.#fate(item, batch), ...(row ? shown(row) : {}) }, index: item.index, sources: row?.sources ?? [] }
    }
  }

  /** In bulk; where an answer turns out to be gone, one by one. */
  #made(indexes: readonly number[]): Map<number, Made> {
    const work = this.#work
    const by = (index: number) => work.pins.get(index)?.edit.by
    try {
      return new Map([...examplesIn(work, indexes)].map((made) => [made.item.index, { ...made, editedBy: by(made.item.index) }]))
    } catch (error) {
      if (!(error instanceof AnswerGone)) throw error
      return new Map(
        indexes.flatMap((index) => {
          const example = work.example(work.item(index))
          return example ? [[index, { example, sources: [], values: {}, editedBy: by(index) }] as const] : []
        }),
      )
    }
  }

  #fate(item: Item, batch: number): Omit<ReportItem, 'row' | 'scores'> {
    const { board } = this.#work
    const { index, row, sample } = item
    const seen = {
      batch,
      values: this.axes.map(({ placeOf }) => placeOf(row)),
      sample,
      usd: board.state[index] === STATE.pending ? 0 : (board.usd[index] as number),
      tokens: 0,
      warned: board.warned[index] === 1,
    }
    const problem = board.problem(index)
    switch (board.state[index]) {
      case STATE.accepted:
      case STATE.ready:
        return { ...seen, state: 'accepted' }
      case STATE.rejected:
        return { ...seen, state: 'rejected', ...(problem ? { why: problem } : {}) }
      default: {
        const failure = this.#failures.get(`${item.batch.spec.name}\n${this.#work.label(item)}`)
        if (this.#work.waits[index] === 1)
          return { ...seen, state: 'pending', waiting: true, why: { code: '', message: 'waiting for batch jobs' } }
        if (failure) return { ...seen, state: 'failed', why: { code: failure.code ?? 'failed', message: failure.message ?? '' } }
        return { ...seen, state: 'pending', why: { code: 'to ask', message: this.#reason(item) } }
      }
    }
  }

  #reason(item: Item): string {
    const known = this.#reasons.get(item.index)
    if (known !== undefined) return known
    if (this.#reasons.size >= MOST_REASONS) return 'not compared one by one'
    const { dataset, store } = this.#work
    const resolution = this.#work.resolve(item)
    const reason =
      resolution.kind === 'wanted' ? reasonText(reasonFor(dataset, item, resolution, store), resolution.step.name) : 'not judged yet'
    this.#reasons.set(item.index, reason)
    return reason
  }
}

interface Made {
  readonly example: Example
  readonly sources: readonly Source[]
  readonly values: { readonly [step: string]: Json }
  readonly editedBy: string | undefined
}

function shown({ example, sources, values, editedBy }: Made): Pick<ReportItem, 'row' | 'scores' | 'tokens'> {
  const row: ReportRow = {
    messages: example.messages.map(message),
    ...(example.rejected ? { rejected: example.rejected.map(message) } : {}),
    ...(editedBy === undefined ? {} : { editedBy }),
  }
  const scores = Object.entries(values).flatMap(([step, value]) =>
    step.startsWith(JUDGE) && value !== null ? [{ judge: step.slice(JUDGE.length), value }] : [],
  )
  const tokens = sources.reduce((sum, { outputTokens }) => sum + outputTokens, 0)
  return { row, tokens, ...(scores.length > 0 ? { scores } : {}) }
}

function message({ role, content, tool_calls: calls }: Message): ReportMessage {
  return { role, content, ...(calls ? { tool_calls: calls } : {}) }
}

/** The cells of the named outputs and batches; of those that an output's batches come after, nothing is told. */
function wantedBy({ dataset, plan }: Work, names: readonly string[]): (item: Item) => boolean {
  targetsOf(dataset, names)
  if (names.length === 0) return () => true
  const outputs = dataset.outputs.filter(({ name }) => names.includes(name))
  return ({ batch, row }) =>
    names.includes(batch.spec.name) ||
    outputs.some(
      ({ batches, where }) => batches.includes(batch.spec.name) && (!where || matches(where, guardedValues(plan.dimensions, row))),
    )
}

function axesOf({ plan, dataset }: Work): ReportAxis[] {
  let size = 1
  const declared = plan.dimensions.toReversed().map(({ name, values }): ReportAxis => {
    const [at, own] = [size, values.length]
    size *= own
    return { name, values: values.map(({ id, weight }) => ({ id, weight })), placeOf: (row) => Math.floor(row / at) % own }
  })
  const branches = (dataset.recipe.branches ?? []).map(({ name, values, of }): ReportAxis => {
    const places = new Map(values.map(({ id }, place) => [id, place]))
    return { name, values, branch: true, placeOf: (row) => places.get(of(guardedValues(plan.dimensions, row))) ?? -1 }
  })
  return [...declared.reverse(), ...branches]
}
