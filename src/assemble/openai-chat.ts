/** OpenAI chat JSONL: one `{"messages": […]}` a line, `tools` beside it where there are any, and no further column because platforms reject those. */
import type { Example, Message } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { oneRow } from './format.ts'

export const openaiChat = oneRow('openai-chat', ({ messages, tools }: Example) => ({
  messages: messages.map(openaiMessage),
  ...openaiTools(tools),
}))

/** Arguments stay JSON text here; other readers want them as objects. */
export function openaiMessage({ role, content, tool_calls: calls, tool_call_id: id }: Message): JsonObject {
  if (id !== undefined) return { role, tool_call_id: id, content }
  if (calls === undefined) return { role, content }
  return {
    role,
    content,
    tool_calls: calls.map(({ id, function: { name, arguments: given } }) => ({
      id,
      type: 'function',
      function: { name, arguments: given },
    })),
  }
}

export function openaiTools(tools: Example['tools']): { readonly tools?: JsonObject[] } {
  if (tools === undefined || tools.length === 0) return {}
  return {
    tools: tools.map(({ function: { name, description, parameters, strict } }) => ({
      type: 'function',
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        ...(parameters === undefined ? {} : { parameters }),
        ...(strict === undefined ? {} : { strict }),
      },
    })),
  }
}
