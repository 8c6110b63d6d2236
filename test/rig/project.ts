/** A project on disk and the real command in a process of its own: what a user has. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

/** The built command. */
export const BIN = fileURLToPath(new URL('../../dist/src/bin.cjs', import.meta.url))

/** Where Node keeps what it has compiled, for processes with a folder for temporary files of their own. */
export const COMPILED = join(tmpdir(), 'node-compile-cache')

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export class Project implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'datagen-story-'))
  /** No key, no home, no colour, no terminal: the same on every machine. */
  readonly env: Record<string, string>

  constructor(files: Record<string, string> = {}, env: Record<string, string> = {}) {
    this.env = { PATH: process.env['PATH'] ?? '', HOME: join(this.root, '.home'), NO_COLOR: '1', OPENAI_API_KEY: 'sk-test', ...env }
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  /** Takes over whatever another project has on disk: a build that several stories begin with is made once. */
  like(other: { readonly root: string }): this {
    cpSync(other.root, this.root, { recursive: true, preserveTimestamps: true })
    return this
  }

  path(name: string): string {
    return join(this.root, name)
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), text)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  has(name: string): boolean {
    return existsSync(this.path(name))
  }

  /** What is in a folder, sorted; nothing when there is none. */
  names(folder = '.'): string[] {
    return existsSync(this.path(folder)) ? readdirSync(this.path(folder)).sort() : []
  }

  edit(name: string, change: (text: string) => string): void {
    const before = this.read(name)
    const after = change(before)
    if (after === before) throw new Error(`the edit changes nothing in ${name}`)
    this.write(name, after)
  }

  mtime(name: string): number {
    return statSync(this.path(name)).mtimeMs
  }

  lines(name: string): string[] {
    return this.read(name).split('\n').slice(0, -1)
  }

  /** `datagen …args` here; never throws for an exit code. */
  async run(...args: string[]): Promise<Ran> {
    const result = await this.start(...args)
    return { code: result.exitCode ?? -1, stdout: String(result.stdout), stderr: String(result.stderr) }
  }

  /** The process itself, for killing and for typing. */
  start(...args: string[]) {
    return execa(process.execPath, [BIN, ...args], {
      cwd: this.root,
      env: this.env,
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
      stdin: 'ignore',
    })
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 })
  }
}
