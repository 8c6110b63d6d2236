/** Lines end with `\n` and with nothing else: U+2028, U+2029, NEL and VT are text in JSON, and a tool that breaks there destroys rows. */
import { type Cutter, LONGEST_BYTES, Parts, type Piece, tooLong } from './pieces.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d

/** What was seen of the lines besides their text. */
export interface LineFacts {
  lines: number
  /** Lines with nothing but blanks; they hold no row. */
  blankLines: number
  firstBlankLine?: number
  /** Lines that end in `\r\n`. */
  crlfLines: number
  /** The last line has no `\n`. */
  openEnd: boolean
}

export class LineCutter implements Cutter {
  readonly #facts: LineFacts
  readonly #longest: number
  readonly #parts: Parts
  #start: number
  #at: number

  /** `offset`: where the first byte pushed lies in the file. */
  constructor(facts: LineFacts, offset = 0, longest: number = LONGEST_BYTES) {
    this.#facts = facts
    this.#longest = longest
    this.#parts = new Parts(longest)
    this.#start = offset
    this.#at = offset
  }

  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = []
    for (let start = 0; start < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, start)
      this.#parts.add(chunk.subarray(start, end < 0 ? chunk.length : end))
      this.#at += (end < 0 ? chunk.length : end + 1) - start
      if (end < 0) break
      start = end + 1
      this.#take(pieces, true)
    }
    return pieces
  }

  end(): Piece[] {
    const pieces: Piece[] = []
    this.#facts.openEnd = !this.#parts.empty
    if (!this.#parts.empty) this.#take(pieces, false)
    return pieces
  }

  #take(pieces: Piece[], closed: boolean): void {
    const line = ++this.#facts.lines
    const offset = this.#start
    this.#start = this.#at
    const held = this.#parts.take()
    if (held === undefined) {
      pieces.push({ line, offset, bytes: undefined, fault: tooLong(this.#longest) })
      return
    }
    const crlf = closed && held.at(-1) === RETURN
    if (crlf) this.#facts.crlfLines++
    const bytes = crlf ? held.subarray(0, -1) : held
    if (blank(bytes)) {
      this.#facts.blankLines++
      this.#facts.firstBlankLine ??= line
    } else pieces.push({ line, offset, bytes })
  }
}

/** JSON's own white space only. */
function blank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== RETURN) return false
  return true
}
