/** A running command that a test talks with: it waits for words, presses keys, sends signals, and reads how it ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { BIN, type Project } from './project.ts'

const PATIENCE_MS = 15_000 // five suites may share two cores
const RESTORED = '\x1b]777;restored\x07'

export interface Ended {
  readonly code: number
  /** Everything the command wrote, byte for byte. */
  readonly bytes: string
  /** On a terminal: `stty -a` says the same as before, and the cursor was not left hidden. */
  readonly restored: boolean
}

export class Live implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<number>
  #bytes = ''
  #seen = 0
  #listener: () => void = () => {}

  constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#bytes += chunk
        this.#listener()
      })
    }
    this.#ended = new Promise((resolve) => {
      child.on('close', (code) => {
        this.#listener()
        resolve(code ?? -1)
      })
    })
  }

  /** Of the command itself with pipes, of `script` on a terminal. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** What came since the last `until` or `forget`. */
  get fresh(): string {
    return this.#bytes.slice(this.#seen)
  }

  /** Everything shown so far is old. */
  forget(): void {
    this.#seen = this.#bytes.length
  }

  /** Resolves when the words are shown after what was seen before; what was shown up to their end is then old. */
  async until(words: string | RegExp, patienceMs = PATIENCE_MS): Promise<string> {
    const pattern = typeof words === 'string' ? new RegExp(words.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')) : words
    const deadline = performance.now() + patienceMs
    for (;;) {
      const found = pattern.exec(this.fresh)
      if (found) {
        const shown = this.fresh.slice(0, found.index + found[0].length)
        this.#seen += shown.length
        return shown
      }
      if (this.#child.exitCode !== null) throw new Error(`ended without ${pattern}; it showed\n${this.#bytes}`)
      if (performance.now() > deadline) throw new Error(`waited in vain for ${pattern}; since the last words it showed\n${this.fresh}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100)
        this.#listener = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  press(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async end(): Promise<Ended> {
    const code = await this.#ended
    const bytes = this.#bytes
    const cursor = bytes.lastIndexOf('\x1b[?25l') <= bytes.lastIndexOf('\x1b[?25h')
    return { code, bytes, restored: bytes.includes(RESTORED) && cursor }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
    await this.#ended
  }
}

/** With pipes: its standard input is open but no terminal. */
export function startPiped(project: Project, ...args: string[]): Live {
  return new Live(spawn(process.execPath, [BIN, ...args], { cwd: project.root, env: project.env, stdio: 'pipe' }))
}

/** On a pseudo-terminal of util-linux `script`, 100 × 30. */
export function startInPty(project: Project, ...args: string[]): Live {
  const command = [process.execPath, BIN, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ')
  // The shell must outlive a Ctrl-C to tell how the terminal was left.
  const script = `trap : INT; stty cols 100 rows 30; before=$(stty -a); ${command}; code=$?; [ "$before" = "$(stty -a)" ] && printf '${RESTORED.replaceAll('\x1b', '\\033').replaceAll('\x07', '\\007')}'; exit $code`
  const env = { ...project.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' }
  return new Live(spawn('script', ['-qfec', script, '/dev/null'], { cwd: project.root, env, stdio: 'pipe' }))
}
