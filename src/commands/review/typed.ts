/** Keys as they come from a terminal, one by one. */
import type { Press, View } from '../../report/review/view.ts'

// Keys that are pressed faster than they are read come together; more than a few at once are a paste that went astray.
const MOST_KEYS_AT_ONCE = 4

export function singly(pressed: Press, { typing }: View): Press[] {
  if (!pressed.typed || pressed.key.length === 1) return [pressed]
  // Who types faster than the screen is drawn means the Enter at the end; within a paste it is a blank.
  const line = /^([^\r\n]*)\r$/.exec(pressed.key)
  if (typing)
    return line
      ? [
          { key: line[1] as string, typed: true },
          { key: 'enter', typed: false },
        ]
      : [pressed]
  return pressed.key.length > MOST_KEYS_AT_ONCE ? [] : [...pressed.key].map((key) => ({ key, typed: true }))
}
