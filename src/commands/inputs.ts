/** Every file a config was made from, followed for changes of content. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type FSWatcher, watch } from 'chokidar'
import type { Reads } from '../config/dataset.ts'
import { listingDigest } from '../config/listing-of.ts'
import { sampleDigest } from '../config/sample-digest.ts'

const DEBOUNCE_MS = 60 // editors save twice within about 30 ms

export class Inputs {
  #reads: Reads['files'] = new Map()
  #folders: NonNullable<Reads['folders']> = new Map()
  #large: NonNullable<Reads['large']> = new Map()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #listener: () => void = () => {}

  onChange(listener: () => void): void {
    this.#listener = listener
  }

  /** Replaces what is followed; files that did not exist are followed too. */
  async follow({ files, folders = new Map(), large = new Map() }: Reads): Promise<void> {
    const before = new Set([...this.#reads.keys(), ...this.#folders.keys(), ...this.#large.keys()])
    this.#reads = files
    this.#folders = folders
    this.#large = large
    const now = new Set([...files.keys(), ...folders.keys(), ...large.keys()])
    if (!this.#watcher) {
      // Folders are looked at one by one, so none needs to be followed downwards.
      this.#watcher = watch([...now], { ignoreInitial: true, atomic: true, followSymlinks: true, depth: 0 })
      this.#watcher.on('all', () => this.#soon()).on('error', () => this.#soon())
      await new Promise<void>((resolve) => this.#watcher?.once('ready', resolve))
    } else {
      const added = [...now].filter((path) => !before.has(path))
      const gone = [...before].filter((path) => !now.has(path))
      if (added.length > 0) this.#watcher.add(added)
      if (gone.length > 0) await this.#watcher.unwatch(gone)
    }
    // Saves between reading the config and following it raise no event.
    if (this.changed()) this.#soon()
  }

  /** Whether any file or listing differs from what was read; touching one changes nothing. */
  changed(): boolean {
    for (const [file, digest] of this.#reads) if (digestOf(file) !== digest) return true
    for (const [folder, digest] of this.#folders) if (listingDigest(folder) !== digest) return true
    for (const [file, digest] of this.#large) if (sampleDigest(file) !== digest) return true
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
