/** How a step asks its model: everything of its requests but their words. Calls of one use are accepted or refused alike. */
import type { JsonObject } from '../../../schema/json.ts'
import type { AskSpec } from '../../config/dataset.ts'
import { canonicalText } from '../../key/canonical.ts'
import { digestOf } from '../../key/key.ts'
import type { Digest } from '../../util/brand.ts'

export interface Use {
  /** What it is kept under. */
  readonly id: Digest
  readonly step: AskSpec
  /** Names of the fields on the wire, without `model` and `messages`. */
  readonly fields: readonly string[]
}

/** Raised when findings are made in another way: those before count no more. */
const VERSION = 1

export function wireUse(step: AskSpec): Use {
  const { model, schema, tools, toolChoice, parallelCalls } = step
  const format =
    schema && model.structured !== 'prompt' ? { [model.api === 'responses' ? 'text' : 'response_format']: model.structured } : {}
  const offers =
    tools && tools.length > 0
      ? {
          tools: true,
          ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
          ...(parallelCalls === undefined ? {} : { parallel_tool_calls: parallelCalls }),
        }
      : {}
  const wire: JsonObject = { ...model.params, ...format, ...offers }
  const api = model.api === undefined ? {} : { api: model.api }
  const about = { version: VERSION, provider: model.identity, model: model.model, ...api, wire }
  return { id: digestOf(`datagen-use\n${canonicalText(about)}`), step, fields: Object.keys(wire) }
}

/** Each use of the steps once. */
export function usesOf(steps: readonly AskSpec[]): Use[] {
  return [...new Map(steps.map((step) => wireUse(step)).map((use) => [use.id, use])).values()]
}
