/** Runs a TypeScript or JavaScript config through jiti: fresh, within a time limit, with the exact list of files it read. */
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import type { Jiti, TransformOptions } from 'jiti'
import { DatagenError } from '../util/diagnostic.ts'
import { didYouMean } from './complaints.ts'
import type { RunFiles } from './definition.ts'
import { scriptProblem } from './evaluate-problem.ts'
import { plainModule } from './plain-module.ts'
import type { Transformed } from './position.ts'
import { type Env, type Recorder, recording } from './recorder.ts'
import { refuseSecret } from './tracked.ts'

export interface Evaluator {
  /** The config as exported. Throws `DatagenError` for everything that a person's file can do wrong. */
  evaluate(): unknown
  /** The config's own files, as run. */
  readonly files: ReadonlyMap<string, Transformed>
  /** What ran, beside those files. */
  readonly around: Pick<RunFiles, 'foreign' | 'libraries' | 'resolve'>
}

const OWN = [import.meta.filename, import.meta.url] // how stack frames may name this module
let sequence = 0 // names the closure that the timed script calls
/** By config: Node keeps the packages of a first load for all that follow, which therefore do not see them again. */
const librariesOf = new Map<string, Set<string>>()

/**
 * Transformed code is kept in memory only. A cache on disk would have to stand in the project, where a bad config may leave
 * nothing, or in a shared temporary folder, where another user could plant code; and an edited file misses it anyway.
 */
export async function createEvaluator(path: string, recorder: Recorder, limitMs: number, datagen: object): Promise<Evaluator> {
  const { createJiti } = await import('jiti')
  const files = new Map<string, Transformed>()
  const names = new Set(Object.keys(datagen))
  let compileAll = false
  const plain = { fsCache: false, sourceMaps: true, interopDefault: false, tryNative: false } as const
  const compiler = createJiti(path, plain)
  const transform = ({ filename, source, ts, async, jsx }: TransformOptions) => {
    const file = filename ?? path
    const known = files.get(file)
    if (known?.source === source) return { code: known.code }
    const options = {
      source,
      filename: file,
      ...(ts === undefined ? {} : { ts }),
      ...(async === undefined ? {} : { async }),
      ...(jsx === undefined ? {} : { jsx }),
    }
    if (isLibrary(file)) return { code: compiler.transform(options) }
    const asItStands = compileAll ? undefined : plainModule(file, source, names)
    if (asItStands) {
      files.set(file, { source, ...asItStands })
      return { code: asItStands.code }
    }
    files.set(file, { source, code: '' }) // also a file that does not compile was read
    const code = compiler.transform(options)
    files.set(file, { source, code })
    return { code }
  }
  const jiti = createJiti(path, { ...plain, moduleCache: true, transform, virtualModules: { datagen: strictExports(datagen) } })

  const libraries = librariesOf.get(path) ?? new Set<string>()
  librariesOf.set(path, libraries)
  const foreign = new Set<string>()
  const resolve = (specifier: string, from: string) => {
    if (isBuiltin(specifier)) return specifier
    const url = jiti.esmResolve(specifier, { parentURL: pathToFileURL(from).href, try: true })
    return url?.startsWith('file:') ? fileURLToPath(url) : undefined
  }

  const evaluate = (): unknown => {
    const before = new Set(Object.keys(jiti.cache))
    const realEnv = process.env
    const realExit = process.exit
    process.env = observed(recorder, files) as NodeJS.ProcessEnv
    process.exit = () => {
      throw new Error('the config called process.exit()')
    }
    try {
      return recording(recorder, () => exported(timed(() => jiti(path), limitMs)))
    } finally {
      process.env = realEnv
      process.exit = realExit
      noteFiles(jiti, before, files, recorder, { foreign, libraries })
    }
  }

  return {
    files,
    around: { foreign, libraries, resolve },
    evaluate() {
      try {
        try {
          return evaluate()
        } catch (error) {
          if (compileAll || isTimeout(error) || ![...files.values()].some(({ prefix }) => prefix !== undefined)) throw error
          // The compiler's places and words are the ones that people know.
          compileAll = true
          files.clear()
          return evaluate()
        }
      } catch (error) {
        throw scriptProblem(error, { path, files, limitMs, recorder })
      }
    },
  }
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}

