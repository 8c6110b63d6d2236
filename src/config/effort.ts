/** How hard a model is asked to think, under whichever of its names a protocol has it. */
import type { JsonObject } from '../../schema/json.ts'

/** Of the fields that a model adds to a request; undefined where it is left to the model. */
export function declaredEffort(fields: JsonObject): string | undefined {
  const effort = fields['reasoning_effort'] ?? (fields['reasoning'] as JsonObject | undefined)?.['effort']
  return typeof effort === 'string' ? effort : undefined
}
