/** What there is to run code in, found by running it there: a sandbox that does not work on this machine is none. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { CodeCheck } from '../../schema/config.ts'
import {
  IMAGES,
  isContainer,
  nodeInside,
  type RunLanguage,
  type Sandbox,
  type SandboxKind,
  STARTED,
  sandboxed,
  versionArgv,
} from '../util/sandbox.ts'
import type { FoundSandbox, Interpreter } from './dataset.ts'
import type { Env } from './recorder.ts'

const ALL: readonly SandboxKind[] = ['bwrap', 'sandbox-exec', 'podman', 'docker']
const LIMITS = { seconds: 10, memoryMb: 512 } // for asking what version there is
const PATIENCE_MS = 20_000 // a container may take seconds to start
const MOST_WORDS = 200
const DAEMON_VARIABLES = ['HOME', 'PATH', 'XDG_RUNTIME_DIR', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'CONTAINER_HOST']

export type WantedSandbox = NonNullable<CodeCheck['sandbox']>

const known = new Map<string, Promise<FoundSandbox>>()

/** The first that works, in the order bwrap, sandbox-exec, podman, docker; asked once in a process. Never a way to run code without one. */
export function findSandbox(wanted: WantedSandbox, languages: readonly RunLanguage[], env: Env): Promise<FoundSandbox> {
  const id = JSON.stringify([wanted, languages, env['PATH']])
  const found = known.get(id) ?? find(wanted, languages, env)
  known.set(id, found)
  return found
}

async function find(wanted: WantedSandbox, languages: readonly RunLanguage[], env: Env): Promise<FoundSandbox> {
  const why: string[] = []
  for (const kind of wanted === 'auto' ? ALL : [wanted]) {
    const program = programOf(kind, env)
    if (program === undefined) {
      why.push(`${kind} is not there`)
      continue
    }
    const asNobody = kind === 'bwrap' && process.getuid?.() === 0
    const sandbox: Sandbox = { kind, program, asNobody, env: isContainer(kind) ? daemonEnv(env) : {} }
    const problem = isContainer(kind) ? await answers(sandbox) : await tried(sandbox)
    if (problem !== undefined) {
      why.push(`${kind} does not work: ${problem}`)
      continue
    }
    const asked = await Promise.all(languages.map(async (language) => [language, await interpreter(sandbox, language)] as const))
    return { sandbox, execPath: process.execPath, interpreters: Object.fromEntries(asked) }
  }
  return { missing: `there is no sandbox to run code in (${why.join('; ')})` }
}

function programOf(kind: SandboxKind, env: Env): string | undefined {
  if (kind === 'sandbox-exec' && process.platform !== 'darwin') return undefined
  if (kind === 'bwrap' && process.platform !== 'linux') return undefined
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (!folder.startsWith('/')) continue
    const path = join(folder, kind)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // The next folder may have it.
    }
  }
  return undefined
}

/** Whether a daemon, where one is needed, is there. */
async function answers({ kind, program, env }: Sandbox): Promise<string | undefined> {
  // Docker's `info` succeeds without a daemon; the version of one does not.
  const { problem } = await run(kind === 'docker' ? [program, 'version', '--format', '{{.Server.Version}}'] : [program, 'info'], env)
  return problem
}

function daemonEnv(env: Env): { [name: string]: string } {
  return Object.fromEntries(DAEMON_VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name] as string]])))
}

async function tried(sandbox: Sandbox): Promise<string | undefined> {
  const { argv, env, uid } = sandboxed(sandbox, 'shell', ['true'], LIMITS, process.execPath)
  const { problem, text } = await run(argv, env, uid)
  return problem ?? (text.startsWith(STARTED) ? undefined : 'it said nothing')
}

/** Of a container the image is what counts; it is never fetched behind anybody's back. */
async function interpreter(sandbox: Sandbox, language: RunLanguage): Promise<Interpreter> {
  if (isContainer(sandbox.kind)) {
    const image = IMAGES[language]
    const { problem, text } = await run([sandbox.program, 'image', 'inspect', '--format', '{{.Id}}', image], sandbox.env)
    if (problem === undefined) return { version: `${image} ${text.trim()}` }
    return { missing: `${sandbox.kind} has no image "${image}"; fetch it with \`${sandbox.kind} pull ${image}\`` }
  }
  const { argv, env, uid } = sandboxed(
    sandbox,
    language,
    versionArgv(language, nodeInside(sandbox, process.execPath)),
    LIMITS,
    process.execPath,
  )
  const { problem, text } = await run(argv, env, uid)
  const version = text.slice(STARTED.length).trim().split('\n')[0] ?? ''
  return problem === undefined && version !== ''
    ? { version }
    : { missing: `nothing runs ${language} in the sandbox (${problem ?? 'it said nothing'})` }
}

function run(argv: readonly string[], env: Env, uid?: number): Promise<{ readonly problem?: string; readonly text: string }> {
  const [program = '', ...args] = argv
  return new Promise((resolve) => {
    const options = {
      env: { ...env },
      cwd: '/',
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL' as const,
      ...(uid === undefined ? {} : { uid, gid: uid }),
    }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve({ text: stdout })
      const line = stderr.split('\n').findLast((words) => words.trim() !== '') ?? error.message.split('\n')[0] ?? ''
      resolve({ problem: line.trim().slice(0, MOST_WORDS), text: stdout })
    })
  })
}
