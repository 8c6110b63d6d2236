/** Finds the config: cosmiconfig searches from a folder upward to the package's root and reads nothing into a value. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { DatagenError } from '../util/diagnostic.ts'
import type { Recorder } from './recorder.ts'

/** In order of precedence within one folder. */
export const PLACES = [
  'datagen.config.ts',
  'datagen.config.mts',
  'datagen.config.js',
  'datagen.config.mjs',
  'datagen.config.json',
  'datagen.config.yaml',
  'datagen.config.yml',
  '.datagenrc',
  '.datagenrc.json',
  '.datagenrc.yaml',
  '.datagenrc.yml',
  'package.json',
] as const

const SCRIPTS = ['.ts', '.mts', '.js', '.mjs']
const DATA = ['.json', '.yaml', '.yml']

export type Notes = Pick<Recorder, 'file'>

/** The config's absolute path. Notes every place that was looked at, so that a new file of higher precedence is a change. */
export async function findConfig(cwd: string, configPath: string | undefined, notes: Notes): Promise<string> {
  if (configPath !== undefined) return named(cwd, configPath, notes)
  const { cosmiconfig } = await import('cosmiconfig')
  const found = () => ({ found: true })
  const explorer = cosmiconfig('datagen', {
    searchStrategy: 'project',
    searchPlaces: [...PLACES],
    ignoreEmptySearchPlaces: false,
    cache: false,
    loaders: {
      ...Object.fromEntries([...SCRIPTS, '.yaml', '.yml', 'noExt'].map((ext) => [ext, found])),
      '.json': (path, text) => (basename(path) === 'package.json' ? { datagen: hasConfig(text) ? found() : undefined } : found()),
    },
  })
  const start = resolve(cwd)
  const path = (await explorer.search(start))?.filepath
  noteSearch(start, path, notes)
  if (path !== undefined) return path
  throw new DatagenError({
    code: 'config/not-found',
    severity: 'error',
    headline: 'there is no datagen config here',
    facts: [['looked in', start]],
    hint: 'make one with `datagen init`, or name one with `--config <path>`',
  })
}

function named(cwd: string, configPath: string, notes: Notes): string {
  const path = resolve(cwd, configPath)
  const fail = (headline: string, hint: string) => new DatagenError({ code: 'config/not-found', severity: 'error', headline, hint })
  if (!isFile(path)) {
    notes.file(path, null)
    throw fail(`there is no file "${configPath}"`, 'the path after `--config` is relative to the working directory')
  }
  if (![...SCRIPTS, ...DATA, ''].includes(extname(path)))
    throw fail(`"${configPath}" is no kind of config`, `a config ends in ${[...SCRIPTS, ...DATA].join(', ')}`)
  return path
}

/** Whether a config is a script, and where inside the file it stands. */
export function formOf(path: string): { readonly script: boolean; readonly within?: string } {
  if (basename(path) === 'package.json') return { script: false, within: 'datagen' }
  return { script: SCRIPTS.includes(extname(path)) }
}

function noteSearch(start: string, found: string | undefined, notes: Notes): void {
  for (let folder = start; ; folder = dirname(folder)) {
    let atPackage = false
    for (const place of PLACES) {
      const path = join(folder, place)
      if (path === found) return
      const bytes = contentOf(path)
      notes.file(path, bytes)
      atPackage = place === 'package.json' && bytes !== null
    }
    if (atPackage || dirname(folder) === folder) return
  }
}

function contentOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function hasConfig(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && Object.hasOwn(json, 'datagen')
  } catch {
    return false
  }
}
