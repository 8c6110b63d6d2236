/** The text of an example, or of one side of it. */
import type { Example } from '../../schema/config.ts'

/** The texts of one side of a conversation, or of the whole with what was called; a rejected answer belongs to neither. */
export function textOf(example: Example, of: 'user' | 'assistant' | 'conversation'): string {
  return example.messages
    .flatMap((message) => {
      if (of !== 'conversation') return message.role === of && message.content !== null ? [message.content] : []
      const calls = message.tool_calls?.map(({ function: { name, arguments: given } }) => `${name}(${given})`) ?? []
      return [...(message.content === null ? [] : [message.content]), ...calls]
    })
    .join('\n\n')
}
