/** Mistral's fine-tuning rows: OpenAI's shape with call ids of exactly nine characters, and every tool described. */
import { hash } from 'node:crypto'
import type { Message } from '../../schema/config.ts'
import { oneRow, oneSystem } from './format.ts'
import { openaiMessage } from './openai-chat.ts'

export const mistral = oneRow(
  'mistral',
  ({ messages, tools }) => ({
    messages: messages.map(withShortIds).map(openaiMessage),
    ...(tools === undefined || tools.length === 0
      ? {}
      : {
          tools: tools.map(({ function: { name, description = '', parameters = {} } }) => ({
            type: 'function',
            function: { name, description, parameters },
          })),
        }),
  }),
  oneSystem,
)

function withShortIds({ tool_calls: calls, tool_call_id: id, ...message }: Message): Message {
  return {
    ...message,
    ...(calls === undefined ? {} : { tool_calls: calls.map((call) => ({ ...call, id: shortId(call.id) })) }),
    ...(id === undefined ? {} : { tool_call_id: shortId(id) }),
  }
}

function shortId(id: string): string {
  return hash('sha256', id).slice(0, 9)
}
