/** The whole command in this process against a real server: real sockets, but no wait between tries takes any time. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { main } from '../../src/cli.ts'
import type { Event, RunEnd } from '../../src/events/event.ts'
import type { Clock } from '../../src/util/clock.ts'
import { systemClock } from '../../src/util/clock.ts'
import { ollamaAt } from './ollama.ts'

export interface Rehearsed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** What `--json` printed; of other commands nothing. */
  readonly events: readonly Event[]
  readonly end: RunEnd | undefined
  /** The waits before further tries, as they were announced. */
  readonly waits: readonly number[]
}

const MEMORY_DISK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export class Rehearsal implements Disposable {
  readonly root = mkdtempSync(join(MEMORY_DISK, 'datagen-rehearsal-'))
  readonly #env: Record<string, string>

  constructor(files: Record<string, string>, env: Record<string, string> = {}) {
    this.#env = { HOME: join(this.root, '.home'), NO_COLOR: '1', ...ollamaAt(), ...env }
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.root, name)), { recursive: true })
    writeFileSync(join(this.root, name), text)
  }

  read(name: string): string {
    return readFileSync(join(this.root, name), 'utf8')
  }

  /** The file's lines; none when it is not there. */
  lines(name: string): string[] {
    return existsSync(join(this.root, name)) ? this.read(name).split('\n').slice(0, -1) : []
  }

  build(...args: string[]): Promise<Rehearsed> {
    return this.run('build', '--yes', '--json', ...args)
  }

  async run(...args: string[]): Promise<Rehearsed> {
    const [out, err] = [new Sink(), new Sink()]
    const code = await main(args, {
      cwd: this.root,
      env: this.#env,
      stdin: process.stdin,
      stdout: out as unknown as NodeJS.WriteStream,
      stderr: err as unknown as NodeJS.WriteStream,
      clock: hurried(),
      random: () => 0.5,
      onInterrupt: () => () => {},
    })
    const events = args.includes('--json') && args[0] === 'build' ? eventsOf(out.text) : []
    const waits = events.flatMap((event) => (event.type === 'step-retry' ? [event.waitMs] : []))
    const last = events.at(-1)
    return { code, stdout: out.text, stderr: err.text, events, end: last?.type === 'run-end' ? last : undefined, waits }
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

function eventsOf(text: string): Event[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}

class Sink extends Writable {
  text = ''
  readonly isTTY = false
  readonly columns = 100

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}

/** What somebody waits for takes no time and is counted; what nobody waits for takes as long as ever. */
function hurried(): Clock {
  let ahead = 0
  return {
    now: () => systemClock.now() + ahead,
    date: () => systemClock.date(),
    sleep: (ms, signal, background) => {
      if (background) return systemClock.sleep(ms, signal, true)
      return new Promise((resolve) =>
        setImmediate(() => {
          if (!signal?.aborted) ahead += ms
          resolve()
        }),
      )
    },
  }
}
