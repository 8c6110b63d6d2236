/** Copies of finished outputs in a map: as with hard links, who edits a file in place edits its copy too. */
import { hash } from 'node:crypto'
import type { Keepsakes } from '../../src/write/files.ts'
import type { SimFiles } from './files.ts'
import type { SimProcess } from './process.ts'

export class SimKeepsakes {
  readonly #files: SimFiles
  readonly #copies = new Map<string, string>()

  constructor(files: SimFiles) {
    this.#files = files
  }

  of(process: SimProcess): Keepsakes {
    const { content } = this.#files
    return {
      holds: (path, bytes, sha256) => {
        process.demandLife()
        const text = content.get(path)
        return text !== undefined && Buffer.byteLength(text) === bytes && hash('sha256', text) === sha256
      },
      keep: (path, sha256) => {
        process.demandLife()
        const text = content.get(path)
        if (text !== undefined) this.#copies.set(sha256, text)
      },
      restore: (path, _root, sha256) => {
        process.demandLife()
        const text = this.#copies.get(sha256)
        if (text === undefined || hash('sha256', text) !== sha256) {
          this.#copies.delete(sha256)
          return false
        }
        this.#files.put(path, text)
        return true
      },
      prune: (sha256s) => {
        process.demandLife()
        for (const sha256 of this.#copies.keys()) if (!sha256s.has(sha256)) this.#copies.delete(sha256)
      },
    }
  }

  /** Somebody edits a file in place. */
  edit(path: string, text: string): void {
    const before = this.#files.content.get(path)
    for (const [sha256, copy] of this.#copies) if (copy === before) this.#copies.set(sha256, text)
    this.#files.content.set(path, text)
  }
}
