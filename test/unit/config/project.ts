/** A folder with a few files in it, gone when the test ends. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { ConfigError } from '../../../src/config/config-error.ts'
import type { Loaded } from '../../../src/config/dataset.ts'
import { type LoadOptions, loadConfig } from '../../../src/config/load.ts'
import { codeFrame } from '../../../src/util/code-frame.ts'
import type { Diagnostic } from '../../../src/util/diagnostic.ts'

export class Project implements Disposable {
  readonly root: string

  constructor(files: { readonly [path: string]: string } = {}) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'datagen-config-')))
    this.write('package.json', '{"name": "a-project"}') // the search stops here
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  load(options: Partial<LoadOptions> = {}): Promise<Loaded> {
    return loadConfig({ cwd: this.root, env: {}, ...options })
  }

  /** The error of a load that must fail. */
  async failure(options: Partial<LoadOptions> = {}): Promise<ConfigError> {
    try {
      await this.load(options)
    } catch (error) {
      if (error instanceof ConfigError) return error
      throw error
    }
    throw new Error('the load was expected to fail')
  }

  /** Every path below the root, folders included. */
  tree(folder = ''): string[] {
    const entries = readdirSync(this.path(folder), { withFileTypes: true })
    return entries
      .flatMap((entry) => [join(folder, entry.name), ...(entry.isDirectory() ? this.tree(join(folder, entry.name)) : [])])
      .sort()
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** Diagnostics as text, with paths relative to the project. */
export function said(diagnostics: readonly Diagnostic[], root: string): string {
  const one = ({ code, headline, place, facts = [], hint }: Diagnostic): string => {
    const where =
      place === undefined
        ? '(no place)'
        : [relative(root, place.file), place.line, place.column].filter((part) => part !== undefined).join(':')
    const lines = [
      `${code} at ${where}`,
      headline,
      ...facts.map(([label, value]) => `${label}: ${value}`),
      ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ]
    return [...lines, ...(place ? codeFrame(place) : [])].join('\n').replaceAll(root, '<project>')
  }
  return `${diagnostics.map(one).join('\n\n')}\n`
}

/** A small valid config, as TypeScript, with parts replaced. */
export function script(parts: { readonly [key: string]: string } = {}): string {
  const all: { [key: string]: string } = {
    name: "'orders'",
    dimensions: "{ topic: ['late', 'lost'], tone: ['calm', 'angry'] }",
    recipe: "recipes.singleTurn({ system: 'You help.' })",
    ...parts,
  }
  const body = Object.entries(all).map(([key, value]) => `  ${key}: ${value},`)
  return `import { checks, defineConfig, dimensions, documents, env, file, recipes } from 'datagen'\n\nexport default defineConfig({\n${body.join('\n')}\n})\n`
}
