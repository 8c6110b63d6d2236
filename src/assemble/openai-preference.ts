/** OpenAI's preference rows (DPO), read alike by Azure, Together and Fireworks: what was asked, and one answer for each side. */
import { oneMessageEach, oneRow, pairOf } from './format.ts'
import { openaiMessage, openaiTools } from './openai-chat.ts'

export const openaiPreference = oneRow(
  'openai-preference',
  (example) => {
    const { prompt, chosen, rejected } = pairOf(example)
    return {
      input: { messages: prompt.map(openaiMessage), ...openaiTools(example.tools) },
      preferred_output: chosen.map(openaiMessage),
      non_preferred_output: rejected.map(openaiMessage),
    }
  },
  oneMessageEach,
)
