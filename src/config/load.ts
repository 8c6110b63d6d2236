/** Finds, runs, checks and completes a config: from a folder to a `Dataset`, or to a `ConfigError`. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatagenError } from '../util/diagnostic.ts'
import { firstDifference } from './compare.ts'
import { Complaints } from './complaints.ts'
import { ConfigError } from './config-error.ts'
import type { Loaded } from './dataset.ts'
import { definitionOf, type RunFiles } from './definition.ts'
import { findConfig, formOf } from './find.ts'
import { type Locator, locator } from './locate.ts'
import { normalise } from './normalise.ts'
import { parseData } from './parse-data.ts'
import { plain } from './plain.ts'
import { thrownAt } from './position.ts'
import { createRecorder, type Env, type Recorder } from './recorder.ts'
import { readReviewsText } from './reviews-file.ts'
import { validateShape } from './validate.ts'

export interface LoadOptions {
  readonly cwd: string
  /** `--config`, relative to `cwd`. */
  readonly configPath?: string | undefined
  readonly env: Env
  /** Model ids of an OpenAI-compatible server, or undefined when none answers soon; left out, no server is asked. */
  readonly probe?: ((baseUrl: string) => Promise<readonly string[] | undefined>) | undefined
  /** Longest time one evaluation of a script may take. */
  readonly limitMs?: number
}

const LIMIT_MS = 5_000 // a config that is still thinking after this is not going to finish

/** A config's exported value with the means to place problems in it. */
interface Source {
  readonly value: unknown
  readonly locate: Locator
  readonly thrownAt: (error: unknown) => ReturnType<typeof thrownAt>
  readonly run?: RunFiles
}

/** Writes nothing. Every failure that the person can mend is a `ConfigError` with what was read. */
export async function loadConfig(options: LoadOptions): Promise<Loaded> {
  const search = createRecorder(options.cwd, options.env)
  let recorder: Recorder = search
  try {
    const path = await findConfig(options.cwd, options.configPath, search)
    recorder = createRecorder(dirname(path), options.env)
    const reviews = readReviewsText(path, recorder)
    const source = formOf(path).script ? await script(path, recorder, options.limitMs ?? LIMIT_MS) : data(path, recorder)
    const config = clean(source)
    validateShape(config, source.locate)
    const normalised = await normalise(config, { ...source, recorder, probe: options.probe })
    const { definition, code } = definitionOf(config, recorder, normalised, source.run)
    const reads = { ...together(search, recorder), code }
    return { ...normalised, root: recorder.root, configPath: path, definition, reads, reviews }
  } catch (error) {
    if (error instanceof DatagenError) throw new ConfigError(error.diagnostics, together(search, recorder))
    throw error
  }
}

/** Runs a script twice: one that reads a clock or a die gives itself away. */
async function script(path: string, recorder: Recorder, limitMs: number): Promise<Source> {
  const [{ createEvaluator }, { scriptTree }, datagen] = await Promise.all([
    import('./evaluate.ts'),
    import('./locate-script.ts'),
    import('./authoring.ts'),
  ])
  const evaluator = await createEvaluator(path, recorder, limitMs, datagen)
  const value = evaluator.evaluate()
  const source = evaluator.files.get(path)?.source ?? ''
  let located: Locator | undefined // only a problem asks for places
  const locate: Locator = (...asked) => {
    located ??= locator(path, source, scriptTree(source) ?? { start: 0, end: 0 })
    return located(...asked)
  }
  const difference = firstDifference(plain(value).value, plain(evaluator.evaluate()).value)
  if (difference)
    throw new DatagenError({
      code: 'config/impure',
      severity: 'error',
      headline: `the config changes between two evaluations: ${difference.words}`,
      place: locate(difference.path),
      hint: 'look for Date.now, Math.random or an untracked read',
    })
  const sources = new Map([...evaluator.files].map(([file, { source: text, untyped }]) => [file, { text, untyped: untyped ?? text }]))
  return { value, locate, thrownAt: (error) => thrownAt(error, evaluator.files), run: { path, sources, ...evaluator.around } }
}

function data(path: string, recorder: Recorder): Source {
  const bytes = readFileSync(path)
  recorder.source(path, bytes)
  const { within } = formOf(path)
  const parsed = parseData(path, bytes.toString('utf8'), within)
  if (!parsed.ok) throw new DatagenError(parsed.problems)
  return { ...parsed, thrownAt: () => undefined }
}

/** The exported value as plain data. */
function clean({ value, locate }: Source): unknown {
  const copy = plain(value)
  const complaints = new Complaints(locate)
  for (const { code, path, headline, at } of copy.problems) complaints.add(code.replace('config/', ''), path, headline, { at })
  complaints.throwIfAny()
  return copy.value
}

function together(search: Recorder, load: Recorder): Loaded['reads'] {
  return {
    files: new Map([...search.reads.files, ...load.reads.files]),
    env: new Map([...search.reads.env, ...load.reads.env]),
    folders: load.reads.folders ?? new Map(),
    large: load.reads.large ?? new Map(),
  }
}
