/** Fenced blocks of Markdown: what they say they are, and what is in them. */

export interface Fence {
  /** The first word behind the opening marks, in lower case; empty where there is none. */
  readonly label: string
  readonly text: string
}

const MARK = /^( {0,3})(`{3,}|~{3,})(.*)$/

/** In order; a fence that is never closed goes to the end. */
export function fencesOf(text: string): Fence[] {
  if (!text.includes('```') && !text.includes('~~~')) return []
  const found: Fence[] = []
  /** What stands before an indented fence stands before its lines too, and is no part of them. */
  let open: { indent: RegExp; mark: string; label: string; lines: string[] } | undefined
  for (const line of text.split(/\r\n|\n/)) {
    const [, indent = '', mark = '', rest = ''] = MARK.exec(line) ?? []
    if (open) {
      if (mark.startsWith(open.mark) && rest.trim() === '') {
        found.push({ label: open.label, text: open.lines.join('\n') })
        open = undefined
      } else open.lines.push(line.replace(open.indent, ''))
    } else if (mark !== '' && !(mark.startsWith('`') && rest.includes('`'))) {
      const label = /^[\w+#-]+/.exec(rest.trim())?.[0].toLowerCase() ?? ''
      open = { indent: new RegExp(`^ {0,${indent.length}}`), mark, label, lines: [] }
    }
  }
  if (open) found.push({ label: open.label, text: open.lines.join('\n') })
  return found
}
