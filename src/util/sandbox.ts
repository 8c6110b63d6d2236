/** How a program is run where it can do no harm: the command line for each sandbox there is. Nothing here runs anything. */

export type SandboxKind = 'bwrap' | 'sandbox-exec' | 'podman' | 'docker'
export type RunLanguage = 'python' | 'javascript' | 'shell'

export interface SandboxLimits {
  /** Of processor time for each program; cut off when `LONGEST_WAIT` times as long has passed. */
  readonly seconds: number
  readonly memoryMb: number
}

export interface Sandbox {
  readonly kind: SandboxKind
  /** Absolute path of the program that makes it. */
  readonly program: string
  /** The program is told to reach as a user who may do nothing, because who starts it may do everything. */
  readonly asNobody: boolean
  /** What the program itself must see of the environment to find its daemon; the code sees nothing of it. */
  readonly env: { readonly [name: string]: string }
}

export interface Sandboxed {
  readonly argv: readonly string[]
  readonly env: { readonly [name: string]: string }
  /** Of the user and group that start it. */
  readonly uid?: number
}

/** A busy machine must not turn good code down, and what only waits uses no processor time. */
export const LONGEST_WAIT = 4
export const NOBODY = 65534
/** Printed before the program begins: an exit code without it is the sandbox's own. */
export const STARTED = 'datagen:started'
/** What the longest program may print. */
export const MOST_OUTPUT_BYTES = 1024 * 1024
/** What it may write into one file, and into all of a folder. */
const MOST_FILE_BYTES = 16 * 1024 * 1024
const MOST_PROCESSES = 64
const MOST_OPEN_FILES = 256
// V8 sets room for code aside before it begins.
const V8_MB = 512
const NODE_INSIDE = '/opt/node'
const PATH = '/usr/local/bin:/usr/bin:/bin'
const FOLDER = '/work'

/** The image of each language, for sandboxes that are containers. */
export const IMAGES: { readonly [L in RunLanguage]: string } = {
  python: 'python:3-slim',
  javascript: 'node:24-slim',
  shell: 'debian:stable-slim',
}

export function isContainer(kind: SandboxKind): kind is 'podman' | 'docker' {
  return kind === 'podman' || kind === 'docker'
}

/** Runs a program that it reads from its standard input. */
export function interpreterArgv(language: RunLanguage, { memoryMb }: SandboxLimits, node: string): string[] {
  switch (language) {
    case 'python':
      return ['python3', '-I', '-B', '-']
    case 'javascript':
      return [node, `--max-old-space-size=${memoryMb}`, '-']
    case 'shell':
      return ['bash', '-c', 'eval "$(cat)" </dev/null']
  }
}

export function versionArgv(language: RunLanguage, node: string): string[] {
  return [language === 'javascript' ? node : language === 'python' ? 'python3' : 'bash', '--version']
}

/** What Node is called inside: in containers it is theirs, elsewhere the one that runs datagen. */
export function nodeInside({ kind }: Pick<Sandbox, 'kind'>, execPath: string): string {
  return isContainer(kind) ? 'node' : kind === 'bwrap' ? NODE_INSIDE : execPath
}

/** The command line around a command line. `execPath`: of the Node that runs datagen. */
export function sandboxed(
  sandbox: Sandbox,
  language: RunLanguage,
  argv: readonly string[],
  limits: SandboxLimits,
  execPath: string,
): Sandboxed {
  const { kind, program, asNobody, env: outside } = sandbox
  const inside = ['sh', '-c', `echo ${STARTED}; exec "$@"`, 'sh', ...argv]
  const env = { PATH, LANG: 'C.UTF-8', ...outside }
  const memory = (limits.memoryMb + (language === 'javascript' ? V8_MB : 0)) * 1024 * 1024
  switch (kind) {
    case 'bwrap':
      return {
        argv: [program, ...bwrapOptions(execPath), ...limited(memory, limits), ...inside],
        env,
        ...(asNobody ? { uid: NOBODY } : {}),
      }
    case 'sandbox-exec':
      return {
        argv: [program, '-p', seatbeltProfile(execPath), ...inBash(memory, limits), ...inside],
        env: { ...env, HOME: '/', TMPDIR: '/' },
      }
    case 'podman':
    case 'docker':
      return { argv: [program, ...containerOptions(limits), IMAGES[language], ...timed(limits), ...inside], env }
  }
}

