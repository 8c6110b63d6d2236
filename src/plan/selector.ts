/** Cells by words: `beginner`, `beginner × question`, `expertise=beginner`, with `#1` for a sample and `batch:` before. */
import { suggest } from '../util/suggest.ts'
import { coordinates } from './cells.ts'
import { type Item, itemsOf, type Plan } from './plan.ts'

export interface Selector {
  readonly batch?: string
  /** Each term must be a value of the cell, or `dimension=value`. */
  readonly terms: readonly { readonly dimension?: string; readonly value: string }[]
  readonly sample?: number
}

/** A word that names nothing in this plan. */
export interface UnknownWord {
  readonly word: string
  readonly what: 'batch' | 'dimension' | 'value'
  readonly known: readonly string[]
  readonly suggestion?: string
}

/** `harden:refund × angry #2`; terms are separated by `×`, `*`, `,` or ` x `. */
export function parseSelector(plan: Plan, text: string): Selector | UnknownWord {
  let rest = text.trim()
  const colon = rest.indexOf(':')
  let batch: string | undefined
  const batches = plan.batches.map(({ spec }) => spec.name)
  if (colon > 0 && batches.includes(rest.slice(0, colon))) {
    batch = rest.slice(0, colon)
    rest = rest.slice(colon + 1)
  }
  const sample = /#(\d+)\s*$/.exec(rest)
  if (sample) rest = rest.slice(0, sample.index)
  const terms: { dimension?: string; value: string }[] = []
  for (const part of rest.split(/\s*(?:×|\*|,|\sx\s)\s*/u).filter((word) => word.trim() !== '')) {
    const term = parseTerm(plan, part.trim())
    if ('what' in term) return term
    terms.push(term)
  }
  return { ...(batch === undefined ? {} : { batch }), terms, ...(sample ? { sample: Number(sample[1]) } : {}) }
}

function parseTerm(plan: Plan, word: string): { dimension?: string; value: string } | UnknownWord {
  const equals = word.indexOf('=')
  const named = equals > 0 ? plan.dimensions.find(({ name }) => name === word.slice(0, equals)) : undefined
  if (named) {
    const value = word.slice(equals + 1)
    const known = named.values.map(({ id }) => id)
    return known.includes(value) ? { dimension: named.name, value } : unknown(value, 'value', known)
  }
  const values = plan.dimensions.flatMap((dimension) => dimension.values.map(({ id }) => id))
  return values.includes(word) ? { value: word } : unknown(word, 'value', [...new Set(values)])
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
