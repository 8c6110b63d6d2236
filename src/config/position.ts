/** From a thrown error to the line and column of the person's own file. */
import { SourceMap } from 'node:module'
import type { Place } from '../util/diagnostic.ts'

/** A file of the config as it was run. */
export interface Transformed {
  readonly source: string
  readonly code: string
  /** What was put before the first line of a text that was otherwise run as it stands; else the code has a source map. */
  readonly prefix?: string
  /** The text with blanks in place of its types, when it had any and this is what ran. */
  readonly untyped?: string
}

// jiti wraps a module in this function; it shifts the columns of line 1.
const WRAPPER = '(function (exports, require, module, __filename, __dirname, jitiImport, jitiESMResolve) { '
const MAP_MARK = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,'

/** The innermost stack frame that lies in one of the config's files. */
export function thrownAt(error: unknown, files: ReadonlyMap<string, Transformed>): Place | undefined {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : ''
  for (const frame of stack.split('\n')) {
    if (!frame.trimStart().startsWith('at ')) continue
    for (const [file, transformed] of files) {
      const at = frame.lastIndexOf(`${file}:`)
      const position = at < 0 ? null : /^(\d+):(\d+)/.exec(frame.slice(at + file.length + 1))
      if (position) return original(file, transformed, Number(position[1]), Number(position[2]))
    }
  }
  return undefined
}

function original(file: string, { source, code, prefix }: Transformed, line: number, column: number): Place {
  const unwrapped = line === 1 ? Math.max(1, column - WRAPPER.length - (prefix?.length ?? 0)) : column
  if (prefix !== undefined) return { file, line, column: unwrapped, source }
  const mapAt = code.lastIndexOf(MAP_MARK)
  if (mapAt < 0) return { file, line, column: unwrapped, source }
  const payload = JSON.parse(Buffer.from(code.slice(mapAt + MAP_MARK.length).trim(), 'base64').toString('utf8'))
  const entry = new SourceMap(payload).findEntry(line - 1, unwrapped - 1)
  if (!('originalLine' in entry)) return { file, line, source }
  return named({ file, line: entry.originalLine + 1, column: entry.originalColumn + 1, source })
}

/** A failing call is reported at its bracket; the name before it says more. */
function named(place: Place & { readonly source: string; readonly line: number; readonly column: number }): Place {
  const before = place.source.split('\n')[place.line - 1]?.slice(0, place.column) ?? ''
  const called = /([\p{ID_Continue}$]+)\($/u.exec(before)?.[1]
  return called === undefined ? place : { ...place, column: place.column - called.length, length: called.length }
}
