/** Problems of a config that show only when its texts and functions are used, as errors with a place. */
import type { Loaded } from '../config/dataset.ts'
import { isConfigProblem, UnknownName } from '../config/guard.ts'
import { NotCanonical } from '../key/canonical.ts'
import { DatagenError, type Place } from '../util/diagnostic.ts'
import { suggest } from '../util/suggest.ts'

/** Runs something that uses the config's texts; its problems become `DatagenError`s with exit code 2. */
export function blamingConfig<T>(loaded: Loaded, use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw asConfigError(loaded, error)
  }
}

export function asConfigError(loaded: Loaded, error: unknown): unknown {
  if (!isConfigProblem(error) && !(error instanceof NotCanonical)) return error
  if ('diagnostic' in error && error.diagnostic) return new DatagenError(error.diagnostic)
  const place = placeOf(loaded, error)
  const at = place ? { place } : {}
  if (error instanceof UnknownName) {
    const suggestion = suggest(error.unknown, error.known)
    return new DatagenError({
      code: 'config/unknown-name',
      severity: 'error',
      headline: `a text or function of the config asks for ${error.kind} "${error.unknown}", which does not exist`,
      ...at,
      facts: [['known', error.known.join(', ') || 'none']],
      hint: suggestion ? `did you mean "${suggestion}"?` : `declare it, or use one of those that exist`,
    })
  }
  return new DatagenError({
    code: 'config/text',
    severity: 'error',
    headline: error.message,
    ...at,
    hint: 'prompts and guides must be plain, repeatable text',
  })
}

/** The first stack frame that lies in a file the config was loaded from. */
function placeOf(loaded: Loaded, error: Error): Place | undefined {
  const files = [...loaded.reads.files.keys()].filter((file) => /\.[cm]?[jt]s$/.test(file))
  for (const line of (error.stack ?? '').split('\n')) {
    const file = files.find((path) => line.includes(path))
    if (!file) continue
    const at = /:(\d+):(\d+)/.exec(line.slice(line.indexOf(file) + file.length))
    if (at) return { file, line: Number(at[1]), column: Number(at[2]) }
  }
  return { file: loaded.configPath }
}
