/** What a person has chosen to see, and what a key changes about it. */

export interface View {
  /** Rows for calls in flight. */
  readonly rows: number
  readonly panel: 'calls' | 'help' | 'problems'
  readonly paused: boolean
}

/** What a key asks of the build. */
export type Wish = 'stop' | 'pause' | 'resume' | 'interrupt'

export const FIRST_VIEW: View = { rows: 8, panel: 'calls', paused: false }

const MOST_ROWS = 12 // with head, bar and footer this is the tallest screen

/** The view after a key, and what the build should hear; unknown keys change nothing. */
export function press(view: View, key: string): { readonly view: View; readonly wish?: Wish } {
  switch (key) {
    case '?':
      return { view: { ...view, panel: view.panel === 'help' ? 'calls' : 'help' } }
    case 'e':
      return { view: { ...view, panel: view.panel === 'problems' ? 'calls' : 'problems' } }
    case 'escape':
      return { view: { ...view, panel: 'calls' } }
    case '+':
      return { view: { ...view, rows: Math.min(MOST_ROWS, view.rows + 1) } }
    case '-':
      return { view: { ...view, rows: Math.max(1, view.rows - 1) } }
    case 'p':
      return { view: { ...view, paused: !view.paused }, wish: view.paused ? 'resume' : 'pause' }
    case 'q':
      return { view: { ...view, paused: false }, wish: 'stop' }
    case 'ctrl-c':
      return { view: { ...view, paused: false }, wish: 'interrupt' }
    default:
      return { view }
  }
}
