/** Whether what a recipe made is a conversation that can be trained on; what is wrong carries a code of its own. */
import type { Example, Message, Tool, ToolCall } from '../../schema/config.ts'
import { answerStart } from '../config/answer-start.ts'
import { BadExample } from '../config/bad-example.ts'
import { NotCanonical } from '../key/canonical.ts'

/** The example itself. Throws `BadExample`, or `NotCanonical` for texts that no file could hold. */
export function checkExample(example: Example): Example {
  if (!Array.isArray(example?.messages) || example.messages.length === 0) throw new BadExample('the example has no messages')
  checkMessages(example.messages, 'messages', new Map())
  if (example.tools !== undefined) checkTools(example.tools)
  if (example.rejected !== undefined) checkRejected(example, example.rejected)
  return example
}

function checkRejected(example: Example, rejected: readonly Message[]): void {
  if (!Array.isArray(rejected) || rejected.length === 0) throw new BadExample('"rejected" has no messages')
  const wrong = rejected.findIndex(({ role }) => role !== 'assistant' && role !== 'tool')
  if (wrong >= 0) throw new BadExample(`rejected[${wrong}] is not from the assistant`)
  checkMessages(rejected, 'rejected', new Map())
  if (sameText(example.messages.slice(answerStart(example)), rejected))
    throw new BadExample('the rejected answer is the same as the chosen one', 'equal-pair')
}

/** Blanks do not make another answer. */
function sameText(one: readonly Message[], other: readonly Message[]): boolean {
  const told = (messages: readonly Message[]) =>
    JSON.stringify(
      messages.map(({ role, content, tool_calls }) => [role, content?.replace(/\s+/gu, ' ').trim() ?? null, tool_calls ?? null]),
    )
  return told(one) === told(other)
}

/** `open`: calls that wait for their result. */
function checkMessages(messages: readonly Message[], list: string, open: Map<string, string>): void {
  for (const [i, message] of messages.entries()) {
    const at = `${list}[${i}]`
    const { role, content, tool_calls: calls } = message
    if (role === 'tool') answerCall(message, at, open)
    else if (role !== 'system' && role !== 'user' && role !== 'assistant')
      throw new BadExample(`${at} has the role ${JSON.stringify(role)}`)
    else if (open.size > 0) throw new BadExample(`${at} (${role}) comes before the result of the call "${[...open.keys()][0]}"`)
    if (calls !== undefined) openCalls(message, calls, at, open)
    const speechless = content === null && calls !== undefined && calls.length > 0
    if (!speechless && (typeof content !== 'string' || (content.trim() === '' && role !== 'tool')))
      throw new BadExample(`${at} (${role}) is empty`)
    if (content !== null && !content.isWellFormed()) throw new NotCanonical([list, i, 'content'], 'a text with half of a surrogate pair')
  }
  const last = messages.at(-1)
  if (last?.role !== 'assistant')
    throw new BadExample(`the last message${list === 'messages' ? '' : ` of "${list}"`} is not from the assistant`)
  if (last.tool_calls !== undefined || last.content === null)
    throw new BadExample('the conversation ends with a call and not with an answer')
}

function openCalls({ role }: Message, calls: readonly ToolCall[], at: string, open: Map<string, string>): void {
  if (role !== 'assistant') throw new BadExample(`${at} (${role}) calls a tool, which only the assistant can`)
  if (!Array.isArray(calls) || calls.length === 0) throw new BadExample(`${at} has an empty list of calls`)
  for (const { id, function: called } of calls) {
    if (typeof id !== 'string' || id === '') throw new BadExample(`${at} has a call without an id`)
    if (open.has(id)) throw new BadExample(`${at} has two calls with the id "${id}"`)
    if (typeof called?.name !== 'string' || called.name === '') throw new BadExample(`${at} calls a tool without a name`)
    if (typeof called.arguments !== 'string' || !isObjectText(called.arguments))
      throw new BadExample(`${at} calls "${called.name}" with arguments that are not the text of a JSON object`)
    open.set(id, called.name)
  }
}

function answerCall({ tool_call_id: id, content }: Message, at: string, open: Map<string, string>): void {
  if (typeof content !== 'string') throw new BadExample(`${at} (tool) has no text`)
  if (id === undefined || !open.delete(id)) throw new BadExample(`${at} (tool) answers no call before it`)
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function checkTools(tools: readonly Tool[]): void {
  if (!Array.isArray(tools)) throw new BadExample('"tools" is not a list')
  for (const [i, tool] of tools.entries()) if (typeof tool?.function?.name !== 'string') throw new BadExample(`tools[${i}] has no name`)
}
