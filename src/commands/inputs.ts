/** Every file a config was made from, followed for changes of content. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type FSWatcher, watch } from 'chokidar'
import type { Reads } from '../config/dataset.ts'

const DEBOUNCE_MS = 60 // editors save twice within about 30 ms

export class Inputs {
  #reads: Reads['files'] = new Map()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #listener: () => void = () => {}

  onChange(listener: () => void): void {
    this.#listener = listener
  }

  /** Replaces what is followed; files that did not exist are followed too. */
  async follow({ files }: Reads): Promise<void> {
    const before = new Set(this.#reads.keys())
    this.#reads = files
    if (!this.#watcher) {
      this.#watcher = watch([...files.keys()], { ignoreInitial: true, atomic: true, followSymlinks: true })
      this.#watcher.on('all', () => this.#soon()).on('error', () => this.#soon())
      await new Promise<void>((resolve) => this.#watcher?.once('ready', resolve))
    } else {
      const added = [...files.keys()].filter((file) => !before.has(file))
      const gone = [...before].filter((file) => !files.has(file))
      if (added.length > 0) this.#watcher.add(added)
      if (gone.length > 0) await this.#watcher.unwatch(gone)
    }
    // Saves between reading the config and following it raise no event.
    if (this.changed()) this.#soon()
  }

  /** Whether any file differs from what was read; touching one changes nothing. */
  changed(): boolean {
    for (const [file, digest] of this.#reads) if (digestOf(file) !== digest) return true
    return false
  }

  #soon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.changed()) this.#listener()
    }, DEBOUNCE_MS)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#watcher?.close()
  }
}

function digestOf(file: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex')
  } catch {
    return null
  }
}
