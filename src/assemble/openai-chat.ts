/** OpenAI chat JSONL: one `{"messages": […]}` a line, with no further column because platforms reject those. */
import type { Example } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'

/** Member order is fixed, so equal examples give equal bytes. */
export function openaiChatRow(example: Example): JsonObject {
  return { messages: example.messages.map(({ role, content }) => ({ role, content })) }
}
