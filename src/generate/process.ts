/** A program run for its output: a text on its standard input, within limits, with nothing left behind. */
import type { Failure } from './provider.ts'

const LONGEST_TIMER_MS = 2 ** 31 - 1 // beyond it timers fire at once
const KEPT_ERROR_BYTES = 4096 // of what it said last: that is where a traceback has its point

export interface ProcessCall {
  readonly argv: readonly string[]
  readonly input: string
  readonly cwd: string
  readonly timeoutMs: number
  /** All that it sees. */
  readonly env: { readonly [name: string]: string }
  /** Of the user and group that it runs as. */
  readonly uid?: number
  readonly signal: AbortSignal
  readonly maxOutputBytes: number
  /** Nobody reads what a step complains of, and a program may say a lot there. */
  readonly keepsErrors?: true
}

export type Ended =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly stdout: Uint8Array /** Its end. */; readonly stderr: string }
  | {
      readonly kind: 'failure'
      readonly failure: Failure
      readonly stderr?: string
    }

/** Never throws. The whole process group is killed at the time limit, so nothing is left behind. */
export async function runProcess(call: ProcessCall): Promise<Ended> {
  const { execa } = await import('execa') // over a hundred modules, which only a recipe with commands needs
  if (call.signal.aborted) return failure('aborted', 'aborted', 'cut off by the user')
  const [program = '', ...args] = call.argv
  let timedOut = false
  let printed = 0
  const said = new Tail(KEPT_ERROR_BYTES)
  const child = execa(program, args, {
    cwd: call.cwd,
    env: { ...call.env },
    extendEnv: false,
    input: call.input,
    ...(call.uid === undefined ? {} : { uid: call.uid, gid: call.uid }),
    encoding: 'buffer',
    // One chunk above the limit at most: it is counted below, because execa stops reading there but lets the program go on.
    maxBuffer: 2 * call.maxOutputBytes,
    stderr: call.keepsErrors ? 'pipe' : 'ignore',
    // Read as it comes, and only the end is kept.
    buffer: { stdout: true, stderr: false },
    // A group of its own, so that grandchildren can be killed with it.
    detached: true,
    cleanup: false,
    reject: false,
    stripFinalNewline: false,
  })
  const kill = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group has already ended.
    }
  }
  /** A process that left the group may keep the pipes open for ever: it is not waited for. */
  const cutOff = () => {
    kill()
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  child.stdout?.on('data', (chunk: Uint8Array) => {
    printed += chunk.length
    if (printed > call.maxOutputBytes) cutOff()
  })
  child.stderr?.on('data', (chunk: Uint8Array) => said.add(chunk))
  const timer = setTimeout(
    () => {
      timedOut = true
      cutOff()
    },
    Math.min(call.timeoutMs, LONGEST_TIMER_MS),
  )
  const leave = () => kill()
  process.once('exit', leave)
  call.signal.addEventListener('abort', cutOff, { once: true })
  try {
    const result = await child
    const stderr = said.text()
    if (call.signal.aborted) return failure('aborted', 'aborted', 'cut off by the user')
    if (timedOut) return { ...failure('refused', 'command-timeout', `${program} took longer than ${call.timeoutMs / 1000} s`), stderr }
    if (printed > call.maxOutputBytes)
      return { ...failure('refused', 'command-output', `${program} printed more than ${call.maxOutputBytes} bytes`), stderr }
    if (result.code === 'ENOENT') return failure('fatal', 'command-missing', `there is no program ${JSON.stringify(program)}`)
    if (result.exitCode === undefined) {
      const how = result.signal ? `was ended by ${result.signal}` : `cannot be started (${result.code ?? 'unknown error'})`
      return { ...failure('refused', 'command-failed', `${program} ${how}`), stderr }
    }
    return { kind: 'ended', exitCode: result.exitCode, stdout: new Uint8Array(result.stdout as unknown as Uint8Array), stderr }
  } finally {
    clearTimeout(timer)
    process.off('exit', leave)
    call.signal.removeEventListener('abort', cutOff)
    kill()
  }
}

function failure(kind: Failure['kind'], code: string, message: string): Extract<Ended, { kind: 'failure' }> {
  return { kind: 'failure', failure: { kind, code, message } }
}

/** The end of a stream. */
class Tail {
  readonly #bytes: number
  #held = Buffer.alloc(0)

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  add(chunk: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, chunk]).subarray(-this.#bytes)
  }

  text(): string {
    return this.#held.toString('utf8')
  }
}
