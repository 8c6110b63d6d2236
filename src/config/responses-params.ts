/** A model's settings as fields of the Responses API, which has fewer of them and other names. */
import type { Model } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import type { Complaints } from './complaints.ts'
import type { ConfigPath } from './locate.ts'

/** Fields of its body that datagen itself decides. */
export const RESPONSES_RESERVED = [
  ...['model', 'input', 'instructions', 'prompt', 'store', 'stream', 'stream_options', 'background'],
  ...['previous_response_id', 'conversation', 'tools', 'tool_choice', 'include'],
]

const UNKNOWN = ['seed', 'stop', 'frequencyPenalty', 'presencePenalty'] as const

export function responsesParams(model: Model, path: ConfigPath, complaints: Complaints): { [name: string]: Json | undefined } {
  for (const key of UNKNOWN)
    if (model[key] !== undefined)
      complaints.add('not-in-responses', [...path, key], `the Responses API has no field for "${key}"`, {
        at: 'key',
        hint: "leave it out, or ask by chat completions: leave out `api: 'responses'`",
      })
  const text = model.extra?.['text']
  if (text !== undefined && (typeof text !== 'object' || text === null || Array.isArray(text) || Object.hasOwn(text, 'format')))
    complaints.add('reserved-field', [...path, 'extra', 'text'], '"extra" cannot set the format of "text", which datagen decides', {
      at: 'key',
      hint: 'give the step a `schema`',
    })
  return {
    temperature: model.temperature,
    top_p: model.topP,
    max_output_tokens: model.maxTokens,
    reasoning: model.reasoningEffort === undefined ? undefined : { effort: model.reasoningEffort },
  }
}
