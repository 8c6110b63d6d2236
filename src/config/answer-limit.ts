/** The most tokens that an answer may take, under whichever of its names a protocol has it. */
import type { JsonObject } from '../../schema/json.ts'

/** `fields`: of a request's body, or those that a model adds to it. Undefined where nothing bounds an answer. */
export function answerLimit(fields: JsonObject): number | undefined {
  const limit = fields['max_completion_tokens'] ?? fields['max_output_tokens'] ?? fields['max_tokens']
  return typeof limit === 'number' ? limit : undefined
}
