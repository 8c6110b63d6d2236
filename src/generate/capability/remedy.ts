/** Where a field of a request stands in the config, and what to do when a server does not honour it. */
import type { ModelSpec } from '../../config/dataset.ts'
import type { Verdict } from './finding.ts'

/** Fields on the wire by the names they have in the config. */
const WRITTEN: { readonly [field: string]: string } = {
  temperature: 'temperature',
  top_p: 'topP',
  max_tokens: 'maxTokens',
  max_completion_tokens: 'maxTokens',
  max_output_tokens: 'maxTokens',
  seed: 'seed',
  stop: 'stop',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
  reasoning_effort: 'reasoningEffort',
  reasoning: 'reasoningEffort',
  response_format: 'structured',
  text: 'structured',
}

/** Fields that say what is asked, which no setting of the model changes. */
export const CONTENT_FIELDS: ReadonlySet<string> = new Set(['messages', 'input', 'prompt', 'instructions', 'contents'])

/** The path of what put the field into the request; the model's own where it follows from the recipe. */
export function writtenAt({ name }: ModelSpec, field: string): readonly string[] {
  const written = WRITTEN[field]
  return written === undefined ? ['models', name, 'extra', field] : ['models', name, written]
}

/** What to do about it, as one clause. */
export function remedy({ name, structured }: ModelSpec, field: string, verdict: Verdict): string {
  const where = `in models.${name}`
  switch (field) {
    case 'model':
      return `name a model that the server has, ${where}; \`datagen doctor\` lists them`
    case 'response_format':
    case 'text':
      if (structured === 'json_object') return `write \`structured: 'prompt'\` ${where}: then the schema is only said in words`
      return `write \`structured: 'json_object'\` ${where}, or 'prompt': then the schema is said in words, and answers are parsed as strictly`
    case 'max_completion_tokens':
      return `write \`extra: { max_tokens: … }\` ${where}, in place of \`maxTokens\``
    case 'max_tokens':
      return `write \`extra: { max_completion_tokens: … }\` ${where}, in place of \`maxTokens\``
    case 'tools':
    case 'tool_choice':
    case 'parallel_tool_calls':
      return `ask a model that calls tools: see models.${name}`
    case 'reasoning':
    case 'reasoning_effort':
      return `write another \`reasoningEffort\` ${where}, or leave it out`
    default: {
      const written = WRITTEN[field] ?? `extra.${field}`
      return verdict === 'refused' ? `leave out \`${written}\` ${where}` : `leave out \`${written}\` ${where}: it does nothing there`
    }
  }
}
