/** What is left of earlier runs: how each began and ended, and which cells the newest one could not bring to an end. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CellEnd, Event, RunEnd, RunStart } from '../events/event.ts'
import { RUNS_FOLDER } from './run-log.ts'

export interface PastRun {
  readonly path: string
  readonly start: RunStart
  /** Undefined for a run that was killed, or that is under way. */
  readonly end: RunEnd | undefined
}

// The first and the last event are far shorter; a diagnostic between them may not be.
const EDGE_BYTES = 64 * 1024
const CHUNK_BYTES = 1024 * 1024

/** Newest first. Logs that cannot be read are left out: they inform, and nothing depends on them. */
export function pastRuns(dir: string): PastRun[] {
  const folder = join(dir, RUNS_FOLDER)
  return logsIn(folder)
    .flatMap((name) => edgesOf(join(folder, name)))
    .sort((a, b) => (a.start.time < b.start.time ? 1 : -1))
}

/** The cells that a run gave up for now. */
export function failuresIn({ path }: PastRun): CellEnd[] {
  try {
    return [...linesOf(path)].flatMap((line) => {
      if (!line.includes('"cell-end"') || !line.includes('"failed"')) return []
      const event = eventIn(line)
      return event?.type === 'cell-end' && event.state === 'failed' ? [event] : []
    })
  } catch {
    return []
  }
}

function logsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.ndjson'))
  } catch {
    return []
  }
}

function edgesOf(path: string): PastRun[] {
  try {
    const { size } = statSync(path)
    const start = eventIn(bytesAt(path, 0, EDGE_BYTES).split('\n')[0] ?? '')
    if (start?.type !== 'run-start') return []
    const last = eventIn(
      bytesAt(path, Math.max(0, size - EDGE_BYTES), EDGE_BYTES)
        .trimEnd()
        .split('\n')
        .at(-1) ?? '',
    )
    return [{ path, start, end: last?.type === 'run-end' ? last : undefined }]
  } catch {
    return []
  }
}

function bytesAt(path: string, position: number, length: number): string {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(length)
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, length, position))
  } finally {
    closeSync(file)
  }
}

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r')
  const decoder = new TextDecoder()
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES)
    let rest = ''
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
      const lines = (rest + decoder.decode(buffer.subarray(0, size), { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}

function eventIn(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event
  } catch {
    return undefined
  }
}
