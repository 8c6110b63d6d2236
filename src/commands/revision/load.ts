/** The config as it was in a git revision: exported beside the project, loaded as always, its problems told with its name. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Loaded } from '../../config/dataset.ts'
import { loadConfig } from '../../config/load.ts'
import { probeModels } from '../../generate/providers/probe.ts'
import { DatagenError, type Diagnostic, type Place } from '../../util/diagnostic.ts'
import type { TempFolder } from '../../write/temp-folder.ts'
import type { Environment, Flags } from '../environment.ts'
import type { Git } from './git.ts'

/** Not committed, and yet part of how a config is read. */
const BESIDE = ['node_modules', '.env']

export interface Revision {
  readonly name: string
  readonly commit: string
  readonly loaded: Loaded
  /** Tells a problem of the revision's config as one. */
  readonly blaming: <T>(use: () => T) => T
}

/** `now` is the config of the working tree: the revision's is looked for in the same place. */
export async function loadRevision(
  environment: Environment,
  flags: Flags,
  now: Loaded,
  name: string,
  git: Git,
  folder: TempFolder,
): Promise<Revision> {
  const { top, prefix } = await git.whereabouts()
  const commit = await git.commit(name)
  const tree = folder.makeFolder('tree')
  await git.export(commit, top, tree, join(folder.path, 'index'))
  // The search for a config ends at a package: it must not go on above the export.
  folder.write('package.json', '{}')
  linkBeside(folder, tree, top, prefix)
  const tell = new Teller(name, tree)
  const root = join(tree, prefix)
  if (!existsSync(root)) throw tell.noConfig()
  try {
    const loaded = await loadConfig({
      cwd: root,
      env: environment.env,
      probe: probeModels,
      ...(flags.config === undefined ? {} : { configPath: configAt(environment, flags.config, now, root, tree, tell) }),
    })
    return { name, commit, loaded, blaming: (use) => tell.blaming(use) }
  } catch (error) {
    throw tell.inRevision(error)
  }
}

/** In each folder from the repository's top to the config's; what lies above the repository is linked above the export. */
function linkBeside(folder: TempFolder, tree: string, top: string, prefix: string): void {
  const parts = prefix.split('/').filter((part) => part !== '')
  for (let depth = 0; depth <= parts.length; depth++) {
    const way = parts.slice(0, depth)
    for (const name of BESIDE) folder.link(join(tree, ...way, name), join(top, ...way, name))
  }
  for (let above = dirname(top); ; above = dirname(above)) {
    folder.link(join(folder.path, 'node_modules'), join(above, 'node_modules'))
    if (dirname(above) === above) return
  }
}

function configAt(environment: Environment, config: string, now: Loaded, root: string, tree: string, tell: Teller): string {
  const here = resolve(realpathSync(environment.cwd), config)
  const there = resolve(root, relative(realpathSync(now.root), here))
  const way = relative(tree, there)
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) || !existsSync(there)) throw tell.noConfig(config)
  return there
}

class Teller {
  readonly #name: string
  readonly #tree: string

  constructor(name: string, tree: string) {
    this.#name = name
    this.#tree = tree
  }

  noConfig(config?: string): DatagenError {
    return new DatagenError({
      code: 'diff/no-config',
      severity: 'error',
      headline: `there is no ${config === undefined ? 'datagen config here' : `file "${config}"`} in revision "${this.#name}"`,
      hint: '`git log --oneline -- <config>` lists the revisions that have it',
    })
  }

  blaming<T>(use: () => T): T {
    try {
      return use()
    } catch (error) {
      throw this.inRevision(error)
    }
  }

  inRevision(error: unknown): unknown {
    if (!(error instanceof DatagenError) || error.diagnostics.some(({ code }) => code.startsWith('diff/'))) return error
    if (error.diagnostics.some(({ code }) => code === 'config/not-found')) return this.noConfig()
    return new DatagenError(
      error.diagnostics.map((diagnostic) => this.#told(diagnostic)),
      error.exitCode,
    )
  }

  #told(diagnostic: Diagnostic): Diagnostic {
    const { headline, place, facts, hint } = diagnostic
    return {
      ...diagnostic,
      headline: `in revision "${this.#name}": ${this.#without(headline)}`,
      ...(place ? { place: this.#place(place) } : {}),
      ...(facts ? { facts: facts.map(([label, value]) => [label, this.#without(value)] as const) } : {}),
      ...(hint ? { hint: this.#without(hint) } : {}),
    }
  }

  /** As git names it, with the text at hand: the export will be gone. */
  #place(place: Place): Place {
    const way = relative(this.#tree, place.file)
    if (way.startsWith('..')) return place
    const source = place.source ?? (existsSync(place.file) ? readFileSync(place.file, 'utf8') : undefined)
    return { ...place, file: `${this.#name}:${way.split(sep).join('/')}`, ...(source === undefined ? {} : { source }) }
  }

  #without(text: string): string {
    return text.replaceAll(`${this.#tree}${sep}`, '').replaceAll(this.#tree, '.')
  }
}
