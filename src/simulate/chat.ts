/** The Chat Completions API. */
import type { JsonObject } from '../../schema/json.ts'
import { type Dialect, piecesOf, type Question, type Said, type StreamEvent } from './said.ts'

// A fixed moment: the same answer is the same bytes.
const CREATED = 1_700_000_000

export const chat: Dialect = { read, whole, events }

function read(raw: string, body: JsonObject): Question | string {
  if (!Array.isArray(body['messages'])) return "Missing required parameter: 'messages'."
  const options = body['stream_options'] as JsonObject | undefined
  return {
    model: typeof body['model'] === 'string' ? body['model'] : 'test-model',
    raw,
    chat: body,
    stream: body['stream'] === true,
    streamsUsage: options?.['include_usage'] === true,
  }
}

function whole(said: Said): JsonObject {
  const { content, refusal = null, calls, finish } = said
  return {
    ...head(said, 'chat.completion'),
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal, ...(calls ? { tool_calls: [...calls] } : {}) }, finish_reason: finish },
    ],
    usage: usageOf(said),
  }
}

function head({ id, model }: Said, object: string) {
  return { id: `chatcmpl-${id}`, object, created: CREATED, model }
}

function usageOf({ input, output }: Said): JsonObject {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
}

function events(said: Said, { streamsUsage }: Question): readonly StreamEvent[] {
  const { content, refusal, calls, finish } = said
  const chunk = (delta: JsonObject, reason: string | null = null): JsonObject => ({
    ...head(said, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, finish_reason: reason }],
    ...(streamsUsage ? { usage: null } : {}),
  })
  return [
    { data: chunk({ role: 'assistant', content: '' }) },
    ...piecesOf(content ?? '').map((piece) => ({ data: chunk({ content: piece }) })),
    ...(refusal === undefined ? [] : piecesOf(refusal).map((piece) => ({ data: chunk({ refusal: piece }) }))),
    ...(calls ?? []).map((call, index) => ({ data: chunk({ tool_calls: [{ index, ...(call as JsonObject) }] }) })),
    { data: chunk({}, finish), ends: true },
    ...(streamsUsage
      ? [{ data: { ...head(said, 'chat.completion.chunk'), choices: [], usage: usageOf(said) } as JsonObject, ends: true }]
      : []),
    { data: '[DONE]', ends: true },
  ]
}
