/** Runs a command of a recipe: JSON in on its standard input, JSON out on its standard output, within limits. */
import type { Json } from '../../schema/json.ts'
import { canonicalText } from '../key/canonical.ts'
import { type ProcessCall, runProcess } from './process.ts'
import type { Failure } from './provider.ts'

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

// Enough for programs to be found and to print; everything else is passed by name only.
const ALWAYS_PASSED = ['PATH', 'LANG', 'TMPDIR']

export interface CommandCall extends Pick<ProcessCall, 'argv' | 'cwd' | 'timeoutMs' | 'signal'> {
  readonly input: Json
  /** Names of further variables to pass on. */
  readonly env: readonly string[]
  readonly environment: { readonly [name: string]: string | undefined }
}

export type CommandReply = { readonly kind: 'output'; readonly raw: Uint8Array } | { readonly kind: 'failure'; readonly failure: Failure }

/** Never throws. */
export async function runCommand(call: CommandCall): Promise<CommandReply> {
  const ended = await runProcess({ ...processOf(call), maxOutputBytes: MAX_OUTPUT_BYTES })
  if (ended.kind === 'failure') return { kind: 'failure', failure: ended.failure }
  if (ended.exitCode === 0) return { kind: 'output', raw: ended.stdout }
  const message = `${call.argv[0]} ended with exit code ${ended.exitCode}`
  return { kind: 'failure', failure: { kind: 'refused', code: 'command-failed', message } }
}

/** With its input as a line of JSON, and no more of the environment than it may see. */
export function processOf({ argv, cwd, timeoutMs, signal, input, env, environment }: CommandCall): Omit<ProcessCall, 'maxOutputBytes'> {
  const passed = [...ALWAYS_PASSED, ...env].flatMap((name) => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { argv, cwd, timeoutMs, signal, input: `${JSON.stringify(input)}\n`, env: Object.fromEntries(passed) }
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
