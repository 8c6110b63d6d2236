/** The elements of a JSON array, or values that follow each other over several lines, cut by counting brackets: nothing is held but one value. */
import type { Fault } from './fault.ts'
import { type Cutter, LONGEST_BYTES, Parts, type Piece, tooLong } from './pieces.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NEWLINE = 0x0a
const COMMA = 0x2c
const OPEN = [0x5b, 0x7b]
const CLOSE = [0x5d, 0x7d]
const BRACKET_END = 0x5d

/** `array`: `[value, value …]`; `sequence`: values one after another, as pretty printers without an array leave them. */
export type Shape = 'array' | 'sequence'

type State =
  /** Before the array's bracket. */
  | 'outside'
  /** Between values. */
  | 'between'
  | 'inside'
  /** After the array's last bracket. */
  | 'after'

export class ElementCutter implements Cutter {
  readonly #shape: Shape
  readonly #longest: number
  readonly #parts: Parts
  #state: State
  #depth = 0
  #inString = false
  #escaped = false
  #line = 1
  #at: number
  #startLine = 1
  #startAt = 0
  #count = 0
  /** An array: a comma was read and no value since. */
  #comma = false
  #trailing = false

  constructor(shape: Shape, offset = 0, longest: number = LONGEST_BYTES) {
    this.#shape = shape
    this.#longest = longest
    this.#parts = new Parts(longest)
    this.#state = shape === 'array' ? 'outside' : 'between'
    this.#at = offset
  }

  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = []
    let from = 0
    for (let i = 0; i < chunk.length; i++) {
      if (this.#inString && !this.#escaped) i = this.#skipText(chunk, i)
      if (i === chunk.length) break
      const byte = chunk[i] as number
      if (byte === NEWLINE) this.#line++
      if (this.#state === 'inside') {
        const ended = this.#step(byte)
        if (ended === 'no') continue
        this.#parts.add(chunk.subarray(from, ended === 'with' ? i + 1 : i))
        this.#take(pieces)
        if (ended === 'before') this.#delimit(byte, i, pieces)
      } else if (this.#begin(byte, i, pieces)) from = i
    }
    if (this.#state === 'inside') this.#parts.add(chunk.subarray(from))
    this.#at += chunk.length
    return pieces
  }

  end(): Piece[] {
    const pieces: Piece[] = []
    if (this.#state === 'inside') this.#take(pieces)
    if (this.#shape === 'array' && this.#state !== 'after')
      pieces.push(
        this.#broken(
          { code: 'E_JSON', message: 'the array has no end: the closing "]" is missing', hint: 'was the file cut off?' },
          this.#at,
        ),
      )
    return pieces
  }

  /** Where a string's next quote or backslash is. Most of a file is text: it is run through without a call for each byte. */
  #skipText(chunk: Buffer, from: number): number {
    let i = from
    for (; i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte === QUOTE || byte === BACKSLASH) break
      if (byte === NEWLINE) this.#line++
    }
    return i
  }

  /** Whether a value ends with this byte, or before it. */
  #step(byte: number): 'no' | 'with' | 'before' {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) this.#inString = false
      return 'no'
    }
    if (byte === QUOTE) this.#inString = true
    else if (OPEN.includes(byte)) this.#depth++
    else if (this.#depth > 0) {
      if (CLOSE.includes(byte) && --this.#depth === 0 && this.#shape === 'sequence') return 'with'
    } else if (this.#shape === 'array' ? byte === COMMA || byte === BRACKET_END : byte === NEWLINE) return 'before'
    return 'no'
  }

  /** A byte outside of values; true when a value begins with it. */
  #begin(byte: number, i: number, pieces: Piece[]): boolean {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE) return false
    if (this.#state === 'outside') {
      this.#state = 'between'
      return false
    }
    if (this.#state === 'after') {
      if (!this.#trailing) pieces.push(this.#broken({ code: 'E_JSON', message: 'there is text after the end of the array' }, this.#at + i))
      this.#trailing = true
      return false
    }
    if (this.#shape === 'array' && (byte === COMMA || byte === BRACKET_END)) {
      this.#delimit(byte, i, pieces)
      return false
    }
    this.#state = 'inside'
    this.#comma = false
    this.#depth = 0
    this.#startLine = this.#line
    this.#startAt = this.#at + i
    this.#inString = byte === QUOTE
    if (OPEN.includes(byte)) this.#depth = 1
    return true
  }

  #delimit(byte: number, i: number, pieces: Piece[]): void {
    if (this.#shape !== 'array') return
    if (this.#comma || (byte === COMMA && this.#count === 0))
      pieces.push(this.#broken({ code: 'E_JSON', message: 'a comma with no value beside it in the array' }, this.#at + i))
    this.#comma = byte === COMMA
    if (byte === BRACKET_END) {
      this.#comma = false
      this.#state = 'after'
    }
  }

  #take(pieces: Piece[]): void {
    const bytes = this.#parts.take()
    this.#state = 'between'
    this.#inString = false
    this.#escaped = false
    this.#count++
    const place = { line: this.#startLine, offset: this.#startAt }
    pieces.push(bytes === undefined ? { ...place, bytes, fault: tooLong(this.#longest) } : { ...place, bytes })
  }

  #broken(fault: Fault, offset: number): Piece {
    return { line: this.#line, offset, bytes: undefined, fault }
  }
}
