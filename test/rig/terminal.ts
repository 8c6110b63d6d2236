/** A terminal in memory: takes the bytes of a real one and can say what a person would see. */
import { PassThrough, Writable } from 'node:stream'
import xterm from '@xterm/headless'

/** Lines come without trailing blanks. */
export class FakeTerminal {
  readonly #xterm: InstanceType<typeof xterm.Terminal>
  readonly stderr: FakeStream
  readonly stdin: FakeKeyboard
  /** Everything written, byte for byte. */
  written = ''

  constructor(columns: number, rows: number) {
    this.#xterm = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true, scrollback: 500 })
    this.stderr = new FakeStream((text) => this.feed(text), columns, rows)
    this.stdin = new FakeKeyboard()
  }

  feed(text: string): void {
    this.written += text
    this.#xterm.write(text)
  }

  resize(columns: number, rows: number): void {
    this.#xterm.resize(columns, rows)
    this.stderr.columns = columns
    this.stderr.rows = rows
    this.stderr.emit('resize')
  }

  /** What is on the screen and in its scrollback. */
  screen(): Promise<string> {
    return this.#read(() => 0)
  }

  /** What is on the screen alone. */
  visible(): Promise<string> {
    return this.#read(() => this.#xterm.buffer.active.baseY)
  }

  async #read(first: () => number): Promise<string> {
    await new Promise<void>((resolve) => this.#xterm.write('', resolve))
    const buffer = this.#xterm.buffer.active
    const from = first()
    const lines = Array.from({ length: buffer.length - from }, (_, y) => buffer.getLine(from + y)?.translateToString(true) ?? '')
    return `${lines.join('\n').trimEnd()}\n`
  }

  get cursorVisible(): boolean {
    return this.written.lastIndexOf('\x1b[?25l') <= this.written.lastIndexOf('\x1b[?25h')
  }
}

/** Looks like process.stderr on a terminal. */
export class FakeStream extends Writable {
  readonly isTTY = true
  columns: number
  rows: number
  readonly #take: (text: string) => void

  constructor(take: (text: string) => void, columns: number, rows: number) {
    super({ decodeStrings: false })
    this.#take = take
    this.columns = columns
    this.rows = rows
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.#take(chunk.toString())
    done()
  }
}

/** Looks like process.stdin on a terminal. */
export class FakeKeyboard extends PassThrough {
  readonly isTTY = true
  isRaw = false

  setRawMode(on: boolean): this {
    this.isRaw = on
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  press(keys: string): void {
    this.write(keys)
  }
}
