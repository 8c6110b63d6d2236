/** Gemini's rows on Vertex AI, texts only: the assistant is the `model`, and the system prompt stands apart. */
import type { Message } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { inTurn, oneMessageEach, oneRow, pairOf, withoutSystem } from './format.ts'

export const gemini = oneRow(
  'gemini',
  ({ messages }) => {
    const { system, turns } = withoutSystem(messages)
    return { ...(system === undefined ? {} : { systemInstruction: { parts: [{ text: system }] } }), contents: turns.map(content) }
  },
  inTurn,
)

/** Here the system prompt is spelled in snake case. */
export const geminiPreference = oneRow(
  'gemini-preference',
  (example) => {
    const { prompt, chosen, rejected } = pairOf(example)
    const { system, turns } = withoutSystem(prompt)
    return {
      ...(system === undefined ? {} : { system_instruction: { parts: [{ text: system }] } }),
      contents: turns.map(content),
      completions: [
        { score: 1, completion: content(chosen[0] as Message) },
        { score: 0, completion: content(rejected[0] as Message) },
      ],
    }
  },
  (example) => oneMessageEach(example) ?? inTurn(example),
)

function content(message: Message): JsonObject {
  return { role: message.role === 'assistant' ? 'model' : 'user', parts: [{ text: message.content }] }
}
