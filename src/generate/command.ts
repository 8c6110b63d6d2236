/** Runs a command of a recipe: JSON in on its standard input, JSON out on its standard output, within limits. */
import type { Json } from '../../schema/json.ts'
import { canonicalText } from '../key/canonical.ts'
import type { Failure } from './provider.ts'

const LONGEST_TIMER_MS = 2 ** 31 - 1 // beyond it timers fire at once
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
// Enough for programs to be found and to print; everything else is passed by name only.
const ALWAYS_PASSED = ['PATH', 'LANG', 'TMPDIR']

export interface CommandCall {
  readonly argv: readonly string[]
  readonly input: Json
  readonly cwd: string
  readonly timeoutMs: number
  /** Names of further variables to pass on. */
  readonly env: readonly string[]
  readonly environment: { readonly [name: string]: string | undefined }
  readonly signal: AbortSignal
}

export type CommandReply = { readonly kind: 'output'; readonly raw: Uint8Array } | { readonly kind: 'failure'; readonly failure: Failure }

/** Never throws. The whole process group is killed at the time limit, so nothing is left behind. */
export async function runCommand(call: CommandCall): Promise<CommandReply> {
  const { execa } = await import('execa') // over a hundred modules, which only a recipe with commands needs
  if (call.signal.aborted) return failure('aborted', 'aborted', 'cut off by the user')
  const [program = '', ...args] = call.argv
  const env = Object.fromEntries(
    [...ALWAYS_PASSED, ...call.env].flatMap((name) => {
      const value = call.environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  let timedOut = false
  let printed = 0
  const child = execa(program, args, {
    cwd: call.cwd,
    env,
    extendEnv: false,
    input: `${JSON.stringify(call.input)}\n`,
    encoding: 'buffer',
    // One chunk above the limit at most: it is counted below, because execa stops reading there but lets the program go on.
    maxBuffer: 2 * MAX_OUTPUT_BYTES,
    // Nobody reads it, and a program may say a lot there.
    stderr: 'ignore',
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
  /** A process that left the group may keep the pipe open for ever: it is not waited for. */
  const cutOff = () => {
    kill()
    child.stdout?.destroy()
  }
  child.stdout?.on('data', (chunk: Uint8Array) => {
    printed += chunk.length
    if (printed > MAX_OUTPUT_BYTES) cutOff()
  })
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
    if (call.signal.aborted) return failure('aborted', 'aborted', 'cut off by the user')
    if (timedOut) return failure('refused', 'command-timeout', `${program} took longer than ${call.timeoutMs / 1000} s`)
    if (printed > MAX_OUTPUT_BYTES) return failure('refused', 'command-output', `${program} printed more than ${MAX_OUTPUT_BYTES} bytes`)
    if (result.code === 'ENOENT') return failure('fatal', 'command-missing', `there is no program ${JSON.stringify(program)}`)
    if (result.exitCode !== 0) {
      const how = result.signal ? `was ended by ${result.signal}` : `ended with exit code ${result.exitCode ?? 'unknown'}`
      return failure('refused', 'command-failed', `${program} ${how}`)
    }
    return { kind: 'output', raw: new Uint8Array(result.stdout as unknown as Uint8Array) }
  } finally {
    clearTimeout(timer)
    process.off('exit', leave)
    call.signal.removeEventListener('abort', cutOff)
    kill()
  }
}

function failure(kind: Failure['kind'], code: string, message: string): CommandReply {
  return { kind: 'failure', failure: { kind, code, message } }
}

/** The output as JSON; anything else is a rejection, kept like any other answer. */
export function parseCommandOutput(
  raw: Uint8Array,
): { readonly kind: 'value'; readonly value: Json } | { readonly kind: 'rejected'; readonly code: string; readonly message: string } {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as Json
    // Later requests will hold it, so it must have a canonical form: no -0, no 1e400, no half of a surrogate pair.
    canonicalText(value)
    return { kind: 'value', value }
  } catch {
    return { kind: 'rejected', code: 'not-json', message: 'the command did not print one JSON value' }
  }
}
