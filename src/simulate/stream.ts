/** Server-sent events as text. */
import type { StreamEvent } from './said.ts'

export function textOf({ name, data }: StreamEvent): string {
  const line = data === '[DONE]' ? data : JSON.stringify(data)
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${line}\n\n`
}
