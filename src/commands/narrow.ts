/** What a person named on the command line: targets of a build, and cells by selector. */
import type { Dataset } from '../config/dataset.ts'
import type { Item, Plan } from '../plan/plan.ts'
import { parseSelector, selected, selects } from '../plan/selector.ts'
import type { Scope } from '../schedule/scope.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { suggest } from '../util/suggest.ts'

/** Names of batches and outputs that a command is about. */
export interface Targets {
  readonly batches: ReadonlySet<string>
  readonly outputs: ReadonlySet<string>
}

/** The named outputs and batches with all they need; no names: everything. */
export function targetsOf(dataset: Dataset, names: readonly string[]): Targets {
  const all = { batches: new Set(dataset.batches.map(({ name }) => name)), outputs: new Set(dataset.outputs.map(({ name }) => name)) }
  for (const name of names) if (!all.batches.has(name) && !all.outputs.has(name)) throw unknownTarget(dataset, name)
  if (names.length === 0) return all
  const outputs = dataset.outputs.filter(({ name }) => names.includes(name))
  const batches = new Set([...names.filter((name) => all.batches.has(name)), ...outputs.flatMap((output) => output.batches)])
  // Batches stand behind those they come after, so one pass from the end collects everything needed.
  for (const batch of [...dataset.batches].reverse()) if (batches.has(batch.name)) for (const earlier of batch.after) batches.add(earlier)
  return { batches, outputs: new Set(outputs.map(({ name }) => name)) }
}

/** Targets and `--only` as a scope. The whole dataset stays planned: which cells a batch has must not depend on what is built. */
export function scopeOf(plan: Plan, names: readonly string[], only: string | undefined): Scope {
  const { batches, outputs } = targetsOf(plan.dataset, names)
  const named = only === undefined ? () => true : itemPredicate(plan, only)
  return { item: (item) => batches.has(item.batch.spec.name) && named(item), output: (name) => outputs.has(name) }
}

function unknownTarget(dataset: Dataset, name: string): DatagenError {
  const known = [...dataset.outputs, ...dataset.batches].map((target) => target.name)
  const suggestion = suggest(name, known)
  return new DatagenError({
    code: 'usage/unknown-target',
    severity: 'error',
    headline: `there is no batch or output "${name}"`,
    facts: [['known', known.join(', ')]],
    hint: suggestion ? `did you mean "${suggestion}"?` : 'name a batch or an output of the config, or nothing for all',
  })
}

/** A predicate from selector text; an unknown word is an error with a suggestion. */
export function itemPredicate(plan: Plan, text: string): (item: Item) => boolean {
  const selector = parseSelector(plan, text)
  if (!('what' in selector)) return (item) => selects(plan, selector, item)
  const { word, what, known, suggestion } = selector
  if (word === '') throw noCell(text)
  throw new DatagenError({
    code: 'usage/unknown-cell',
    severity: 'error',
    headline: `no cell has the ${what} "${word}"`,
    facts: [['known', known.slice(0, 12).join(', ') + (known.length > 12 ? ', …' : '')]],
    hint: suggestion ? `did you mean "${suggestion}"?` : 'name cells by their values, like "beginner × question"',
  })
}

/** Every item a selector names, or an error when there is none. */
export function itemsNamed(plan: Plan, text: string): Item[] {
  itemPredicate(plan, text)
  const selector = parseSelector(plan, text)
  const items = 'what' in selector ? [] : [...selected(plan, selector)]
  if (items.length > 0) return items
  throw noCell(text)
}

function noCell(text: string): DatagenError {
  return new DatagenError({
    code: 'usage/no-cell',
    severity: 'error',
    headline: `no cell of the plan matches "${text}"`,
    hint: '`datagen show cells` lists them',
  })
}
