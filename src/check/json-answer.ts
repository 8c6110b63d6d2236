/** Answers that are to be JSON. */

import type { JsonObject } from '../../schema/json.ts'
import { fencesOf } from '../util/fences.ts'
import { compileSchema } from '../util/json-schema.ts'

export interface JsonRule {
  readonly schema?: JsonObject
  /** The value may stand in a fence, with nothing around it. */
  readonly fenced: boolean
}

// The place in a value may have names in it that the model made up: only harmless ones are said.
const PLAIN = /^[\w/ "',:.-]{1,120}$/

/** What is wrong with the first of these answers that is not what it should be. Places in the value are named, its texts are not. */
export function jsonFault(answers: readonly string[], { schema, fenced }: JsonRule): string | undefined {
  if (answers.length === 0) return 'there is no answer'
  for (const answer of answers) {
    let value: unknown
    try {
      value = JSON.parse(fenced ? unfenced(answer) : answer)
    } catch {
      return 'an answer is not one JSON value'
    }
    const wrong = schema && compileSchema(schema)(value)
    if (wrong !== undefined) return `an answer does not match the schema${PLAIN.test(wrong) ? `: ${wrong}` : ''}`
  }
  return undefined
}

function unfenced(answer: string): string {
  const text = answer.trim()
  if (!text.startsWith('```') && !text.startsWith('~~~')) return text
  const fences = fencesOf(text)
  const [only] = fences
  return fences.length === 1 && only && /\n[`~]{3,}$/.test(text) ? only.text : text
}