function bwrapOptions(execPath: string): string[] {
  const size = String(MOST_FILE_BYTES)
  const folder = (path: string) => ['--size', size, '--tmpfs', path]
  return [
    ...[
      '--unshare-all',
      '--unshare-user',
      '--disable-userns',
      '--die-with-parent',
      '--new-session',
      '--cap-drop',
      'ALL',
      '--hostname',
      'sandbox',
    ],
    ...['--clearenv', '--setenv', 'PATH', PATH, '--setenv', 'LANG', 'C.UTF-8', '--setenv', 'HOME', FOLDER, '--setenv', 'TMPDIR', '/tmp'],
    ...['--ro-bind', '/usr', '/usr', ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`])],
    ...['/etc/alternatives', '/etc/ld.so.cache'].flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--proc', '/proc', '--dev', '/dev', ...folder('/dev/shm'), '--remount-ro', '/dev'],
    ...['--ro-bind', execPath, NODE_INSIDE, ...folder(FOLDER), ...folder('/tmp'), '--remount-ro', '/', '--chdir', FOLDER, '--'],
  ]
}

/** Inside, where the user has no other processes that would count. Address space would be the wrong limit: V8 reserves more than it uses. */
function limited(memory: number, { seconds }: SandboxLimits): string[] {
  const limits = [
    `--data=${memory}`,
    `--cpu=${Math.ceil(seconds)}`,
    `--fsize=${MOST_FILE_BYTES}`,
    `--nproc=${MOST_PROCESSES}`,
    `--nofile=${MOST_OPEN_FILES}`,
    '--core=0',
  ]
  return ['prlimit', ...limits, '--']
}

/** As `limited`, where there is no `prlimit`. */
function inBash(memory: number, { seconds }: SandboxLimits): string[] {
  const kilobytes = Math.floor(memory / 1024)
  const limits = `ulimit -t ${Math.ceil(seconds)} -f ${MOST_FILE_BYTES / 512} -u 512 -n ${MOST_OPEN_FILES} -c 0; ulimit -d ${kilobytes} 2>/dev/null`
  return ['/bin/bash', '-c', `${limits}; exec "$@"`, 'bash']
}

/** Reads what systems are made of and writes nothing; homes, other volumes and every network are out of reach. */
function seatbeltProfile(execPath: string): string {
  const readable = ['/usr', '/bin', '/sbin', '/System', '/Library', '/private/var/db/dyld', '/dev', '/opt/homebrew', '/private/etc']
  return [
    '(version 1)',
    '(deny default)',
    '(allow process-exec process-fork sysctl-read)',
    '(allow signal (target self))',
    `(allow file-read* (literal "/") (literal ${JSON.stringify(execPath)}) ${readable.map((path) => `(subpath ${JSON.stringify(path)})`).join(' ')})`,
    '(allow file-write-data (literal "/dev/null") (literal "/dev/stdout") (literal "/dev/stderr"))',
  ].join('\n')
}

function containerOptions({ seconds, memoryMb }: SandboxLimits): string[] {
  const size = `size=${MOST_FILE_BYTES}`
  return [
    ...['run', '--rm', '--interactive', '--pull=never', '--network', 'none', '--read-only', '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--user', `${NOBODY}:${NOBODY}`, '--pids-limit', String(MOST_PROCESSES)],
    ...['--memory', `${memoryMb}m`, '--memory-swap', `${memoryMb}m`, '--ulimit', `cpu=${Math.ceil(seconds)}`],
    ...['--ulimit', `fsize=${MOST_FILE_BYTES}`, '--ulimit', `nofile=${MOST_OPEN_FILES}`, '--ulimit', 'core=0'],
    ...['--tmpfs', `${FOLDER}:rw,mode=1777,${size}`, '--tmpfs', `/tmp:rw,mode=1777,${size}`, '--workdir', FOLDER],
    ...['--env', `HOME=${FOLDER}`, '--env', 'LANG=C.UTF-8'],
  ]
}

/** Who is killed outside takes no container along, so it ends itself. */
function timed({ seconds }: SandboxLimits): string[] {
  return ['timeout', '-s', 'KILL', String(Math.ceil(LONGEST_WAIT * seconds))]
}
