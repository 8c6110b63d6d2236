/** The body of a request to OpenAI's Responses API, from the same step and messages as a chat completion's. */
import type { Json, JsonObject } from '../../schema/json.ts'
import type { AskSpec } from '../config/dataset.ts'

const SYSTEM: ReadonlySet<unknown> = new Set(['system', 'developer'])

export function responsesBody(step: AskSpec, messages: readonly JsonObject[]): JsonObject {
  const { model, tools, toolChoice, parallelCalls } = step
  const first = messages.findIndex(({ role }) => !SYSTEM.has(role))
  const opening = first < 0 ? messages : messages.slice(0, first)
  // Texts only: what opens a conversation in another form stays a message.
  const said = opening.every(({ content }) => typeof content === 'string') ? opening : []
  const { text, ...params } = model.params
  const format = formatOf(step)
  return {
    model: model.model,
    ...(said.length > 0 ? { instructions: said.map(({ content }) => content as string).join('\n\n') } : {}),
    input: messages.slice(said.length).flatMap(itemsOf),
    ...params,
    ...(format || text ? { text: { ...(text as JsonObject | undefined), ...(format ? { format } : {}) } } : {}),
    ...(tools && tools.length > 0
      ? {
          tools: tools.map(({ type, function: { strict = false, ...called } }) => ({ type, ...called, strict })) as unknown as Json,
          ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
          ...(parallelCalls === undefined ? {} : { parallel_tool_calls: parallelCalls }),
        }
      : {}),
    // What was asked for a dataset need not lie at the provider for a month.
    store: false,
  }
}

function formatOf({ name, schema, schemaName = name, model }: AskSpec): JsonObject | undefined {
  if (!schema || model.structured === 'prompt') return undefined
  if (model.structured === 'json_object') return { type: 'json_object' }
  return { type: 'json_schema', name: schemaName.replace(/[^\w-]/g, '_'), strict: true, schema }
}

/** A message, and behind it the calls that it makes; a tool's message is what a call came to. */
function itemsOf({ role, content = null, tool_calls: calls, tool_call_id: id }: JsonObject): JsonObject[] {
  if (role === 'tool') return [{ type: 'function_call_output', call_id: id ?? '', output: content ?? '' }]
  const made = Array.isArray(calls) ? calls : []
  const said = content === null && made.length > 0 ? [] : [{ role: role ?? 'user', content: partsOf(role, content) }]
  return [
    ...said,
    ...made.map((call) => {
      const { id: callId, function: called } = call as { readonly id: Json; readonly function: JsonObject }
      return { type: 'function_call', call_id: callId, name: called['name'] ?? '', arguments: called['arguments'] ?? '{}' }
    }),
  ]
}

/** Parts of a message have other names here; what is not known goes as it is. */
function partsOf(role: Json | undefined, content: Json): Json {
  if (!Array.isArray(content)) return content ?? ''
  return content.map((part): Json => {
    const { type, text, image_url: image } = (part ?? {}) as JsonObject
    if (type === 'text') return { type: role === 'assistant' ? 'output_text' : 'input_text', text: text ?? '' }
    if (type !== 'image_url') return part
    const { url, detail } = (typeof image === 'string' ? { url: image } : (image ?? {})) as JsonObject
    return { type: 'input_image', image_url: url ?? '', ...(detail === undefined ? {} : { detail }) }
  })
}
