/** Everything a command takes from the outside, so that tests can hand it something else. */
import type { Clock } from '../util/clock.ts'

export interface Environment {
  readonly cwd: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly clock: Clock
  readonly random: () => number
  /** Calls back at each Ctrl-C or SIGTERM until the returned function is called. */
  onInterrupt(listener: () => void): () => void
}

/** The flags that more than one command understands. */
export interface Flags {
  readonly config?: string
  readonly yes?: boolean
  readonly budget?: number
  readonly maxCalls?: number
  readonly concurrency?: number
  readonly reporter?: 'tty' | 'plain' | 'ci' | 'json' | 'silent'
  readonly json?: boolean
  readonly only?: string
  readonly retry?: boolean
  readonly partial?: boolean
  readonly frozen?: boolean
  readonly wait?: boolean
  readonly color?: boolean
  readonly check?: boolean
  readonly costs?: boolean
  readonly force?: boolean
  readonly yaml?: boolean
  readonly step?: string
  readonly all?: boolean
  readonly text?: boolean
  readonly list?: boolean
  readonly conflicts?: boolean
  readonly accept?: string
  readonly reject?: string
  readonly comment?: string
  readonly score?: string
  readonly levels?: string
  readonly reason?: string
  readonly edit?: string
  readonly from?: string
  readonly print?: string
  readonly undo?: string
  readonly keep?: string
  readonly drop?: string
  readonly approve?: string
  readonly as?: string
}
