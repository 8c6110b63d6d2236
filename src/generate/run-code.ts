/** Runs code that a model wrote, in a sandbox or not at all. */
import type { Json } from '../../schema/json.ts'
import type { SandboxSpec } from '../config/dataset.ts'
import type { RunnableCode } from '../util/run-languages.ts'
import { interpreterArgv, LONGEST_WAIT, MOST_OUTPUT_BYTES, nodeInside, type RunLanguage, STARTED, sandboxed } from '../util/sandbox.ts'
import { stripTypes } from '../util/strip-types.ts'
import type { CommandReply } from './command.ts'
import { type Ended, runProcess } from './process.ts'
import type { Failure } from './provider.ts'
import { shortText } from './short-text.ts'

const SIGNALLED = 128 // exit codes above it: the number of the signal that ended a program
const SIGNAL = { cpu: 24, fileSize: 25, kill: 9 } as const

export interface CodeCall {
  readonly sandbox: SandboxSpec
  readonly code: readonly RunnableCode[]
  readonly signal: AbortSignal
}

/** Never throws. A verdict about the code, or a failure of what should have run it. */
export async function runCode({ sandbox, code, signal }: CodeCall): Promise<CommandReply> {
  for (const { language, text } of code) {
    const program = asProgram(language, text)
    if (program === undefined) return turnedDown(`the ${language} code does not parse`)
    const ended = await runProgram(sandbox, program.language, program.text, signal)
    const said = conclusion(ended, language, sandbox)
    if (typeof said === 'object') return { kind: 'failure', failure: said }
    if (said !== undefined) return turnedDown(said)
  }
  return verdict({ ok: true })
}

function asProgram(language: RunnableCode['language'], text: string): { language: RunLanguage; text: string } | undefined {
  if (language !== 'typescript') return { language, text }
  try {
    return { language: 'javascript', text: stripTypes(text, 'transform') }
  } catch {
    return undefined
  }
}

async function runProgram({ found, limits }: SandboxSpec, language: RunLanguage, text: string, signal: AbortSignal): Promise<Ended> {
  if ('missing' in found) return failed({ kind: 'fatal', code: 'sandbox-missing', message: found.missing })
  const interpreter = found.interpreters[language]
  if (interpreter === undefined || 'missing' in interpreter)
    return failed({ kind: 'fatal', code: 'interpreter-missing', message: interpreter?.missing ?? `nothing runs ${language}` })
  const argv = interpreterArgv(language, limits, nodeInside(found.sandbox, found.execPath))
  const { env, uid, argv: whole } = sandboxed(found.sandbox, language, argv, limits, found.execPath)
  return runProcess({
    argv: whole,
    input: text,
    cwd: '/',
    timeoutMs: LONGEST_WAIT * limits.seconds * 1000,
    env,
    signal,
    maxOutputBytes: MOST_OUTPUT_BYTES,
    keepsErrors: true,
    ...(uid === undefined ? {} : { uid }),
  })
}

function failed(failure: Failure): Ended {
  return { kind: 'failure', failure }
}

/** What is wrong with the code; a failure when that cannot be told; undefined when it ran to its end. */
function conclusion(ended: Ended, language: string, { limits, found }: SandboxSpec): string | Failure | undefined {
  if (ended.kind === 'failure') {
    if (ended.failure.code === 'command-timeout') return `the ${language} code did not end within ${LONGEST_WAIT * limits.seconds} s`
    if (ended.failure.code === 'command-output') return `the ${language} code printed more than ${MOST_OUTPUT_BYTES} bytes`
    return ended.failure
  }
  const { exitCode, stdout, stderr } = ended
  const last = stderr.split('\n').findLast((line) => line.trim() !== '')
  const saying = last === undefined ? '' : `: ${shortText(last.trim())}`
  if (!startsWith(stdout, `${STARTED}\n`)) {
    const kind = 'sandbox' in found ? found.sandbox.kind : 'none'
    return { kind: 'refused', code: 'sandbox-failed', message: `the sandbox (${kind}) did not start the ${language} code${saying}` }
  }
  switch (exitCode) {
    case 0:
      return undefined
    case SIGNALLED + SIGNAL.cpu:
      return `the ${language} code used more than ${limits.seconds} s of processor time`
    case SIGNALLED + SIGNAL.fileSize:
      return `the ${language} code wrote a file that is too large`
    case SIGNALLED + SIGNAL.kill:
      return `the ${language} code used too much processor time or memory`
    default:
      return `the ${language} code ended with exit code ${exitCode}${saying}`
  }
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder().decode(bytes.subarray(0, text.length)) === text
}

function turnedDown(message: string): CommandReply {
  return verdict({ ok: false, message })
}

function verdict(value: Json): CommandReply {
  return { kind: 'output', raw: new TextEncoder().encode(JSON.stringify(value)) }
}
