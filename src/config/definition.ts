/** The digest of all that a dataset's functions, and its data besides dimensions, can depend on. */
import { isBuiltin } from 'node:module'
import { basename, dirname, extname, relative } from 'node:path'
import type { Json } from '../../schema/json.ts'
import { VERSION } from '../util/version.ts'
import { mayReachBack, withoutDimensionValues } from './blank.ts'
import { codeTokens, spell } from './code-spelling.ts'
import type { Token } from './code-tokens.cts'
import type { ChosenModel, Dataset } from './dataset.ts'
import { sha256 } from './digest.ts'
import { Packages } from './packages.ts'
import type { Recorder } from './recorder.ts'
import { specifiersOf } from './specifiers.ts'
import { realPath } from './tracked.ts'

/** A file's text, and what it says without types, as far as that is known. */
export interface SourceText {
  readonly text: string
  readonly untyped: string
}

/** A script's files after it ran. */
export interface RunFiles {
  readonly path: string
  readonly sources: ReadonlyMap<string, SourceText>
  /** Files of the project that Node itself ran. */
  readonly foreign: ReadonlySet<string>
  /** Files of packages that were loaded. */
  readonly libraries: ReadonlySet<string>
  /** The file that a module's name leads to from a file; undefined when it leads nowhere. */
  readonly resolve: (specifier: string, from: string) => string | undefined
}

const FORMAT = 1 // raise it when what is digested, or how, changes
/** What the language itself reads when it formats dates, numbers and texts. */
const LOCALE = ['TZ', 'LC_ALL', 'LC_MESSAGES', 'LANG', 'LANGUAGE']
/** By these, code comes to know paths, beside the modules of Node. */
const PLACES: ReadonlySet<string> = new Set(['process', 'meta', 'require', 'eval', '__filename', '__dirname'])
/** In files beside the config, by which a module could be loaded whose name is not written there. */
const LOADERS: ReadonlySet<string> = new Set(['arguments', 'eval', 'Function', 'require', 'module', 'mainModule', 'createRequire'])

/** The files that are only code, as they are told apart; those that cannot be are missing. */
type Parsed = ReadonlyMap<string, readonly Token[]>

export interface Definition {
  readonly definition: string | undefined
  /** The digest of each code file's spelling, for files whose bytes nothing looked at. */
  readonly code: ReadonlyMap<string, string>
}

/** `config` is plain and valid; `run` is undefined for a config that is data. */
export function definitionOf(
  config: unknown,
  recorder: Recorder,
  { dataset, chosenModel }: { readonly dataset: Dataset; readonly chosenModel?: ChosenModel },
  run: RunFiles | undefined,
): Definition {
  const { root, texts, reads, env } = recorder
  const name = (path: string) => relative(root, path)
  const parsed: Parsed = new Map([...(run?.sources ?? [])].flatMap(([path, source]) => entry(path, tokensOf(path, source))))
  const spelled = new Map([...parsed].map(([path, tokens]) => [path, spell(tokens)]))
  const definition =
    run && readsTheWorld(run, parsed)
      ? undefined
      : sha256(
          JSON.stringify({
            format: FORMAT,
            datagen: VERSION,
            node: process.version,
            locale: LOCALE.map((variable) => env[variable] ?? null),
            data: dataOf(config),
            texts: [...texts].sort().map((path) => [name(path), reads.files.get(path) ?? null]),
            ...(reads.large && reads.large.size > 0 ? { large: [...reads.large].map(([path, digest]) => [name(path), digest]) } : {}),
            env: [...reads.env].sort(([a], [b]) => (a < b ? -1 : 1)),
            chosenModel: chosenModel ?? null,
            ...sandboxesOf(dataset),
            place: run && knowsItsPlace(run, parsed) ? root : null,
            ...(run ? { code: codeOf(run, parsed, spelled, name), packages: packagesOf(run, parsed, root) } : {}),
          }),
        )
  return {
    definition,
    code: new Map([...(run?.sources ?? [])].flatMap(([path, { text }]) => (texts.has(path) ? [] : asWritten(path, text)))),
  }
}