/** A `vm` time limit stops even an endless loop in code that was compiled elsewhere, as long as it runs inside the script. */
function timed<T>(run: () => T, limitMs: number): T {
  const name = `__datagen_config_${process.pid}_${sequence++}`
  const scope = globalThis as Record<string, unknown>
  scope[name] = run
  try {
    return new Script(`globalThis.${name}()`).runInThisContext({ timeout: limitMs, displayErrors: false }) as T
  } finally {
    delete scope[name]
  }
}

function exported(module: unknown): unknown {
  const record = module as Record<string, unknown> | null
  if (typeof record === 'object' && record !== null && (Object.hasOwn(record, 'default') || record['__esModule'] === true)) {
    if (record['default'] !== undefined) return record['default']
  } else if (record !== undefined && record !== null && Object.keys(record).length > 0) return record
  throw new DatagenError({
    code: 'config/no-default',
    severity: 'error',
    headline: 'the config exports nothing by default',
    hint: 'write `export default defineConfig({ … })`',
  })
}

interface Noted {
  readonly foreign: Set<string>
  readonly libraries: Set<string>
}

/** Files run by jiti are known by the text that ran; what Node loaded for them (JSON, CommonJS) by its bytes. Then all are forgotten. */
function noteFiles(
  jiti: Jiti,
  before: ReadonlySet<string>,
  files: ReadonlyMap<string, Transformed>,
  recorder: Recorder,
  { foreign, libraries }: Noted,
): void {
  for (const [file, { source }] of files) recorder.source(file, source)
  for (const file of Object.keys(jiti.cache)) {
    if (before.has(file)) continue
    if (isLibrary(file)) {
      libraries.add(file)
      continue
    }
    delete jiti.cache[file]
    if (files.has(file)) continue
    recorder.file(file, contentOf(file))
    if (!file.endsWith('.json')) foreign.add(file)
  }
}

function isLibrary(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file)
}

function contentOf(file: string): Uint8Array | null {
  try {
    return readFileSync(file)
  } catch {
    return null
  }
}

/**
 * The environment as a config sees it: each name that its own files read is noted, credentials are refused. What libraries read
 * for themselves (yaml looks for LOG_TOKENS) is theirs.
 */
function observed(recorder: Recorder, files: ReadonlyMap<string, Transformed>): Env {
  const look = (name: string | symbol) => {
    if (typeof name !== 'string' || !calledFrom(files)) return
    refuseSecret(name)
    recorder.variable(name)
  }
  return new Proxy<Record<string, string | undefined>>(
    { ...recorder.env },
    {
      get(target, name) {
        look(name)
        return Object.hasOwn(target, name) ? target[name as string] : undefined
      },
      has(target, name) {
        look(name)
        return Object.hasOwn(target, name)
      },
    },
  )
}

/** Whether the code that led here, this module aside, is one of the files. */
function calledFrom(files: ReadonlyMap<string, Transformed>): boolean {
  const caller = (new Error().stack ?? '')
    .split('\n')
    .find((frame) => frame.trimStart().startsWith('at ') && !OWN.some((own) => frame.includes(own)))
  return caller !== undefined && [...files.keys()].some((file) => caller.includes(`${file}:`))
}

/** An import of something that datagen does not export says so, instead of being undefined. */
function strictExports(datagen: object): Record<string, unknown> {
  return new Proxy({ ...datagen } as Record<string, unknown>, {
    get(target, name) {
      if (typeof name !== 'string' || name in target || name === 'default' || name === '__esModule' || name === 'then')
        return Reflect.get(target, name)
      const hint = didYouMean(name, Object.keys(target))
      throw new DatagenError({
        code: 'config/unknown-import',
        severity: 'error',
        headline: `datagen exports no "${name}"`,
        facts: [['exports', Object.keys(target).sort().join(', ')]],
        ...(hint === undefined ? {} : { hint }),
      })
    },
  })
}
