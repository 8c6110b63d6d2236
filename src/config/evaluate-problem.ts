/** What went wrong while a config ran, in words and with its place; never a bare stack. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { DatagenError, type Diagnostic, type Place } from '../util/diagnostic.ts'
import { suggest } from '../util/suggest.ts'
import { placeAt } from './locate.ts'
import { type Transformed, thrownAt } from './position.ts'
import type { Recorder } from './recorder.ts'
import { step } from './scan-script.ts'

export interface Circumstances {
  readonly path: string
  readonly files: ReadonlyMap<string, Transformed>
  readonly limitMs: number
  readonly recorder: Recorder
}

const TRIED_EXTENSIONS = ['', '.ts', '.mts', '.js', '.mjs', '.json']

export function scriptProblem(error: unknown, around: Circumstances): DatagenError {
  const { path, files, limitMs } = around
  const place: Place = thrownAt(error, files) ?? { file: path }
  if (error instanceof DatagenError) return new DatagenError(error.diagnostics.map((d) => (d.place ? d : { ...d, place })))
  const { code } = (error ?? {}) as { code?: unknown }
  const message = error instanceof Error ? error.message : String(error)
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
    return problem({
      code: 'config/timeout',
      headline: `the config did not finish within ${limitMs / 1000} s`,
      place: { file: path },
      hint: 'look for an endless loop, or move slow work into a `run` step',
    })
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return missingImport(message, error, around)
  const parse = /^(?:Parse|Syntax)Error: ([\s\S]*?)\s*\n\s*(\S.*):(\d+):(\d+)\s*$/.exec(message)
  if (parse) return syntax(parse, files, path)
  if (error instanceof SyntaxError && /\bawait\b/.test(message)) return awaiting(files, path)
  return problem({ code: 'config/throws', headline: `the config throws ${JSON.stringify(firstLine(message))}`, place, ...kindOf(error) })
}

function missingImport(message: string, error: unknown, { path, recorder }: Circumstances): DatagenError {
  const wanted = /Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1] ?? '?'
  const requiredBy = (error as { requireStack?: readonly string[] }).requireStack?.[0] ?? path
  const relative = /^\.{0,2}\//.test(wanted)
  const target = resolve(dirname(requiredBy), wanted)
  if (relative) for (const extension of TRIED_EXTENSIONS) recorder.file(target + extension, null)
  const near = relative ? neighbour(target) : undefined
  const source = textOf(requiredBy)
  const at = source === undefined ? -1 : Math.max(source.indexOf(`'${wanted}'`), source.indexOf(`"${wanted}"`))
  return problem({
    code: 'config/missing-import',
    headline: `cannot find "${wanted}"`,
    place: source === undefined || at < 0 ? { file: requiredBy } : placeAt(requiredBy, source, at, at + wanted.length + 2),
    hint:
      near !== undefined
        ? `did you mean "${near}"?`
        : relative
          ? 'the path is relative to the file that imports it'
          : `install it: npm install ${wanted}`,
  })
}

/** A file of that folder with nearly that name. */
function neighbour(target: string): string | undefined {
  try {
    const name = target.slice(dirname(target).length + 1)
    return suggest(
      name,
      readdirSync(dirname(target)).filter((file) => TRIED_EXTENSIONS.includes(extname(file))),
    )
  } catch {
    return undefined
  }
}

function syntax(parse: RegExpExecArray, files: ReadonlyMap<string, Transformed>, path: string): DatagenError {
  const [, message = '', file = path, line = '1', column = '0'] = parse
  const source = files.get(file)?.source
  return problem({
    code: 'config/syntax',
    headline: `${message.slice(0, 1).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`,
    place: { file, line: Number(line), column: Number(column) + 1, ...(source === undefined ? {} : { source }) },
  })
}

/** jiti compiles a file before it runs its imports' importer, so the culprit is the last file with an `await` outside of functions. */
function awaiting(files: ReadonlyMap<string, Transformed>, path: string): DatagenError {
  let place: Place = { file: path }
  for (const [file, { source }] of files) {
    for (let i = 0; i < source.length; i = step(source, i)) {
      if (!/^await\b/.test(source.slice(i, i + 6)) || /[\w$.]/.test(source[i - 1] ?? ' ')) continue
      place = placeAt(file, source, i, i + 5)
      break
    }
  }
  return problem({
    code: 'config/top-level-await',
    headline: 'a config cannot wait: top-level `await` is not supported',
    place,
    hint: 'read files with `file()`, and ask or compute slow things in a step',
  })
}

function problem(diagnostic: Omit<Diagnostic, 'severity'>): DatagenError {
  return new DatagenError({ severity: 'error', ...diagnostic })
}

function kindOf(error: unknown): Pick<Diagnostic, 'facts'> {
  return error instanceof Error && error.name !== 'Error' ? { facts: [['error', error.name]] } : {}
}

function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? ''
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
