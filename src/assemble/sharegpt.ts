/** ShareGPT rows as LLaMA-Factory reads them: human and observation at odd places, gpt and function_call at even ones. */
import type { Example, Message, Tool } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { inTurn, oneMessageEach, oneRow, oneSystem, pairOf, withoutSystem } from './format.ts'

export const sharegpt = oneRow(
  'sharegpt',
  ({ messages, tools }) => {
    const { system, turns } = withoutSystem(messages)
    return { conversations: turns.map(said), ...(system === undefined ? {} : { system }), ...toolsOf(tools) }
  },
  (example) => oneSystem(example) ?? alternation(example),
)

export const sharegptPreference = oneRow(
  'sharegpt-preference',
  (example) => {
    const { prompt, chosen, rejected } = pairOf(example)
    const { system, turns } = withoutSystem(prompt)
    return {
      conversations: turns.map(said),
      chosen: said(chosen[0] as Message),
      rejected: said(rejected[0] as Message),
      ...(system === undefined ? {} : { system }),
    }
  },
  (example) => oneMessageEach(example) ?? inTurn(example),
)

/** LLaMA-Factory passes over, with a line in its log, what is out of order. */
function alternation({ messages }: Example): string | undefined {
  if (messages.some(({ tool_calls }) => (tool_calls?.length ?? 0) > 1)) return 'it has several calls at once'
  if (messages.some(({ tool_calls, content }) => tool_calls !== undefined && content !== null)) return 'it has a call with a text beside it'
  const { turns } = withoutSystem(messages)
  const isRight = turns.every(({ role }, i) => (role === 'assistant') === (i % 2 === 1))
  return isRight ? undefined : 'its speakers do not take turns'
}

function said({ role, content, tool_calls: calls }: Message): JsonObject {
  const call = calls?.[0]?.function
  if (call)
    return { from: 'function_call', value: JSON.stringify({ name: call.name, arguments: JSON.parse(call.arguments) as JsonObject }) }
  return { from: role === 'user' ? 'human' : role === 'tool' ? 'observation' : 'gpt', value: content }
}

/** As text: the functions alone, which is what its templates print. */
function toolsOf(tools: readonly Tool[] | undefined): { readonly tools?: string } {
  return tools === undefined || tools.length === 0 ? {} : { tools: JSON.stringify(tools.map((tool) => tool.function)) }
}
