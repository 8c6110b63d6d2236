/** One line of a row before and after: of the first message in which the two differ. */
import type { Message } from '../../../schema/config.ts'
import type { Item } from '../../plan/plan.ts'
import type { Work } from '../../schedule/work.ts'

const LONGEST = 300 // characters; `datagen show example` shows all

/** A row that stands alone is told by its last message: the answer. */
export function rowText(before: Work, old: Item | undefined, after: Work, item: Item | undefined): { before?: string; after?: string } {
  const [was, is] = [messagesOf(before, old), messagesOf(after, item)]
  const differing = is.findIndex((message, i) => JSON.stringify(was[i]) !== JSON.stringify(message))
  const at = was.length > 0 && is.length > 0 && differing >= 0 ? differing : Math.max(was.length, is.length) - 1
  return { ...(was[at] ? { before: lineOf(was[at]) } : {}), ...(is[at] ? { after: lineOf(is[at]) } : {}) }
}

function messagesOf(work: Work, item: Item | undefined): readonly Message[] {
  return (item && work.example(item)?.messages) ?? []
}

function lineOf({ role, content, tool_calls: calls }: Message): string {
  const text = content ?? calls?.map(({ function: { name, arguments: given } }) => `${name}(${given})`).join(', ') ?? ''
  const [first = ''] = text.trimStart().split('\n', 1)
  return `${role}: ${first.length > LONGEST ? `${first.slice(0, LONGEST).toWellFormed()}…` : first}`
}
