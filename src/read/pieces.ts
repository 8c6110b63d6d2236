/** A file's text cut into pieces that should each be one JSON value. */
import type { Fault } from './fault.ts'

export interface Piece {
  /** Of its first byte, from 1. */
  readonly line: number
  /** Of its first byte in the unpacked text, from 0. */
  readonly offset: number
  /** Undefined where the piece was too long to be held. */
  readonly bytes: Buffer | undefined
  readonly fault?: Fault
}

/** Fed with chunks in order; gives back the pieces that are complete. Chunks may be kept until the piece they belong to is. */
export interface Cutter {
  push(chunk: Buffer): Piece[]
  end(): Piece[]
}

/** Longest piece that is held. Rows of real data sets reach 10 MB; a gzip of zeros reaches whatever it likes. */
export const LONGEST_BYTES = 64 * 1024 * 1024

export function tooLong(longest: number): Fault {
  return {
    code: 'E_LONG',
    message: `the row is longer than ${longest >= 2 ** 20 ? `${Math.floor(longest / 2 ** 20)} MiB` : `${longest} bytes`}`,
    hint: 'is the file really JSON Lines, one value a line?',
  }
}

/** Parts of one piece, up to a limit; beyond it nothing is held. */
export class Parts {
  readonly #longest: number
  #parts: Buffer[] = []
  #held = 0
  #dropped = false

  constructor(longest: number) {
    this.#longest = longest
  }

  /** Bytes since the last `take`, held or not. */
  get empty(): boolean {
    return this.#held === 0 && !this.#dropped
  }

  add(part: Buffer): void {
    if (part.length === 0) return
    if (this.#held + part.length > this.#longest) {
      this.#dropped = true
      this.#parts = []
    }
    if (this.#dropped) return
    this.#parts.push(part)
    this.#held += part.length
  }

  /** Undefined when it was too long. */
  take(): Buffer | undefined {
    const [only] = this.#parts
    const bytes = this.#dropped ? undefined : this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts, this.#held)
    this.#parts = []
    this.#held = 0
    this.#dropped = false
    return bytes
  }
}
