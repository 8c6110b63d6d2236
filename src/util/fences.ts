/** Fenced blocks of Markdown: what they say they are, and what is in them. */

export interface Fence {
  /** The first word behind the opening marks, in lower case; empty where there is none. */
  readonly label: string
  readonly text: string
}

const MARK = /^ {0,3}(`{3,}|~{3,})(.*)$/

/** In order; a fence that is never closed goes to the end. */
export function fencesOf(text: string): Fence[] {
  if (!text.includes('```') && !text.includes('~~~')) return []
  const found: Fence[] = []
  let open: { mark: string; label: string; lines: string[] } | undefined
  for (const line of text.split(/\r\n|\n/)) {
    const mark = MARK.exec(line)
    if (open) {
      if (mark?.[1]?.startsWith(open.mark) && mark[2]?.trim() === '') {
        found.push({ label: open.label, text: open.lines.join('\n') })
        open = undefined
      } else open.lines.push(line)
    } else if (mark && !(mark[1]?.startsWith('`') && mark[2]?.includes('`'))) {
      open = { mark: mark[1] as string, label: /^[\w+#-]+/.exec(mark[2]?.trim() ?? '')?.[0].toLowerCase() ?? '', lines: [] }
    }
  }
  if (open) found.push({ label: open.label, text: open.lines.join('\n') })
  return found
}
