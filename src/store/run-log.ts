/** The recorded run: every event as one line of `.datagen/runs/<run>.ndjson`, written behind the engine's back. */
import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Event } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'
import { FILE_MODE, makePrivateFolder } from './private-folder.ts'

export interface RunLog extends Sink {
  readonly path: string
  /** Writes what is left. Resolves to why lines are missing, or undefined when none is; never rejects. */
  close(): Promise<Error | undefined>
}

export const RUNS_FOLDER = 'runs'
/** Two months of a build on each working day. */
const KEPT_RUNS = 50
const FLUSH_MS = 100
/** A stalled disk must not fill the memory: beyond this, lines are dropped and `close` says so. */
const MOST_WAITING_CHARS = 32 * 1024 * 1024

/** Opens the log of a run and removes the oldest ones. A log that cannot be written is no reason to stop a build. */
export function openRunLog(dir: string, run: string, options: { readonly keep?: number; readonly flushMs?: number } = {}): RunLog {
  const folder = join(dir, RUNS_FOLDER)
  const path = join(folder, `${run.replace(/[^\w.-]/g, '_')}.ndjson`)
  let lines: string[] = []
  let chars = 0
  let failure: Error | undefined
  let timer: NodeJS.Timeout | undefined
  let writing = prepare(dir, folder, options.keep ?? KEPT_RUNS).catch(fail)

  function fail(error: unknown): void {
    failure ??= error instanceof Error ? error : new Error(String(error))
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (lines.length === 0) return
    const text = lines.join('')
    lines = []
    // One append after another keeps the order; `chars` shrinks only when the disk has taken them.
    writing = writing.then(() => (failure ? undefined : appendFile(path, text, { mode: FILE_MODE }))).catch(fail)
    writing = writing.then(() => {
      chars -= text.length
    })
  }

  return {
    path,
    emit(event: Event) {
      if (failure) return
      if (chars > MOST_WAITING_CHARS) return fail(new Error('the disk was too slow for the run log'))
      const line = `${JSON.stringify(event)}\n`
      chars += line.length
      lines.push(line)
      timer ??= setTimeout(flush, options.flushMs ?? FLUSH_MS).unref()
    },
    async close() {
      flush()
      await writing
      return failure
    },
  }
}

async function prepare(dir: string, folder: string, keep: number): Promise<void> {
  makePrivateFolder(dir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'))
  const logs = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })))
  // Room for the new one; of logs equally old, the smaller name goes.
  logs.sort((a, b) => b.at - a.at || (a.name < b.name ? 1 : -1))
  for (const { name } of logs.slice(keep - 1)) await rm(join(folder, name), { force: true })
}
