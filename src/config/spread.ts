/** `spread` steps: one shared answer proposes several different candidates, and each item takes the one at its place. */
import type { SpreadStep, StepContext } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import { conditionOf } from './conditions.ts'
import type { AskSpec, DeriveSpec, StepSpec } from './dataset.ts'
import { guard } from './guard.ts'
import type { ConfigPath } from './locate.ts'
import { modelFor, type RecipeTools, versionOf } from './steps.ts'
import type { Scope } from './template.ts'
import { compileText } from './texts.ts'

/** A question that everyone shares, and the step itself, which takes its part of the answer. */
export function spreadSpec(name: string, step: SpreadStep, scope: Scope, path: ConfigPath, tools: RecipeTools): StepSpec[] {
  const { complaints, values } = tools
  const { over, count } = step
  const model = modelFor(step.spread, [...path, 'spread'], tools)
  const places = over === undefined ? undefined : values.get(over)
  if (over !== undefined && places === undefined)
    complaints.unknown('unknown-dimension', [...path, 'over'], `there is no dimension "${over}"`, over, tools.dimensions, 'dimensions')
  if (places !== undefined && places.length > count)
    complaints.add(
      'bad-value',
      [...path, 'count'],
      `step "${name}" spreads ${count} candidates over the ${places.length} values of "${over}"`,
      {
        hint: `ask for at least ${places.length}`,
      },
    )
  // What is shared cannot depend on what it is shared among.
  const dimensions = scope.dimensions.filter((dimension) => dimension !== over)
  const shared = { ...scope, dimensions }
  const blame = scope.steps.length > 0 ? 'names' : 'all'
  const render = (key: 'system' | 'prompt') => {
    const text = step[key]
    if (text === undefined) return undefined
    const reads = typeof text === 'string' ? (text.match(/\{[{%][^}]*/g) ?? []).join(' ') : ''
    const what = `the ${key} of step "${name}" reads`
    const own = over === undefined ? undefined : ['cell', 'guide'].map((root) => `${root}.${over}`).find((one) => reads.includes(one))
    if (own !== undefined) return complaints.add('shared', [...path, key], `${what} "${own}", and all values of "${over}" share its answer`)
    if (/\bsample\b/.test(reads)) return complaints.add('shared', [...path, key], `${what} "sample", and all samples share its answer`)
    return compileText(text, shared, [...path, key], `the ${key} of step "${name}"`, tools, blame)
  }
  const [system, prompt] = [render('system'), render('prompt')]
  const condition = conditionOf(step, name, scope, path, tools)
  if (!model || !prompt) return []
  const all = `${name}:all`
  const ask: AskSpec = {
    kind: 'ask',
    name: all,
    model,
    shared: true,
    schema: candidatesOf(count),
    accept: (value) => repeated(value, count),
    messages: (context) => {
      const without = blind(context, over)
      return [
        {
          role: 'system',
          content: [system?.(without), instruction(count)].filter((part) => part !== undefined && part !== '').join('\n\n'),
        },
        { role: 'user', content: prompt(without) },
      ]
    },
    ...condition,
    ...versionOf(step),
  }
  const take: DeriveSpec = {
    kind: 'derive',
    name,
    derive: ({ cell, steps, sample }) => {
      const place = over === undefined ? sample : (places as readonly string[]).indexOf(cell[over] as string)
      const found = candidatesIn(steps[all])[place]
      if (found === undefined) throw new Error(`there are ${count} candidates, and this is sample ${place + 1}`)
      return found
    },
    ...condition,
  }
  return [ask, take]
}

/** Asking for probabilities too brings out what is less likely to be said (Verbalized Sampling, arXiv 2510.01171). */
function instruction(count: number): string {
  return `Give ${count} candidates that differ from each other as much as the task allows, each with the probability that you would have given it if asked for one only. Do not leave out the unlikely ones.`
}

function candidatesOf(count: number): JsonObject {
  return {
    type: 'object',
    properties: {
      candidates: {
        type: 'array',
        minItems: count,
        maxItems: count,
        items: {
          type: 'object',
          properties: { text: { type: 'string' }, probability: { type: 'number' } },
          required: ['text', 'probability'],
          additionalProperties: false,
        },
      },
    },
    required: ['candidates'],
    additionalProperties: false,
  }
}

function candidatesIn(value: Json | undefined): readonly string[] {
  const { candidates } = value as unknown as { readonly candidates: readonly { readonly text: string }[] }
  return candidates.map(({ text }) => text.trim())
}

function repeated(value: Json, count: number): { code: string; message: string } | undefined {
  const texts = candidatesIn(value)
  if (texts.includes('')) return { code: 'empty', message: 'a candidate is empty' }
  const distinct = new Set(texts.map((text) => text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' '))).size
  return distinct === count ? undefined : { code: 'repeated', message: `only ${distinct} of ${count} candidates are different` }
}

/** The context without the dimension that the candidates are spread over, and without a sample of one's own. */
function blind(context: StepContext, over: string | undefined): StepContext {
  const without = <T>(record: { readonly [name: string]: T }, kind: string): { readonly [name: string]: T } => {
    const copy: Record<string, T> = Object.create(null)
    for (const key of Object.keys(record)) if (key !== over) copy[key] = record[key] as T
    return guard(copy, kind)
  }
  return { ...context, cell: without(context.cell, 'dimension'), guide: without(context.guide, 'dimension'), sample: 0 }
}
