/** What a reviewer sees and what a key does: pure, so that a test can press every key. */

export type Filter = 'unreviewed' | 'all' | 'rejected' | 'conflicts'
export const FILTERS: readonly Filter[] = ['unreviewed', 'all', 'rejected', 'conflicts']

export interface View {
  /** Lines of the conversation above the screen. */
  readonly scroll: number
  readonly panel: 'row' | 'help'
  /** Place of the criterion that a level is being given by. */
  readonly scoring?: number
  /** A text being typed. */
  readonly typing?: Typing
  /** What came of the last key, until the next one. */
  readonly message?: Message
}

export interface Typing {
  readonly what: 'reject' | 'comment'
  readonly text: string
}

export interface Message {
  readonly text: string
  readonly bad?: boolean
}

export const FIRST_VIEW: View = { scroll: 0, panel: 'row' }

/** What a key asks of whoever keeps the rows. */
export type Wish =
  | { readonly wish: 'accept' | 'edit' | 'undo' | 'keep' | 'drop' | 'filter' | 'quit' }
  | { readonly wish: 'reject' | 'comment'; readonly text: string }
  /** A criterion's level by its place, from 0; undefined takes it back. */
  | { readonly wish: 'level'; readonly question: number; readonly level: number | undefined }
  | { readonly wish: 'go'; readonly to: 'next' | 'previous' | 'next-unreviewed' | 'first' | 'last' }

/** A key by its name, or, when something was typed or pasted, by its characters. */
export interface Press {
  readonly key: string
  readonly typed: boolean
}

/** How far the conversation can be scrolled, and by how much at once. */
export interface Reach {
  readonly last: number
  readonly page: number
  /** How many levels each criterion has that the reviewer may speak of. */
  readonly scales?: readonly number[]
  /** Place of the first that has no level yet. */
  readonly open?: number
}

interface Pressed {
  readonly view: View
  readonly wish?: Wish
}

const COMMANDS: { readonly [key: string]: Wish } = {
  a: { wish: 'accept' },
  e: { wish: 'edit' },
  u: { wish: 'undo' },
  K: { wish: 'keep' },
  D: { wish: 'drop' },
  f: { wish: 'filter' },
  q: { wish: 'quit' },
  n: { wish: 'go', to: 'next' },
  right: { wish: 'go', to: 'next' },
  p: { wish: 'go', to: 'previous' },
  left: { wish: 'go', to: 'previous' },
  s: { wish: 'go', to: 'next-unreviewed' },
  g: { wish: 'go', to: 'first' },
  G: { wish: 'go', to: 'last' },
}

export function press(view: View, { key, typed }: Press, reach: Reach): Pressed {
  if (!typed && key === 'ctrl-c') return { view, wish: { wish: 'quit' } }
  if (view.typing) return type(view, view.typing, { key, typed })
  const { message: _, ...rest } = view
  if (view.panel === 'help') {
    if (key === '?' || key === 'escape' || key === 'enter') return { view: { ...rest, panel: 'row' } }
    // A key that the help names does what it says.
    return press({ ...rest, panel: 'row' }, { key, typed }, reach)
  }
  if (view.scoring !== undefined) {
    const scored = score(view, view.scoring, key, reach)
    if (scored) return scored
  }
  const scrolled = scroll(view.scroll, key, reach)
  if (scrolled !== undefined) return { view: { ...rest, scroll: scrolled } }
  switch (key) {
    case '?':
      return { view: { ...rest, panel: 'help' } }
    case 'r':
      return { view: { ...rest, typing: { what: 'reject', text: '' } } }
    case 'c':
      return { view: { ...rest, typing: { what: 'comment', text: '' } } }
    case 'j':
      return (reach.scales ?? []).length === 0
        ? { view: { ...rest, message: { text: 'no judge looks at this row, so there is nothing to give a level by', bad: true } } }
        : { view: { ...rest, scoring: reach.open ?? 0 } }
  }
  const wish = Object.hasOwn(COMMANDS, key) ? COMMANDS[key] : undefined
  return wish ? { view: rest, wish } : { view: rest }
}

/** Undefined for keys that mean here what they mean everywhere. */
function score(view: View, at: number, key: string, { scales = [] }: Reach): Pressed | undefined {
  const { message: _, scoring: __, ...left } = view
  const to = (place: number): View => (place >= scales.length ? left : { ...left, scoring: Math.max(0, place) })
  if (/^[1-9]$/.test(key)) {
    const level = Number(key) - 1
    return level < (scales[at] ?? 0)
      ? { view: to(at + 1), wish: { wish: 'level', question: at, level } }
      : { view: { ...left, scoring: at } }
  }
  switch (key) {
    case '0':
    case 'backspace':
      return { view: { ...left, scoring: at }, wish: { wish: 'level', question: at, level: undefined } }
    case 'n':
    case 'right':
    case 'enter':
      return { view: to(at + 1) }
    case 'p':
    case 'left':
      return { view: to(at - 1) }
    case 'escape':
    case 'j':
      return { view: left }
    default:
      return undefined
  }
}

function scroll(at: number, key: string, { last, page }: Reach): number | undefined {
  const to = { up: at - 1, down: at + 1, pageup: at - page, b: at - page, pagedown: at + page, ' ': at + page, home: 0, end: last }[key]
  return to === undefined ? undefined : Math.max(0, Math.min(last, to))
}

function type(view: View, { what, text }: Typing, { key, typed }: Press): Pressed {
  const { typing: _, ...rest } = view
  // What is pasted may have several lines; a reason is one.
  if (typed) return { view: { ...rest, typing: { what, text: text + key.replace(/[\s\p{Cc}]+/gu, ' ') } } }
  switch (key) {
    case 'escape':
      return { view: rest }
    case 'backspace':
      return { view: { ...rest, typing: { what, text: withoutLast(text) } } }
    case 'ctrl-u':
      return { view: { ...rest, typing: { what, text: '' } } }
    case 'enter':
      return text.trim() === ''
        ? {
            view: {
              ...view,
              message: {
                text: what === 'reject' ? 'a rejection needs a reason; Esc leaves' : 'a comment needs words; Esc leaves',
                bad: true,
              },
            },
          }
        : { view: rest, wish: { wish: what, text: text.trim() } }
    default:
      return { view }
  }
}

/** Without its last grapheme: what a person calls a letter. */
function withoutLast(text: string): string {
  const last = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].at(-1)
  return last ? text.slice(0, last.index) : ''
}
