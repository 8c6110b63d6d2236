/** Child processes that are measured: how long they take, how much memory; none outlives this one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'

export interface Setting {
  readonly cwd?: string
  readonly env?: { readonly [name: string]: string }
  /** The exit code that is right. Default 0. */
  readonly code?: number
}

export interface Ran {
  readonly ms: number
  readonly stdout: string
  /** The most resident memory the process ever had. */
  readonly peakMb: number
}

const running = new Set<ChildProcess>()

/** Ends what is under way. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Runs a command to its end. Throws when it ends with another code than it should. */
export function run(command: string, args: readonly string[], { cwd = tmpdir(), env = {}, code = 0 }: Setting = {}): Promise<Ran> {
  const started = performance.now()
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const collect = (at: number) => {
    const chunks: Buffer[] = []
    child.stdio[at]?.on('data', (chunk: Buffer) => chunks.push(chunk))
    return () => Buffer.concat(chunks).toString()
  }
  const [stdout, stderr, memory] = [collect(1), collect(2), collect(3)]
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      const ms = performance.now() - started
      running.delete(child)
      const peakMb = Math.round(Number(/VmHWM:\s*(\d+)/.exec(memory())?.[1] ?? 0) / 1024)
      if (status === code) resolve({ ms, stdout: stdout(), peakMb })
      else reject(new Error(`${command} ${args.join(' ')} ended with ${status} instead of ${code}: ${stderr() || stdout()}`))
    })
  })
}

/*
 * Says on descriptor 3, at the end, what the kernel counted. Not `resourceUsage().maxRSS`: that survives exec, so a child
 * begins with what its parent had.
 */
const WITNESS = `import { readFileSync, writeSync } from 'node:fs'
process.on('exit', () => {
  let text
  try { text = readFileSync('/proc/self/status', 'utf8') } catch { text = 'VmHWM: ' + process.resourceUsage().maxRSS }
  writeSync(3, text)
})`

/** As `run`, for a Node program, with its peak memory; the time it takes is a few milliseconds longer. */
export function runWitnessed(args: readonly string[], setting?: Setting): Promise<Ran> {
  return run(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(WITNESS)}`, ...args], setting)
}

/** Median milliseconds of several runs; `before` each, untimed. */
export async function median(runs: number, once: () => Promise<number>, before?: (n: number) => unknown): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < runs; n++) {
    await before?.(n)
    times.push(await once())
  }
  return middle(times)
}

export function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}
