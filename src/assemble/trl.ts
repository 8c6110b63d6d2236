/** Hugging Face TRL's conversational rows: arguments are objects, a tool's message carries the tool's name, calls have no ids. */
import type { Example, Message } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { breaksRules, type Format, oneRow, pairOf } from './format.ts'
import { openaiTools } from './openai-chat.ts'

export const trlMessages = oneRow('trl-messages', (example) => ({ messages: trlList(example.messages), ...openaiTools(example.tools) }))

/** Loss is on the completion, so it is the last message alone: results of tools are nothing to learn by heart. */
export const trlPromptCompletion = oneRow('trl-prompt-completion', ({ messages, tools }) => {
  const all = trlList(messages)
  return { prompt: all.slice(0, -1), completion: all.slice(-1), ...openaiTools(tools) }
})

/** For trainers that write the answers themselves (GRPO, RLOO, online DPO). */
export const trlPromptOnly = oneRow('trl-prompt-only', (example) => ({
  prompt: trlList(pairOf(example).prompt),
  ...openaiTools(example.tools),
}))

export const trlPreference = oneRow('trl-preference', (example) => {
  const { prompt, chosen, rejected } = pairOf(example)
  return { prompt: trlList(prompt), chosen: trlList(chosen), rejected: trlList(rejected), ...openaiTools(example.tools) }
})

/** Two rows for each pair: a good answer and a bad one. */
export const trlKto: Format = {
  rows: (example) => {
    const { prompt, chosen, rejected } = pairOf(example)
    const row = (completion: readonly Message[], label: boolean): JsonObject => ({
      prompt: trlList(prompt),
      completion: trlList(completion),
      label,
      ...openaiTools(example.tools),
    })
    return [row(chosen, true), row(rejected, false)]
  },
  rowsPerExample: 2,
  problem: (example) => breaksRules('trl-kto', example),
}

function trlList(messages: Example['messages'] | readonly Message[]): JsonObject[] {
  const names = new Map(messages.flatMap(({ tool_calls }) => tool_calls?.map((call) => [call.id, call.function.name] as const) ?? []))
  return messages.map((message) => trlMessage(message, names))
}

function trlMessage({ role, content, tool_calls: calls, tool_call_id: id }: Message, names: ReadonlyMap<string, string>): JsonObject {
  if (id !== undefined) return { role, name: names.get(id) ?? '', content }
  if (calls === undefined) return { role, content }
  return {
    role,
    ...(content === null ? {} : { content }),
    tool_calls: calls.map(({ function: { name, arguments: given } }) => ({
      type: 'function',
      function: { name, arguments: JSON.parse(given) as JsonObject },
    })),
  }
}
