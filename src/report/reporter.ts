/** What listens to a build on a person's or a program's behalf. */
import type { Event } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'
import type { Clock } from '../util/clock.ts'
import type { Choice } from './choose.ts'
import { createJsonReporter } from './json.ts'
import { createPlainReporter } from './plain.ts'
import { createTtyReporter } from './tty/reporter.ts'

export interface Reporter extends Sink {
  /** Resolves when the last text is written and the terminal is as it was. */
  close(): Promise<void>
  /** Gives the terminal back at once: for the moment before the process exits. */
  restore(): void
}

/** A stream that may be a terminal. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

export interface ReporterWorld {
  readonly stderr: Output
  readonly stdout: Output
  /** Left out, or no terminal: the live screen takes no keys. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly clock: Clock
  /** Paths below this folder are shown relative to it. */
  readonly root?: string
  /** The process's environment; `NODE_ENV` is set in it for the moment in which React is loaded. */
  readonly env?: { NODE_ENV?: string | undefined }
  readonly keys?: KeyHandlers
}

/** What keys on the live screen do to the build. */
export interface KeyHandlers {
  /** Starts nothing new and saves what is in flight. */
  stop(): void
  /** Holds new work back, or lets it go on. */
  pause(on: boolean): void
  /** Ctrl-C: in raw mode it arrives as a key, not as a signal. */
  interrupt?(): void
}

export function createReporter(choice: Choice, world: ReporterWorld): Reporter {
  switch (choice.reporter) {
    case 'tty':
      return createTtyReporter(choice.color, world)
    case 'plain':
      return createPlainReporter({ everyMs: 10_000, heartbeat: false, workflow: false, color: choice.color }, world)
    case 'ci':
      return createPlainReporter({ everyMs: 30_000, heartbeat: true, workflow: true, color: choice.color }, world)
    case 'json':
      return createJsonReporter(world.stdout)
    case 'silent':
      return { emit: (_event: Event) => {}, close: async () => {}, restore: () => {} }
  }
}
