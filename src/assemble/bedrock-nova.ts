/** Amazon Nova's rows on Bedrock: every content is a list of parts. */
import { inTurn, oneRow, withoutSystem } from './format.ts'

export const bedrockNova = oneRow(
  'bedrock-nova',
  ({ messages }) => {
    const { system, turns } = withoutSystem(messages)
    return {
      schemaVersion: 'bedrock-conversation-2024',
      ...(system === undefined ? {} : { system: [{ text: system }] }),
      messages: turns.map(({ role, content }) => ({ role, content: [{ text: content }] })),
    }
  },
  inTurn,
)
