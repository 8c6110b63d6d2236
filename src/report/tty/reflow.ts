/** Clean-up after a terminal that became narrower has broken the drawn lines. */
import { width } from '../../util/safe-text.ts'

const SGR = /\x1b\[[0-9;]*m/g

/**
 * Bytes that erase the rows by which the drawn lines have grown. Ink erases as many rows as it drew, so
 * without this the rest would stay behind above the frame. The cursor ends where Ink expects it.
 */
export function clearReflowed(lines: readonly string[], columns: number): string {
  const extra = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line.replace(SGR, '')) / columns)) - 1, 0)
  return extra > 0 ? `\x1b[${extra}A\x1b[J` : ''
}
