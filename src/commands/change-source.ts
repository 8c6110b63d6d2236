/** Where in the config a changed field of a request comes from. */
import type { Dataset } from '../config/dataset.ts'
import type { FieldChange } from '../key/explain.ts'
import { coordinates } from '../plan/cells.ts'
import type { Item, Plan } from '../plan/plan.ts'
import type { Asked, Wanted } from '../plan/resolve.ts'
import type { Place } from '../util/diagnostic.ts'

/** Fields of the request's body that a model's config calls otherwise; the rest differ in case only. */
const CONFIG_NAME: { readonly [field: string]: string } = {
  provider: 'baseUrl',
  model: 'use',
  max_tokens: 'maxTokens',
  max_completion_tokens: 'maxTokens',
  max_output_tokens: 'maxTokens',
  reasoning: 'reasoningEffort',
}

/** A guide that shows only in the new text, else the text of the step, else the setting of its model. */
export function changeSource(
  dataset: Dataset,
  plan: Plan,
  item: Item,
  { step, asked: { identified } }: Wanted,
  change: FieldChange,
): Place | undefined {
  const guide = guidePlace(dataset, plan, item, change)
  if (guide) return guide
  const { locate } = dataset
  const recipe = locate(['recipe'])
  const inStep = (name: string) => {
    const place = locate(['recipe', 'steps', step.name, name])
    // A ready-made recipe has its texts at the top.
    return place?.line === recipe?.line && place?.column === recipe?.column ? locate(['recipe', name]) : place
  }
  if (step.kind === 'run') return step.verdict?.place ?? inStep('run')
  if (change.field === 'body.instructions') return inStep('system')
  const message = /^body\.(?:messages|input)\[(\d+)\]/.exec(change.field)
  if (message) return inStep(roleOf(identified.request, Number(message[1])) === 'system' ? 'system' : 'prompt')
  const field = change.field.replace(/^body\./, '').replace(/[.[].*$/, '')
  if (field === 'response_format' || change.field.startsWith('body.text.format')) return inStep('schema')
  return locate(['models', step.model.name, CONFIG_NAME[field] ?? field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())])
}

function guidePlace(dataset: Dataset, plan: Plan, item: Item, change: FieldChange): Place | undefined {
  const [before, after] = [change.before ?? '', change.after ?? '']
  for (const [d, { name, id, guide }] of coordinates(plan.dimensions, item.row).entries()) {
    // As in the JSON texts that are compared, without the quotes.
    const text = JSON.stringify(guide).slice(1, -1)
    if (!after.includes(text) || before.includes(text)) continue
    const at = plan.dimensions[d]?.values.findIndex((value) => value.id === id) ?? 0
    return dataset.locate(['dimensions', name, at, 'guide'])
  }
  return undefined
}

function roleOf(request: Asked['identified']['request'], index: number): unknown {
  const messages = request.kind === 'ask' ? (request.body['messages'] ?? request.body['input']) : undefined
  const message = Array.isArray(messages) ? messages[index] : undefined
  return typeof message === 'object' && message !== null && 'role' in message ? message['role'] : undefined
}
