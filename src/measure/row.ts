/** What a row looks like to whoever measures it: any format, read into messages. */

export interface MeasuredMessage {
  readonly role: string
  readonly content: string | null
  readonly tool_calls?: readonly unknown[]
}

export interface MeasuredRow {
  readonly kind?: string
  /** In a preference, with the preferred answer. */
  readonly messages: readonly MeasuredMessage[]
  /** Preferences: how many of `messages` come before the answer that `rejected` is an alternative to. */
  readonly prompt?: number
  readonly rejected?: readonly MeasuredMessage[]
  readonly label?: boolean
  readonly tools?: readonly unknown[]
}

/** All that one side says, joined by newlines. */
export function saidBy(role: string, messages: readonly MeasuredMessage[]): string {
  let said: string | undefined
  for (const message of messages) {
    if (message.role !== role || message.content === null) continue
    said = said === undefined ? message.content : `${said}\n${message.content}`
  }
  return said ?? ''
}
