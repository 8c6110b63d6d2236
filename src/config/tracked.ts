/** `file()` and `env()`: reads that are remembered, so that a change to what was read is a change to the config. */
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { DatagenError } from '../util/diagnostic.ts'
import { currentRecorder, type Recorder } from './recorder.ts'

/** The text of a file, by its path relative to the config's folder. Missing is an error; see `file.maybe`. */
export function file(path: string): string {
  const recorder = duringLoad('file()')
  const text = read(recorder, path)
  if (text === undefined)
    throw mistake('config/file-missing', `there is no file "${path}"`, 'use `file.maybe()` where a file may be missing')
  return text
}

/** As `file`, with undefined for a file that does not exist; its appearance is then a change. */
file.maybe = (path: string): string | undefined => read(duringLoad('file.maybe()'), path)

/** The value of an environment variable, or the fallback when it is unset. Not for API keys: they stay out of configs. */
export function env(name: string, fallback?: string): string {
  const recorder = duringLoad('env()')
  refuseSecret(name)
  recorder.variable(name)
  const value = recorder.env[name] ?? fallback
  if (value === undefined)
    throw mistake('config/env-missing', `the environment variable "${name}" is not set`, `set it, or give a fallback: env('${name}', '…')`)
  return value
}

/** Names that usually hold credentials. */
export function isSecretName(name: string): boolean {
  return /(^|[_-])(api[_-]?keys?|access[_-]?keys?|private[_-]?key|tokens?|secrets?|passw(or)?d|credentials?)$/i.test(name)
}

/** Throws for a variable that looks like a key: its value could reach a prompt, a log or a cache. */
export function refuseSecret(name: string): void {
  if (!isSecretName(name)) return
  throw mistake(
    'config/secret',
    `"${name}" looks like a credential, which a config may not read`,
    `name it in a model instead: apiKeyEnv: '${name}'`,
  )
}

function duringLoad(what: string): Recorder {
  const recorder = currentRecorder()
  if (recorder) return recorder
  throw mistake(
    'config/read-too-late',
    `${what} was called after the config was loaded`,
    'call it at the top of the config and use the result in the function',
  )
}

function read(recorder: Recorder, path: string): string | undefined {
  const absolute = insideProject(recorder.root, path)
  try {
    const bytes = readFileSync(absolute)
    recorder.file(absolute, bytes)
    return bytes.toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      recorder.file(absolute, null)
      return undefined
    }
    throw mistake('config/file-unreadable', `the file "${path}" cannot be read (${code ?? 'unknown error'})`)
  }
}

/** The absolute path; throws for one that is absolute, has a NUL, or leads outside the folder, also through a link. */
export function insideProject(root: string, path: string): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw mistake('config/path', 'a path must be a text without NUL')
  const absolute = resolve(root, path)
  const outside = isAbsolute(path) || isOutside(root, absolute) || isOutside(realPath(root), realPath(absolute))
  if (outside)
    throw mistake(
      'config/path-outside',
      `the path "${path}" leads outside the project`,
      'paths are relative to the config and stay inside its folder',
    )
  return absolute
}

export function isOutside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)
}

/** The path with links resolved as far as it exists. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : resolve(realPath(parent), relative(parent, path))
  }
}

function mistake(code: string, headline: string, hint?: string): DatagenError {
  return new DatagenError({ code, severity: 'error', headline, ...(hint === undefined ? {} : { hint }) })
}
