/** The record of a run: its events as NDJSON in `.datagen/runs/`, the same stream that `--json` prints. */
import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'

const KEPT_RUNS = 50 // enough to look back a few weeks; a log is small beside the store
const FLUSH_CHARACTERS = 64 * 1024
// Come thousands of times a second; everything else is written at once.
const FREQUENT: ReadonlySet<Event['type']> = new Set(['step-start', 'step-retry', 'step-end', 'cell-end'])

export interface RunLog extends Sink {
  close(): void
}

/** A log that cannot be written is given up silently: it must never end a build that is paying for answers. */
export function openRunLog(dir: string, run: string): RunLog {
  const folder = join(dir, 'runs')
  let fd: number | undefined
  let waiting = ''
  const giveUp = (act: () => void) => {
    try {
      act()
    } catch {
      fd = undefined
    }
  }
  const flush = () => {
    if (fd !== undefined && waiting !== '') writeSync(fd, waiting)
    waiting = ''
  }
  giveUp(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    forgetOldest(folder)
    fd = openSync(join(folder, `${run}.ndjson`), 'ax', 0o600)
  })
  return {
    emit(event: Event) {
      if (fd === undefined) return
      waiting += `${JSON.stringify(event)}\n`
      if (waiting.length >= FLUSH_CHARACTERS || !FREQUENT.has(event.type)) giveUp(flush)
    },
    close() {
      giveUp(() => {
        flush()
        if (fd !== undefined) closeSync(fd)
      })
    },
  }
}

/** Names begin with the date, so the first in order are the oldest. */
function forgetOldest(folder: string): void {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.ndjson')).sort()
  for (const name of logs.slice(0, Math.max(0, logs.length - KEPT_RUNS + 1))) unlinkSync(join(folder, name))
}
