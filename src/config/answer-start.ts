/** Where a conversation's last answer begins. */
import type { Example } from '../../schema/config.ts'

/** Behind the last message of the user: what `rejected` stands in place of. */
export function answerStart({ messages }: Pick<Example, 'messages'>): number {
  return messages.findLastIndex(({ role }) => role === 'user') + 1
}
