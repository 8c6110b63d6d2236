/** The installed packages behind a config's imports, with those they need in turn: by name, version and package.json. */
import { readFileSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { sha256 } from './digest.ts'

/** Sorted lines, one for each package; a package that is not there has a line too. */
export class Packages {
  readonly #root: string
  readonly #lines = new Map<string, string>()

  constructor(root: string) {
    this.#root = root
  }

  get lines(): string[] {
    return [...this.#lines.values()].sort()
  }

  /** A module's name as written in a file of that folder. */
  import(specifier: string, folder: string): void {
    if (specifier.startsWith('#')) this.#add(nearest(folder))
    if (/^[./#]/.test(specifier) || isBuiltin(specifier) || specifier === 'datagen') return
    const [scope = '', name = ''] = specifier.split('/')
    this.#need(scope.startsWith('@') ? `${scope}/${name}` : scope, folder)
  }

  /** The package that a file belongs to. */
  file(path: string): void {
    this.#add(nearest(dirname(path)))
  }

  #need(name: string, folder: string): void {
    for (let at = folder; ; at = dirname(at)) {
      if (this.#add(join(at, 'node_modules', name, 'package.json'))) return
      if (dirname(at) === at) break
    }
    this.#lines.set(`${name}\0${folder}`, `${name} is missing`)
  }

  /** False when there is no such package. */
  #add(path: string | undefined): boolean {
    const text = path === undefined ? undefined : textOf(path)
    if (path === undefined || text === undefined) return false
    const real = realpathSync(path)
    if (this.#lines.has(real)) return true
    this.#lines.set(real, `${relative(this.#root, real)} ${sha256(text)}`)
    for (const name of needs(text)) this.#need(name, dirname(real))
    return true
  }
}

function needs(packageJson: string): string[] {
  try {
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(packageJson) as Record<string, object | undefined>
    return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  } catch {
    return []
  }
}

function nearest(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'package.json')
    if (textOf(path) !== undefined) return path
    if (dirname(at) === at) return undefined
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
