/** Where a path of the config stands in its file, whatever the file's language. */
import type { Place } from '../util/diagnostic.ts'

/** Keys and indexes from the config's top, such as `['dimensions', 'phrasing', 0, 'guide']`. */
export type ConfigPath = readonly (string | number)[]

/** A value's stretch of text, and its key's; children by key or index. */
export interface SourceNode {
  readonly start: number
  readonly end: number
  readonly key?: { readonly start: number; readonly end: number }
  readonly children?: ReadonlyMap<string | number, SourceNode>
}

/** The place of a value or of its key; for what is not written there, of its nearest known ancestor. */
export type Locator = (path: ConfigPath, what?: 'key' | 'value') => Place

/** `tree` is undefined when the file's structure is not known; then every path is the file. */
export function locator(file: string, source: string, tree: SourceNode | undefined): Locator {
  return (path, what = 'value') => {
    if (tree === undefined) return { file }
    let node = tree
    let found = 0
    for (const step of path) {
      const child = node.children?.get(step)
      if (child === undefined) break
      node = child
      found++
    }
    // Of an ancestor, the key says more than the start of its value.
    const useKey = node.key !== undefined && (what === 'key' || found < path.length)
    const { start, end } = useKey && node.key !== undefined ? node.key : node
    return placeAt(file, source, start, end)
  }
}

/** The place of a stretch of text; its length stops at the end of the first line. */
export function placeAt(file: string, source: string, start: number, end: number): Place {
  const before = source.slice(0, start)
  const line = before.split('\n').length
  const column = start - (before.lastIndexOf('\n') + 1) + 1
  const lineEnd = source.indexOf('\n', start)
  const length = Math.max(1, Math.min(end, lineEnd < 0 ? source.length : lineEnd) - start)
  return { file, line, column, length, source }
}

/** The first occurrence of a text inside a located stretch that starts at `place`; else the place itself. */
export function within(place: Place, text: string): Place {
  const { file, source, line, column } = place
  if (source === undefined || line === undefined || column === undefined) return place
  const start = offsetOf(source, line, column)
  const at = source.indexOf(text, start)
  return at < 0 || at - start > 20_000 ? place : placeAt(file, source, at, at + text.length)
}

function offsetOf(source: string, line: number, column: number): number {
  let offset = 0
  for (let n = 1; n < line; n++) offset = source.indexOf('\n', offset) + 1
  return offset + column - 1
}
