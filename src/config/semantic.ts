/** Checks that look at what rows mean: a step that asks for a row's vector, and the rule that compares it. */
import type { Example, SemanticDuplicatesCheck, SpreadCheck, StepContext } from '../../schema/config.ts'
import { textOf } from '../util/example-text.ts'
import type { Complaints } from './complaints.ts'
import type { AskSpec, CheckSpec, ModelSpec, SpreadRule } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { modelFor } from './steps.ts'

/** Above it two texts say the same thing in other words; down to 0.95 they are worth a look (Abbas et al. 2023). */
export const SEMANTIC_SIMILARITY = 0.98
// Models of embeddings take some 8,000 tokens and refuse longer texts.
const MOST_CHARACTERS = 8_000

export interface SemanticTools {
  readonly complaints: Complaints
  readonly models: ReadonlyMap<string, ModelSpec>
  readonly example: (context: StepContext) => Example
}

/** Undefined after a complaint. */
export function semanticSpec(
  check: SemanticDuplicatesCheck,
  path: ConfigPath,
  tools: SemanticTools,
): { readonly rule: Extract<CheckSpec['rule'], { check: 'semantic-duplicates' }>; readonly step: AskSpec } | undefined {
  const { of = 'user', similarity = SEMANTIC_SIMILARITY } = check
  const model = modelFor(check.model, [...path, 'model'], tools)
  if (model === undefined) return undefined
  const step = vectorStep(model, of, tools.example)
  return { rule: { check: 'semantic-duplicates', of, similarity, step: step.name }, step }
}

/** Undefined after a complaint. */
export function spreadSpec(
  check: SpreadCheck,
  path: ConfigPath,
  tools: SemanticTools,
): { readonly rule: SpreadRule; readonly step: AskSpec } | undefined {
  const { of = 'user', limits, severity } = check
  const model = modelFor(check.model, [...path, 'model'], tools)
  const given = (['nearest', 'distance'] as const).flatMap((id) => {
    const { warn = null, fail = null } = limits[id] ?? {}
    return warn === null && fail === null ? [] : [[id, { warn, fail }] as const]
  })
  if (given.length === 0)
    tools.complaints.add('empty', [...path, 'limits'], 'the check "spread" has no limit', {
      hint: 'to see what there is, begin with one that everything is below: { nearest: { warn: 1 } }',
    })
  if (model === undefined || given.length === 0) return undefined
  const step = vectorStep(model, of, tools.example)
  return { rule: { check: 'spread', step: step.name, measures: new Map(given), fails: severity === 'fail' }, step }
}

/** One step for all checks that look at the same side with the same model. */
function vectorStep(model: ModelSpec, of: 'user' | 'assistant' | 'conversation', example: SemanticTools['example']): AskSpec {
  return {
    kind: 'ask',
    name: `embed:${model.name}:${of}`,
    model,
    messages: () => [],
    // An empty text has no vector, and an example that is not all there is refused before it comes here.
    embeds: (context) => textOf(example(context), of).slice(0, MOST_CHARACTERS).toWellFormed().trim() || '(nothing)',
  }
}
