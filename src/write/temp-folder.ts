/** A folder outside the project for the time of one command, gone whichever way the command ends. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export class TempFolder implements Disposable {
  /** Real path. */
  readonly path: string
  readonly #atExit = () => this.#remove()

  constructor(prefix: string) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), prefix)))
    process.once('exit', this.#atExit)
  }

  makeFolder(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text)
  }

  /** Leads from `path` to `target`, where there is such a target and nothing stands at `path` yet. */
  link(path: string, target: string): void {
    if (existsSync(path) || !existsSync(target) || !existsSync(dirname(path))) return
    symlinkSync(target, path, 'junction')
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#atExit)
    this.#remove()
  }

  /** Links are removed, never followed. */
  #remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 })
  }
}
