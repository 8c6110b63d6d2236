/** Runs a command that checks a finished example. Only a verdict is an answer: whatever else happens fails the row, and never passes it. */
import type { Json } from '../../schema/json.ts'
import type { CommandVerdictSpec } from '../config/dataset.ts'
import { readVerdict } from '../util/verdict.ts'
import { type CommandCall, type CommandReply, parseCommandOutput, processOf } from './command.ts'
import { runProcess } from './process.ts'
import type { Failure } from './provider.ts'
import { redactor } from './redact.ts'
import { shortText } from './short-text.ts'

const MAX_VERDICT_BYTES = 256 * 1024 // a verdict is a sentence or a list of them
const PASSED = 0
const TURNED_DOWN = 1

/** Never throws. What it gives back is a verdict as JSON, however the command gave it. */
export async function runCheckCommand(call: CommandCall, { by }: CommandVerdictSpec): Promise<CommandReply> {
  const ended = await runProcess({ ...processOf(call), maxOutputBytes: MAX_VERDICT_BYTES, keepsErrors: true })
  const said = lastLine(call, ended.stderr ?? '')
  if (ended.kind === 'failure') return failure({ ...ended.failure, message: `${ended.failure.message}${said}` })
  const { exitCode, stdout } = ended
  const [program = ''] = call.argv
  if (exitCode !== PASSED && exitCode !== TURNED_DOWN)
    return failure({ kind: 'refused', code: 'command-failed', message: `${program} ended with exit code ${exitCode}${said}` })
  if (by === 'exit-code') return { kind: 'output', raw: verdictOf(exitCode === PASSED, stdout) }
  const read = verdictIn(stdout)
  if (typeof read === 'string')
    return failure({
      kind: 'refused',
      code: 'no-verdict',
      message: `${program} ended with exit code ${exitCode} and gave no verdict: ${read}${said}`,
    })
  if (read.ok && exitCode === TURNED_DOWN)
    return failure({ kind: 'refused', code: 'no-verdict', message: `${program} says "ok" and ended with exit code 1${said}` })
  return { kind: 'output', raw: stdout }
}

function failure(of: Failure): CommandReply {
  return { kind: 'failure', failure: of }
}

function verdictIn(stdout: Uint8Array): { readonly ok: boolean } | string {
  const parsed = parseCommandOutput(stdout)
  return parsed.kind === 'rejected' ? 'it did not print one JSON value' : readVerdict(parsed.value)
}

/** Of an exit code, in the words that were printed first. */
function verdictOf(ok: boolean, stdout: Uint8Array): Uint8Array {
  const words = new TextDecoder().decode(stdout)
  const line = words.split('\n').find((text) => text.trim() !== '')
  const verdict: Json = { ok, ...(ok || line === undefined ? {} : { message: shortText(line) }) }
  return new TextEncoder().encode(JSON.stringify(verdict))
}

/** What it complained of last, without the variables that only it was to see. */
function lastLine({ env, environment }: CommandCall, stderr: string): string {
  const line = stderr
    .split('\n')
    .findLast((text) => text.trim() !== '')
    ?.trim()
  if (line === undefined) return ''
  const clean = redactor(env.flatMap((name) => environment[name] ?? []))(line)
  return `, saying ${JSON.stringify(shortText(clean))}`
}
