/** Output files in a map that outlives processes: seen whole or not at all, on a disk that can be full. */
import { hash } from 'node:crypto'
import type { Written } from '../../src/write/atomic-file.ts'
import { asWriteFailure } from '../../src/write/failure.ts'
import type { Draft, Files } from '../../src/write/files.ts'
import type { SimProcess } from './process.ts'

export interface FileFaults {
  /** The disk is full from the n-th prepared file of this process on. */
  readonly fullAt?: number | undefined
  /** The process dies before its n-th rename. */
  readonly killAt?: number | undefined
}

export class SimFiles {
  readonly content = new Map<string, string>()
  /** Renames so far. */
  renames = 0
  /** Drafts that are neither committed nor discarded, by process. */
  readonly open = new Map<SimProcess, Set<string>>()
  onRename: (path: string) => void = () => {}

  /** A file gets its name. */
  put(path: string, text: string): void {
    this.content.set(path, text)
    this.renames++
    this.onRename(path)
  }

  /** The seam as one process has it. */
  of(process: SimProcess, faults: FileFaults = {}): Files {
    let prepared = 0
    let committed = 0
    const mine = new Set<string>()
    this.open.set(process, mine)
    return {
      open: (path) => {
        process.demandLife()
        mine.add(path)
        return this.#draft(path, {
          process,
          mine,
          prepare: () => {
            if (++prepared >= (faults.fullAt ?? Number.POSITIVE_INFINITY)) throw asWriteFailure({ code: 'ENOSPC' }, path)
          },
          rename: () => {
            if (++committed === faults.killAt) process.kill()
            process.demandLife()
          },
        })
      },
      discardPartial: (path) => {
        process.demandLife()
        if (path.includes('.partial.')) this.content.delete(path)
      },
    }
  }

  #draft(path: string, by: { process: SimProcess; mine: Set<string>; prepare: () => void; rename: () => void }): Draft {
    const { process, mine } = by
    let text = ''
    let ready = false
    const prepare = () => {
      process.demandLife()
      if (ready) return
      by.prepare()
      ready = true
    }
    return {
      write: (chunk) => {
        process.demandLife()
        ready = false
        text += chunk
      },
      prepare,
      commit: (): Written => {
        prepare()
        by.rename()
        mine.delete(path)
        const said = { bytes: Buffer.byteLength(text), sha256: hash('sha256', text) }
        if (this.content.get(path) === text) return { what: 'unchanged', ...said }
        this.put(path, text)
        return { what: 'written', ...said }
      },
      discard: () => {
        if (process.alive) mine.delete(path)
      },
    }
  }
}
