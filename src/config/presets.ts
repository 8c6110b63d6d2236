/** Ready-made dimensions: data in the package's `presets/` folder, read when named. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ValueDetail } from '../../schema/config.ts'
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { didYouMean } from './complaints.ts'
import { currentRecorder } from './recorder.ts'

const require = createRequire(import.meta.url)

/** A file of `presets/dimensions`. */
export interface Preset {
  readonly name: string
  /** One line for lists. */
  readonly title: string
  readonly values: readonly ValueDetail[]
}

/** The names of all dimension presets, sorted. */
export function presetNames(): string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort()
}

/** A preset by name; a load that is under way remembers its file. Throws `DatagenError` for an unknown name. */
export function readPreset(name: string): Preset {
  const known = presetNames()
  // Only listed names become a path, so that no name can lead elsewhere.
  if (!known.includes(name)) throw unknown('config/unknown-preset', `there is no preset ${JSON.stringify(name)}`, name, known, 'presets')
  const path = join(folder(), `${name}.yaml`)
  const bytes = readFileSync(path)
  currentRecorder()?.file(path, bytes)
  const { parse } = require('yaml') as typeof import('yaml')
  const { title, values } = parse(bytes.toString('utf8')) as Omit<Preset, 'name'>
  return { name, title, values }
}

/** The values of a dimension preset, or those picked, in the order picked. */
export function presetDimension(name: string, pick?: readonly string[]): ValueDetail[] {
  const { values } = readPreset(name)
  if (pick === undefined) return [...values]
  return pick.map((id) => {
    const value = values.find((one) => one.id === id)
    if (value) return value
    throw unknown(
      'config/unknown-value',
      `the preset "${name}" has no value ${JSON.stringify(id)}`,
      id,
      values.map((one) => one.id),
      'values',
    )
  })
}

function unknown(code: string, headline: string, name: string, known: readonly string[], label: string): DatagenError {
  const hint = didYouMean(name, known)
  const diagnostic: Diagnostic = {
    code,
    severity: 'error',
    headline,
    facts: [[label, known.join(', ')]],
    ...(hint === undefined ? {} : { hint }),
  }
  return new DatagenError(diagnostic)
}

let found: string | undefined

/** `presets/dimensions` of this package, from `src/` as from `dist/`. */
function folder(): string {
  if (found !== undefined) return found
  for (let at = import.meta.dirname; dirname(at) !== at; at = dirname(at)) {
    const path = join(at, 'presets', 'dimensions')
    if (isOurs(join(at, 'package.json')) && existsSync(path)) {
      found = path
      return path
    }
  }
  throw new Error('datagen bug: the presets are missing from this installation')
}

function isOurs(packageJson: string): boolean {
  try {
    return (JSON.parse(readFileSync(packageJson, 'utf8')) as { name?: unknown }).name === 'datagen'
  } catch {
    return false
  }
}
