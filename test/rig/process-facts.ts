/** What the kernel knows of another process: its children, its memory, the time it has worked. */
import { readdirSync, readFileSync } from 'node:fs'

/** The process below `pid` (or itself) whose command line contains the words. Throws when there is none. */
export function processBelow(pid: number, words: string): number {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(afterName(statOf(Number(name)))[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const open = [pid]
  let found: number | undefined
  // The deepest one: a shell that starts a command has its words too.
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    if (readOf(at, 'cmdline').replaceAll('\0', ' ').includes(words)) found = at
    open.push(...(parents.get(at) ?? []))
  }
  if (found === undefined) throw new Error(`no process below ${pid} runs "${words}"`)
  return found
}

/** Resident memory now and at its highest, in megabytes. */
export function memoryOf(pid: number): { readonly rssMb: number; readonly peakMb: number } {
  const status = readOf(pid, 'status')
  const megabytes = (field: string) => Number(new RegExp(`${field}:\\s*(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1024
  return { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') }
}

const TICKS_PER_SECOND = 100 // USER_HZ, the same on every Linux Node runs on

/** Seconds of processor time, of all threads. */
export function cpuSecondsOf(pid: number): number {
  const fields = afterName(statOf(pid))
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Whether it is stopped by a signal. */
export function isStopped(pid: number): boolean {
  return afterName(statOf(pid))[0] === 'T'
}

function statOf(pid: number): string {
  return readOf(pid, 'stat')
}

/** Fields from the state on: the name before it may contain blanks and brackets. */
function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Empty for one that has just ended. */
function readOf(pid: number, what: 'cmdline' | 'stat' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8')
  } catch {
    return ''
  }
}
