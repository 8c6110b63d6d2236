/** What a person named on the command line: targets of a build, and cells by selector. */
import type { Dataset, Loaded } from '../config/dataset.ts'
import type { Item, Plan } from '../plan/plan.ts'
import { parseSelector, selected, selects } from '../plan/selector.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { suggest } from '../util/suggest.ts'

/** The dataset with only the named outputs and batches, and the batches those need. No names: all of it. */
export function narrowed(loaded: Loaded, names: readonly string[]): Loaded {
  if (names.length === 0) return loaded
  const { dataset } = loaded
  const outputs = dataset.outputs.filter((output) => names.includes(output.name))
  const wanted = new Set(outputs.flatMap((output) => output.batches))
  for (const name of names) {
    if (dataset.batches.some((batch) => batch.name === name)) wanted.add(name)
    else if (!outputs.some((output) => output.name === name)) throw unknownTarget(dataset, name)
  }
  // Batches stand behind those they come after, so one pass from the end collects everything needed.
  for (const batch of [...dataset.batches].reverse()) if (wanted.has(batch.name)) for (const earlier of batch.after) wanted.add(earlier)
  return { ...loaded, dataset: { ...dataset, outputs, batches: dataset.batches.filter((batch) => wanted.has(batch.name)) } }
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
  throw new DatagenError({
    code: 'usage/no-cell',
    severity: 'error',
    headline: `no cell of the plan matches "${text}"`,
    hint: '`datagen show cells` lists them',
  })
}
