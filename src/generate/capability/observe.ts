/** What one answer shows of how its server takes the fields of the request. */
import type { Json, JsonObject } from '../../../schema/json.ts'
import { type Completion, keeps, type Rejection, readEnvelope } from '../envelope.ts'
import { parseAnswer } from '../parse.ts'
import type { Finding } from './finding.ts'
import type { Use } from './use.ts'

type Answer = Completion | Rejection

/** Nothing for bytes that are no answer. */
export function observe({ step, fields }: Use, raw: Uint8Array): Finding[] {
  const envelope = readEnvelope(raw)
  if (!keeps(envelope)) return []
  const { params } = step.model
  return fields.map((field): Finding => {
    const seen = shown(field, envelope, step.schema, params[field], step.toolChoice)
    return { field, verdict: seen?.[0] ?? 'accepted', ...(seen ? { because: seen[1] } : {}) }
  })
}

type Shown = readonly ['honoured' | 'ignored', because: string] | undefined

function shown(
  field: string,
  answer: Answer,
  schema: JsonObject | undefined,
  value: Json | undefined,
  toolChoice: string | undefined,
): Shown {
  switch (field) {
    case 'response_format':
    case 'text':
      return schema ? format(answer, schema) : undefined
    case 'max_tokens':
    case 'max_completion_tokens':
    case 'max_output_tokens':
      return typeof value === 'number' ? limit(answer, value) : undefined
    case 'tools':
      return answer.calls ? ['honoured', 'it called one'] : undefined
    case 'tool_choice':
      if (toolChoice === 'none') return answer.calls ? ['ignored', 'it called a tool where none was to be called'] : undefined
      return answer.calls
        ? ['honoured', 'it called a tool']
        : ended(answer)
          ? ['ignored', 'it called no tool where one was demanded']
          : undefined
    default:
      return undefined
  }
}

/** Only of whole answers: one that was cut off is no JSON for another reason. */
function format(answer: Answer, schema: JsonObject): Shown {
  if (answer.kind !== 'completion') return undefined
  const parsed = parseAnswer(answer.content, schema)
  if (parsed.kind === 'value') return ['honoured', 'the answer has the shape that was asked for']
  if (parsed.code === 'not-json') return ['ignored', 'the answer was no JSON']
  return parsed.code === 'schema' ? ['ignored', 'the answer was JSON of another shape'] : undefined
}

function limit(answer: Answer, most: number): Shown {
  const output = answer.usage?.output
  if (output !== undefined && output > most) return ['ignored', `an answer took ${output} tokens of ${most}`]
  return answer.kind === 'rejected' && answer.code === 'cut-off' ? ['honoured', 'an answer was cut off there'] : undefined
}

function ended({ kind }: Answer): boolean {
  return kind === 'completion'
}
