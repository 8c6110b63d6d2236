/** Text and Markdown as sections of blocks: a block is what blank lines separate, and a fence of code is one, whatever it holds. */

export interface Section {
  /** Undefined before the first heading. */
  readonly heading?: string
  /** Its heading is the first, where it has one. */
  readonly blocks: readonly string[]
}

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/

/** Sections with something below their heading, in order. A plain text is one section. */
export function sectionsOf(text: string, markdown: boolean): Section[] {
  const sections: { heading?: string; blocks: string[] }[] = [{ blocks: [] }]
  let lines: string[] = []
  let fence: string | undefined
  const flush = () => {
    if (lines.length > 0) sections.at(-1)?.blocks.push(lines.join('\n'))
    lines = []
  }
  for (const line of (markdown ? withoutFrontMatter(text) : text).split(/\r\n|\r|\n/)) {
    const mark = markdown ? FENCE.exec(line) : null
    if (fence !== undefined) {
      lines.push(line)
      // A fence ends with at least as many of its marks, and nothing behind them.
      if (mark?.[1]?.startsWith(fence) && mark[2]?.trim() === '') fence = undefined
      continue
    }
    if (mark && !(mark[1]?.startsWith('`') && mark[2]?.includes('`'))) fence = mark[1]
    const heading = markdown ? HEADING.exec(line) : null
    if (heading) {
      flush()
      sections.push({ heading: (heading[2] ?? '').trim(), blocks: [line.trim()] })
    } else if (line.trim() === '') flush()
    else lines.push(line.trimEnd())
  }
  flush()
  return sections.filter(({ heading, blocks }) => blocks.length > (heading === undefined ? 0 : 1))
}

/** YAML between `---` lines at the very beginning describes the page and is not part of it. */
function withoutFrontMatter(text: string): string {
  return text.replace(/^\uFEFF?---[ \t]*\r?\n[\s\S]*?\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/, '').replace(/^\uFEFF/, '')
}
