/** The Responses API: the same questions and answers in OpenAI's newer shape. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { type Dialect, piecesOf, type Question, type Said, type StreamEvent } from './said.ts'

const CREATED = 1_700_000_000

export const responses: Dialect = { read, whole, events }

function read(raw: string, body: JsonObject): Question | string {
  const { input, instructions } = body
  if (typeof input !== 'string' && !Array.isArray(input)) return "Missing required parameter: 'input'."
  const asked = typeof input === 'string' ? [{ role: 'user', content: input }] : input.flatMap(messagesOf)
  const system = typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []
  const format = (body['text'] as JsonObject | undefined)?.['format'] as JsonObject | undefined
  const most = body['max_output_tokens']
  return {
    model: typeof body['model'] === 'string' ? body['model'] : 'test-model',
    raw,
    chat: {
      messages: [...system, ...asked],
      ...(format ? { response_format: formatOf(format) } : {}),
      ...(typeof most === 'number' ? { max_completion_tokens: most } : {}),
      ...(Array.isArray(body['tools']) ? { tools: body['tools'].map(toolOf) } : {}),
      ...(body['tool_choice'] === undefined ? {} : { tool_choice: body['tool_choice'] }),
      ...(body['parallel_tool_calls'] === undefined ? {} : { parallel_tool_calls: body['parallel_tool_calls'] }),
    },
    stream: body['stream'] === true,
    streamsUsage: true,
  }
}

/** An item of `input` as messages of a chat: a message, a call, or what a call came to. */
function messagesOf(item: Json): JsonObject[] {
  const { type = 'message', role, content, name, call_id, output } = item as JsonObject
  if (type === 'function_call') {
    const { arguments: given } = item as JsonObject
    const call = { id: call_id ?? '', type: 'function', function: { name: name ?? '', arguments: given ?? '{}' } }
    return [{ role: 'assistant', content: null, tool_calls: [call] }]
  }
  if (type === 'function_call_output') return [{ role: 'tool', tool_call_id: call_id ?? '', content: output ?? '' }]
  if (type !== 'message') return []
  const parts = Array.isArray(content) ? content : []
  const text = typeof content === 'string' ? content : parts.map((part) => String((part as JsonObject)['text'] ?? '')).join('')
  return [{ role: role ?? 'user', content: text }]
}

function formatOf(format: JsonObject): JsonObject {
  const { type, ...rest } = format
  return type === 'json_schema' ? { type, json_schema: rest } : { type: type ?? 'text' }
}

function toolOf(tool: Json): JsonObject {
  const { type = 'function', ...rest } = tool as JsonObject
  return { type, function: rest }
}

function whole(said: Said): JsonObject {
  const incomplete = REASONS[said.finish ?? '']
  return {
    ...head(said),
    status: incomplete === undefined ? 'completed' : 'incomplete',
    incomplete_details: incomplete === undefined ? null : { reason: incomplete },
    error: null,
    output: outputOf(said),
    usage: usageOf(said),
  }
}

/** Why a response is not complete, by the finish reason of a chat. */
const REASONS: { readonly [finish: string]: string | undefined } = { length: 'max_output_tokens', content_filter: 'content_filter' }

function head({ id, model }: Said) {
  return { id: `resp_${id}`, object: 'response', created_at: CREATED, model }
}

function outputOf(said: Said): Json[] {
  const { id, content, refusal, calls, finish } = said
  const part = refusal === undefined ? { type: 'output_text', text: content ?? '', annotations: [] } : { type: 'refusal', refusal }
  const status = REASONS[finish ?? ''] === undefined ? 'completed' : 'incomplete'
  const message = { id: `msg_${id}`, type: 'message', role: 'assistant', status, content: [part] }
  return [
    ...(content === null && refusal === undefined ? [] : [message]),
    ...(calls ?? []).map((call, i) => {
      const { id: callId, function: called } = call as { id: string; function: JsonObject }
      return { id: `fc_${id}_${i}`, type: 'function_call', call_id: callId, status: 'completed', ...called }
    }),
  ]
}

function usageOf({ input, output }: Said): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
}

function events(said: Said): readonly StreamEvent[] {
  const done = whole(said)
  const begun = { ...head(said), status: 'in_progress', incomplete_details: null, error: null, output: [], usage: null }
  const named = (name: string, fields: JsonObject, ends = false) => ({ name, fields, ends })
  const all = [
    named('response.created', { response: begun }),
    named('response.in_progress', { response: begun }),
    ...outputOf(said).flatMap((item, index) => itemEvents(item as JsonObject, index).map(([name, fields]) => named(name, fields))),
    named(done['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed', { response: done }, true),
  ]
  return all.map(({ name, fields, ends }, number) => ({ name, data: { type: name, sequence_number: number, ...fields }, ends }))
}

function itemEvents(item: JsonObject, index: number): readonly (readonly [string, JsonObject])[] {
  const at = { item_id: item['id'] ?? '', output_index: index }
  const added = ['response.output_item.added', { output_index: index, item: { ...item, status: 'in_progress', ...empty(item) } }] as const
  const done = ['response.output_item.done', { output_index: index, item }] as const
  if (item['type'] === 'function_call') {
    const given = String(item['arguments'])
    return [
      added,
      ...piecesOf(given).map((delta) => ['response.function_call_arguments.delta', { ...at, delta }] as const),
      ['response.function_call_arguments.done', { ...at, arguments: given }],
      done,
    ]
  }
  const part = (item['content'] as readonly JsonObject[])[0] ?? {}
  const refused = part['type'] === 'refusal'
  const [text, kind] = refused ? [String(part['refusal']), 'response.refusal'] : [String(part['text']), 'response.output_text']
  const inPart = { ...at, content_index: 0 }
  const bare = refused ? { type: 'refusal', refusal: '' } : { type: 'output_text', text: '', annotations: [] }
  return [
    added,
    ['response.content_part.added', { ...inPart, part: bare }],
    ...piecesOf(text).map((delta) => [`${kind}.delta`, { ...inPart, delta }] as const),
    [`${kind}.done`, { ...inPart, [refused ? 'refusal' : 'text']: text }],
    ['response.content_part.done', { ...inPart, part }],
    done,
  ]
}

const empty = ({ type }: JsonObject): JsonObject => (type === 'function_call' ? { arguments: '' } : { content: [] })
