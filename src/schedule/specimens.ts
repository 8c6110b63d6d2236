/** Bodies that were no answers: a few are kept, and where one was the end of a cell, a person is told where it lies. */
import type { Sink } from '../events/sink.ts'
import type { Specimen } from '../generate/specimen.ts'

/** Keeps one; tells the file's name below `.datagen`. */
export type KeepSpecimen = (kind: string, bytes: Uint8Array) => string | undefined

interface Shelved {
  readonly host: string
  readonly files: string[]
}

export class Specimens {
  readonly #keep: KeepSpecimen | undefined
  readonly #sink: Sink
  /** By code, and not told yet. */
  readonly #shelved = new Map<string, Shelved>()

  constructor(keep: KeepSpecimen | undefined, sink: Sink) {
    this.#keep = keep
    this.#sink = sink
  }

  take({ code, host, bytes }: Specimen): void {
    const file = this.#keep?.(code, bytes)
    if (file === undefined) return
    const shelved = this.#shelved.get(code) ?? { host, files: [] }
    shelved.files.push(file)
    this.#shelved.set(code, shelved)
  }

  /** A call has failed for good; one that was mended by trying again is not worth a word. */
  failed({ code }: { readonly code: string }): void {
    const shelved = this.#shelved.get(code)
    if (!shelved) return
    this.#shelved.delete(code)
    this.#sink.emit({
      type: 'notice',
      diagnostic: {
        code: 'provider/no-answer',
        severity: 'warning',
        headline: `${shelved.host} answered 200 with what is no answer (${code}); it is kept to be looked at`,
        facts: shelved.files.map((file) => ['in', `.datagen/${file.replaceAll('\\', '/')}`] as const),
        hint: HINTS[code] ?? 'show it to whoever runs the server; nothing of it is used',
      },
    })
  }
}

const HINTS: { readonly [code: string]: string } = {
  html: 'a page for signing in to this network, of a proxy or firewall, or the base URL is not that of an API: open it in a browser',
}
