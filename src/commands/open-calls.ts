/** How many calls of a config there is room for among the files that this process may have open. */
import type { Loaded } from '../config/dataset.ts'
import { mostCalls, openFilesLimit } from '../util/open-files.ts'
import { askedModels } from './session.ts'

export function roomFor(loaded: Loaded): number {
  const servers = new Set(askedModels(loaded).flatMap(({ baseUrl, name }) => (baseUrl === undefined ? [] : [name]))).size
  return mostCalls(openFilesLimit(), { servers, commands: loaded.dataset.recipe.steps.some(({ kind }) => kind === 'run') })
}