/** Types have no effect, so where what ran is known without them they do not count. */
function tokensOf(path: string, { text, untyped }: SourceText): readonly Token[] | undefined {
  return (untyped === text ? undefined : codeTokens(path, untyped)) ?? codeTokens(path, text)
}

/** Whoever compares it later has only the file: types and all. */
function asWritten(path: string, text: string): [string, string][] {
  const tokens = codeTokens(path, text)
  return tokens ? [[path, sha256(spell(tokens))]] : []
}

function entry<V>(key: string, value: V | undefined): [string, V][] {
  return value === undefined ? [] : [[key, value]]
}

/** What code would be run in: part of its verdicts' keys, and no part of the config. */
function sandboxesOf({ recipe }: Dataset): { readonly sandboxes?: Json } {
  const found = recipe.steps.flatMap((step) => (step.kind === 'run' && step.sandbox ? [step.sandbox.found as unknown as Json] : []))
  return found.length === 0 ? {} : { sandboxes: found }
}

function dataOf(config: unknown): string {
  const { dimensions: _, ...rest } = config as Record<string, unknown>
  return JSON.stringify(rest, (_key, value: unknown) => (typeof value === 'function' ? { function: true } : value))
}

function codeOf(run: RunFiles, parsed: Parsed, spelled: ReadonlyMap<string, string>, name: (path: string) => string): string[][] {
  const own = parsed.get(run.path)
  const blank = own === undefined || isReachedBack(run, parsed) ? undefined : spell(withoutDimensionValues(own, stemOf(run.path)))
  return [...run.sources]
    .map(([path, source]) => {
      const text = path === run.path ? (blank ?? spelled.get(path)) : spelled.get(path)
      return text === undefined ? [name(path), 'bytes', sha256(source.text)] : [name(path), 'spelling', text]
    })
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
}

/** Whether any file could import the config, and so come to see what it exports. */
function isReachedBack({ path: config, sources, foreign, resolve }: RunFiles, parsed: Parsed): boolean {
  if (foreign.size > 0 || parsed.size < sources.size) return true
  const real = realPath(config)
  return [...parsed].some(([path, tokens]) => {
    if (path !== config && mayReachBack(tokens, stemOf(config), LOADERS)) return true
    return specifiersOf(tokens).names.some((name) => {
      if (name === 'datagen') return false
      const target = resolve(name, path)
      return target === undefined || realPath(target) === real
    })
  })
}

/** Modules of Node from which code learns nothing but what it is told. */
const PURE: ReadonlySet<string> = new Set(['assert', 'buffer', 'crypto', 'events', 'path', 'querystring', 'string_decoder', 'url', 'util'])

/** Whether the config's own code could read a file, a clock of the system or a socket without anybody keeping track. */
function readsTheWorld({ foreign }: RunFiles, parsed: Parsed): boolean {
  if (foreign.size > 0) return true
  const plain = (module: string) => (module.startsWith('node:') ? module.slice('node:'.length) : module)
  return [...parsed.values()].some((tokens) => specifiersOf(tokens).names.some((module) => isBuiltin(module) && !PURE.has(plain(module))))
}

/** Whether a file could come to know where the project stands. */
function knowsItsPlace({ sources, foreign }: RunFiles, parsed: Parsed): boolean {
  if (foreign.size > 0 || parsed.size < sources.size) return true
  const tells = (tokens: readonly Token[]) => specifiersOf(tokens).names.some(isBuiltin) || tokens.some(({ text }) => PLACES.has(text))
  return [...parsed.values()].some(tells)
}

function packagesOf({ sources, foreign, libraries }: RunFiles, parsed: Parsed, root: string): string[] {
  const packages = new Packages(root)
  let open = foreign.size > 0
  for (const path of sources.keys()) {
    const tokens = parsed.get(path)
    const found = tokens ? specifiersOf(tokens) : { names: [], open: true }
    open ||= found.open
    for (const name of found.names) packages.import(name, dirname(path))
  }
  if (open) for (const library of libraries) packages.file(library)
  return packages.lines
}

function stemOf(path: string): string {
  return basename(path, extname(path))
}
