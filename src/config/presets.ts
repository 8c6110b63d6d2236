/** Ready-made parts of a dataset: data in the package's `presets/` folder, one subfolder for each kind, read when named. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Check, Pattern, Rubric, ValueDetail } from '../../schema/config.ts'
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { didYouMean } from './complaints.ts'
import { currentRecorder } from './recorder.ts'

const require = createRequire(import.meta.url)

/** The kinds in the order they are listed; a folder that is not among them comes last. */
const ORDER = ['domains', 'formats', 'dimensions', 'patterns', 'batches', 'rubrics']

/** What every preset has. */
export interface Preset {
  readonly name: string
  /** One line for lists. */
  readonly title: string
}

/** A file of `presets/dimensions`. */
export interface DimensionFile extends Preset {
  readonly values: readonly ValueDetail[]
}

/** One thing that a model is told. */
export interface Guide {
  readonly id: string
  readonly guide: string
  readonly example?: string
}

/** A dimension that a domain or a format brings along. */
export interface BroughtDimension {
  readonly title: string
  /** Whether it shapes the answer, so that whoever answers is told of it too. */
  readonly answer?: boolean
  readonly values: readonly ValueDetail[]
}

/** A check with the name that findings carry, and why the preset has it. */
export type BroughtCheck = Exclude<Check, { check: 'custom' | 'judge' | 'command' | 'semantic-duplicates' | 'spread' }> & {
  readonly id: string
  readonly why: string
}

/** What domains and formats have in common. */
export interface MethodFile extends Preset {
  readonly guides: { readonly user: readonly Guide[]; readonly assistant: readonly Guide[] }
  readonly dimensions: { readonly [name: string]: BroughtDimension }
  readonly checks: readonly BroughtCheck[]
}

/** A file of `presets/domains`. */
export interface DomainFile extends MethodFile {
  /** The starter list: the values of the dimension `scenario` when the config has none. */
  readonly scenarios: readonly ValueDetail[]
}

/** A file of `presets/formats`. */
export interface FormatFile extends MethodFile {
  /** The rubric for judging answers of this kind. */
  readonly rubric: string
}

/** A file of `presets/rubrics`. */
export type RubricFile = Preset & Rubric & { readonly title: string }

/** A file of `presets/batches`. */
export interface BatchesFile extends Preset {
  readonly batches: readonly BatchShape[]
}

/** A batch before it is fitted to a dataset. */
export interface BatchShape {
  readonly id: string
  /** What the batch is for, in a sentence. */
  readonly guide: string
  /** Of the size wanted; left out, every cell that matches. */
  readonly share?: number
  /** Conditions on dimensions that the dataset does not have are left out; of several matches, any counts. */
  readonly where?: readonly { readonly [dimension: string]: readonly string[] }[]
  readonly per?: readonly string[]
  readonly gaps?: boolean
  readonly avoid?: boolean
  readonly remarks?: boolean
}

/** A file of `presets/patterns`. */
export type PatternFile = Preset & Pattern & { readonly title: string }

interface Kinds {
  readonly batches: BatchesFile
  readonly dimensions: DimensionFile
  readonly domains: DomainFile
  readonly formats: FormatFile
  readonly patterns: PatternFile
  readonly rubrics: RubricFile
}

/** The kinds of presets there are, in the order of lists. */
export function presetKinds(): string[] {
  const rank = (kind: string) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length)
  return readdirSync(folder(), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** The names of all presets of a kind, sorted. */
export function presetNames(kind: string): string[] {
  return readdirSync(join(folder(), kind))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort()
}

/** A preset by kind and name; a load that is under way remembers its file. Throws `DatagenError` for an unknown name. */
export function readPreset<K extends keyof Kinds>(kind: K, name: string): Kinds[K]
export function readPreset(kind: string, name: string): Preset
export function readPreset(kind: string, name: string): Preset {
  const known = presetNames(kind)
  // Only listed names become a path, so that no name can lead elsewhere.
  if (!known.includes(name)) {
    const what = kind === 'dimensions' ? 'preset' : singular(kind)
    throw unknown('config/unknown-preset', `there is no ${what} ${JSON.stringify(name)}`, name, known, `${what}s`)
  }
  const path = join(folder(), kind, `${name}.yaml`)
  const bytes = readFileSync(path)
  currentRecorder()?.file(path, bytes)
  const { parse } = require('yaml') as typeof import('yaml')
  return { name, ...(parse(bytes.toString('utf8')) as Omit<Preset, 'name'>) }
}

/** The values of a dimension preset, or those picked, in the order picked. */
export function presetDimension(name: string, pick?: readonly string[]): ValueDetail[] {
  const { values } = readPreset('dimensions', name)
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

/** `presets/` of this package, from `src/` as from `dist/`. */
function folder(): string {
  if (found !== undefined) return found
  for (let at = import.meta.dirname; dirname(at) !== at; at = dirname(at)) {
    const path = join(at, 'presets')
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

/** `batches` → `batch`, `rubrics` → `rubric`. */
export function singular(kind: string): string {
  return kind.replace(/(?<=ch)es$|s$/, '')
}
