/** Cells by words: `beginner`, `beginner × question`, `expertise=beginner`, with `#1` for a sample and `batch:` before. */
import { suggest } from '../util/suggest.ts'
import { coordinates } from './cells.ts'
import { type Item, itemsOf, type Plan } from './plan.ts'

export interface Selector {
  readonly batch?: string
  /** Each term must be a value of the cell, or `dimension=value`. */
  readonly terms: readonly Term[]
  readonly sample?: number
}

/** A word that names nothing in this plan. */
export interface UnknownWord {
  readonly word: string
  readonly what: 'batch' | 'dimension' | 'value'
  readonly known: readonly string[]
  readonly suggestion?: string
}

// Between terms, and between the last term and a sample; a value's id may contain any of it.
const BETWEEN = /^\s*(?:×|\*|,|x(?=\s))?\s*/u
const SAMPLE = /^\s*#(\d+)\s*$/
const END_OF_TERM = /^\s*(?:$|×|\*|,|x\s|#\d+\s*$)/u

/**
 * `harden:refund × angry #2`; terms are separated by `×`, `*`, `,` or ` x `. The longest value that fits is meant, so
 * ids that contain separators can be named. Text that names nothing is unknown: an empty variable must not mean everything.
 */
export function parseSelector(plan: Plan, text: string): Selector | UnknownWord {
  let rest = text.trim()
  const batch = plan.batches.map(({ spec }) => spec.name).find((name) => rest.startsWith(`${name}:`))
  if (batch !== undefined) rest = rest.slice(batch.length + 1)
  const names = termNames(plan)
  const terms: Term[] = []
  let sample: number | undefined
  for (rest = rest.replace(BETWEEN, ''); rest.trim() !== ''; rest = rest.replace(BETWEEN, '')) {
    const found = names.find(([name]) => rest.startsWith(name) && END_OF_TERM.test(rest.slice(name.length)))
    const last = SAMPLE.exec(rest)
    if (found) {
      terms.push(found[1])
      rest = rest.slice(found[0].length)
    } else if (last) {
      sample = Number(last[1])
      rest = ''
    } else return unknownTerm(plan, rest)
  }
  if (batch === undefined && terms.length === 0 && sample === undefined) return { word: '', what: 'value', known: [] }
  return { ...(batch === undefined ? {} : { batch }), terms, ...(sample === undefined ? {} : { sample }) }
}

interface Term {
  readonly dimension?: string
  readonly value: string
}

/** What may be written for a term, longest first. */
function termNames(plan: Plan): (readonly [name: string, term: Term])[] {
  const names = plan.dimensions.flatMap((dimension) =>
    dimension.values.flatMap(({ id }) => [
      [id, { value: id }] as const,
      [`${dimension.name}=${id}`, { dimension: dimension.name, value: id }] as const,
    ]),
  )
  return names.sort(([a], [b]) => b.length - a.length)
}

function unknownTerm(plan: Plan, rest: string): UnknownWord {
  const word = (rest.split(/\s*(?:×|\*|,|\sx\s|#\d+\s*$)/u)[0] as string).trim()
  const named = plan.dimensions.find(({ name }) => word.startsWith(`${name}=`))
  if (named)
    return unknown(
      word.slice(named.name.length + 1),
      'value',
      named.values.map(({ id }) => id),
    )
  return unknown(word, 'value', [...new Set(plan.dimensions.flatMap((dimension) => dimension.values.map(({ id }) => id)))])
}

function unknown(word: string, what: UnknownWord['what'], known: readonly string[]): UnknownWord {
  const suggestion = suggest(word, known)
  return { word, what, known, ...(suggestion === undefined ? {} : { suggestion }) }
}

export function selects(plan: Plan, selector: Selector, item: Item): boolean {
  if (selector.batch !== undefined && item.batch.spec.name !== selector.batch) return false
  if (selector.sample !== undefined && item.sample !== selector.sample) return false
  const values = coordinates(plan.dimensions, item.row)
  return selector.terms.every((term) =>
    values.some(({ name, id }) => id === term.value && (term.dimension === undefined || name === term.dimension)),
  )
}

export function* selected(plan: Plan, selector: Selector): Generator<Item> {
  for (const batch of plan.batches) for (const item of itemsOf(batch)) if (selects(plan, selector, item)) yield item
}
